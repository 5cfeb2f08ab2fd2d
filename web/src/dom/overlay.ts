/** A canvas that lies over a video and shows the outlines of what is in it. */

import { boxToPicture, type Fit, pictureToBox, place, type View } from "../core/fit.js";
import { isRepeat } from "../core/repeats.js";
import type { FrameMessage } from "../core/wire.js";
import { Blur } from "./blur.js";
import { type Background, type Effect, paintScene, UNSURE_MS } from "./effects.js";

export interface OverlayOptions {
  effect?: Effect;
  background?: Background;
  /** As the video's `object-fit`. */
  fit?: Fit;
  /** Show video and outlines as in a mirror. */
  mirrored?: boolean;
  /** CSS pixels. */
  lineWidth?: number;
  /** Track ids of the objects whose line is to stand out. */
  emphasised?: readonly number[];
}

/** A frame is on the canvas, or never will be because a newer one came first (`at` null). */
export interface Paint {
  readonly frame: FrameMessage;
  readonly at: number | null;
}

/** Without news for so long, what was outlined may be anywhere. */
const GONE_MS = 2000;
const REFRESH_MS = 100;
/** Where a browser does not say when a frame was captured: so much later it is on the screen. */
const PREVIEW_LAG_MS = 8;

export class Overlay {
  readonly #video: HTMLVideoElement;
  readonly #canvas: HTMLCanvasElement;
  readonly #context: CanvasRenderingContext2D | null;
  readonly #resized: ResizeObserver;
  readonly #stopped = new AbortController();
  readonly #blur = new Blur();
  readonly #painted = new Set<(paint: Paint) => void>();
  #options: Required<OverlayOptions> = {
    effect: "outline",
    background: { kind: "colour", colour: "#1b4dff" },
    fit: "contain",
    mirrored: false,
    lineWidth: 3,
    emphasised: [],
  };
  #captureTime: number | null = null;
  #frame: FrameMessage | null = null;
  #arrivedAt = 0;
  #awaitsPaint = false;
  #isDirty = false;
  #animation = 0;
  #videoCallback = 0;
  #ageing: ReturnType<typeof setInterval> | undefined;

  constructor(video: HTMLVideoElement, canvas: HTMLCanvasElement, options: OverlayOptions = {}) {
    this.#video = video;
    this.#canvas = canvas;
    this.#context = canvas.getContext("2d");
    this.#resized = new ResizeObserver(() => {
      this.#resize();
    });
    this.#resized.observe(canvas);
    const { signal } = this.#stopped;
    video.addEventListener(
      "resize",
      () => {
        this.#invalidate();
      },
      { signal },
    );
    this.set(options);
    this.#resize();
    this.#onVideoFrame();
  }

  get options(): Readonly<Required<OverlayOptions>> {
    return this.#options;
  }

  /** The outlines that are on the canvas, or are about to be. */
  get frame(): FrameMessage | null {
    return this.#frame;
  }

  /**
   * When the camera took the frame that the video shows now, on the scale of `performance.now()`:
   * for `Session.frameIdAt`. Null where the browser does not tell of frames.
   */
  get captureTime(): number | null {
    return this.#captureTime;
  }

  /**
   * From a place on the screen to [0, 1] of the picture's width and height, through the fit and
   * the mirror. Beside the picture it is below 0 or above 1; null while there is none.
   *
   * @param clientX as of a pointer event, @param clientY as of a pointer event.
   */
  toPicture(clientX: number, clientY: number): { x: number; y: number } | null {
    const { left, top } = this.#canvas.getBoundingClientRect();
    return boxToPicture(this.#view(), clientX - left, clientY - top);
  }

  /** From [0, 1] of the picture to CSS pixels from the canvas's left upper corner on the screen. */
  fromPicture(x: number, y: number): { x: number; y: number } {
    return pictureToBox(this.#view(), x, y);
  }

  /** Change how it looks. What is left out stays. */
  set(options: OverlayOptions): void {
    this.#options = { ...this.#options, ...options };
    const { fit, mirrored } = this.#options;
    this.#video.style.objectFit = fit;
    // Both together, so that their coordinates stay the same.
    for (const element of [this.#video, this.#canvas]) {
      element.style.transform = mirrored ? "scaleX(-1)" : "";
    }
    this.#invalidate();
  }

  /**
   * Show the outlines of a frame, as soon as possible. One that is shown already and comes again is
   * neither painted nor told of twice, and grows no younger by it.
   */
  show(frame: FrameMessage): void {
    if (isRepeat(frame, this.#frame)) return;
    this.#supersede();
    this.#frame = frame;
    this.#arrivedAt = performance.now();
    this.#awaitsPaint = true;
    this.#invalidate();
    this.#ageing ??= setInterval(() => {
      this.#age();
    }, REFRESH_MS);
  }

  /** Show nothing, until the next frame. */
  clear(): void {
    this.#supersede();
    clearInterval(this.#ageing);
    this.#ageing = undefined;
    this.#frame = null;
    this.#invalidate();
  }

  /** Hear of every frame that was shown: when it was painted, or that it never was. */
  onPaint(listener: (paint: Paint) => void): () => void {
    this.#painted.add(listener);
    return () => {
      this.#painted.delete(listener);
    };
  }

  /** Let go of the video and the canvas. */
  stop(): void {
    if (this.#stopped.signal.aborted) return;
    this.clear();
    this.#stopped.abort();
    this.#resized.disconnect();
    cancelAnimationFrame(this.#animation);
    if (hasVideoCallback(this.#video)) this.#video.cancelVideoFrameCallback(this.#videoCallback);
    this.#context?.clearRect(0, 0, this.#canvas.width, this.#canvas.height);
  }

  /** A new camera frame is on the screen: effects that show it must be painted with it. */
  readonly #onVideoFrame = (now?: number, metadata?: VideoFrameCallbackMetadata) => {
    if (metadata !== undefined && now !== undefined) {
      this.#captureTime = metadata.captureTime ?? now - PREVIEW_LAG_MS;
    }
    if (this.#stopped.signal.aborted) return;
    if (this.#options.effect === "blur" && this.#frame !== null) this.#isDirty = true;
    if (this.#isDirty) this.#paint();
    if (hasVideoCallback(this.#video)) {
      this.#videoCallback = this.#video.requestVideoFrameCallback(this.#onVideoFrame);
    } else {
      // Without the callback nobody knows when the picture changes; look at every refresh.
      this.#animation = requestAnimationFrame(() => {
        this.#onVideoFrame();
      });
    }
  };

  /** Paint at the next refresh, or with the next camera frame if that is sooner. */
  #invalidate(): void {
    if (this.#isDirty || this.#stopped.signal.aborted) return;
    this.#isDirty = true;
    if (!hasVideoCallback(this.#video)) return;
    this.#animation = requestAnimationFrame(() => {
      if (this.#isDirty) this.#paint();
    });
  }

  /** Evidence ages on the screen too, when no packet comes to say so. */
  #age(): void {
    const sinceMs = performance.now() - this.#arrivedAt;
    if (sinceMs > GONE_MS) this.clear();
    else if (sinceMs > UNSURE_MS / 2) this.#invalidate();
  }

  #paint(): void {
    this.#isDirty = false;
    const { width, height } = this.#canvas;
    const context = this.#context;
    if (context === null) return;
    context.clearRect(0, 0, width, height);
    const frame = this.#frame;
    if (frame === null) return;
    const { effect, background, fit, lineWidth, emphasised } = this.#options;
    paintScene(
      context,
      {
        video: this.#video,
        frame,
        placement: place(frame, { width, height }, fit),
        density: this.#density(),
        effect,
        background,
        lineWidth,
        emphasised,
        sinceArrivalMs: performance.now() - this.#arrivedAt,
      },
      this.#blur,
    );
    if (!this.#awaitsPaint) return;
    this.#awaitsPaint = false;
    this.#tell({ frame, at: performance.now() });
  }

  /** The video's own size: there is a picture to touch before there are outlines. */
  #view(): View {
    const { videoWidth: width, videoHeight: height } = this.#video;
    const { clientWidth, clientHeight } = this.#canvas;
    const { fit, mirrored } = this.#options;
    const box = { width: clientWidth, height: clientHeight };
    return { picture: { width, height }, box, fit, mirrored };
  }

  #supersede(): void {
    if (!this.#awaitsPaint || this.#frame === null) return;
    this.#awaitsPaint = false;
    this.#tell({ frame: this.#frame, at: null });
  }

  #tell(paint: Paint): void {
    for (const listener of [...this.#painted]) listener(paint);
  }

  #resize(): void {
    const density = this.#density();
    const width = Math.round(this.#canvas.clientWidth * density);
    const height = Math.round(this.#canvas.clientHeight * density);
    if (this.#canvas.width === width && this.#canvas.height === height) return;
    this.#canvas.width = width;
    this.#canvas.height = height;
    this.#isDirty = true;
    // Setting the size has wiped the canvas; waiting for the next refresh would flash.
    this.#paint();
  }

  /** More than two canvas pixels in a CSS pixel cannot be seen in a moving line. */
  #density(): number {
    return Math.min(2, window.devicePixelRatio || 1);
  }
}

/** Not in every browser that the types speak of. */
function hasVideoCallback(video: HTMLVideoElement): boolean {
  return "requestVideoFrameCallback" in video;
}

/** Lay outlines over a video. The canvas must cover the same box as the video. */
export function createOverlay(
  video: HTMLVideoElement,
  canvas: HTMLCanvasElement,
  options?: OverlayOptions,
): Overlay {
  return new Overlay(video, canvas, options);
}
