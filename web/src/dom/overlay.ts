/** A canvas that lies over a video and shows the outlines of what is in it. */

import { Director, type Shot } from "../core/director.js";
import { boxToPicture, pictureToBox, place, type View } from "../core/fit.js";
import type { Presentation } from "../core/presentation.js";
import { isRepeat } from "../core/repeats.js";
import type { FrameMessage } from "../core/wire.js";
import type { Composition } from "./compose.js";
import { showsPicture } from "./effects.js";
import { HeldPictures } from "./held.js";
import { DEFAULTS, type OverlayOptions } from "./options.js";
import { Painter } from "./painter.js";
import { type Picture, pictureOf, watchPictures } from "./pictures.js";
import type { Subject } from "./scene.js";
import type { Session } from "./session.js";
import { UNSURE_MS } from "./shapes.js";
import { shapesOf, Subjects } from "./subjects.js";

/** A frame is on the canvas, or never will be because a newer one came first (`at` null). */
export interface Paint {
  readonly frame: FrameMessage;
  readonly at: number | null;
}

/** Without news for so long, what was outlined may be anywhere. */
const GONE_MS = 2000;
const REFRESH_MS = 100;

export class Overlay {
  readonly #video: HTMLVideoElement;
  readonly #canvas: HTMLCanvasElement;
  readonly #painter: Painter;
  readonly #stopped = new AbortController();
  readonly #unwatch: () => void;
  readonly #director = new Director();
  readonly #held = new HeldPictures();
  readonly #subjects = new Subjects();
  readonly #painted = new Set<(paint: Paint) => void>();
  readonly #presented = new Set<(presentation: Presentation) => void>();
  #options: Required<OverlayOptions> = DEFAULTS;
  /** The newest that came. */
  #frame: FrameMessage | null = null;
  /** What is on the screen. */
  #shot: Shot | null = null;
  #subject: Subject | null = null;
  #arrivedAt = 0;
  /** Those that came and are not on the canvas yet. */
  #awaitsPaint: FrameMessage[] = [];
  #isDirty = false;
  #refresh = 0;
  #ageing: ReturnType<typeof setInterval> | undefined;

  constructor(video: HTMLVideoElement, canvas: HTMLCanvasElement, options: OverlayOptions = {}) {
    this.#video = video;
    this.#canvas = canvas;
    this.#painter = new Painter(canvas, () => {
      // Waiting for the next refresh would flash.
      this.#paint();
    });
    const { signal } = this.#stopped;
    const invalidate = () => {
      this.#invalidate();
    };
    video.addEventListener("resize", invalidate, { signal });
    video.addEventListener("emptied", this.#restart, { signal });
    document.addEventListener("visibilitychange", this.#onVisibility, { signal });
    this.set(options);
    this.#painter.fit();
    this.#unwatch = watchPictures(video, this.#onPicture);
  }

  get options(): Readonly<Required<OverlayOptions>> {
    return this.#options;
  }

  /** The outlines that are on the canvas, as they were drawn, or those that are about to be. */
  get frame(): FrameMessage | null {
    return this.#frame === null ? null : (this.#shot?.drawn ?? this.#frame);
  }

  /**
   * When the camera took the picture that is on the screen, on the scale of `performance.now()`:
   * for `Session.frameIdAt`. Null where the browser does not tell of pictures.
   */
  get captureTime(): number | null {
    return this.#shot?.pictureCapturedAt ?? null;
  }

  /** The picture that is on the screen. It may be another one after the next refresh. */
  get picture(): Picture | null {
    const held = this.#shot?.isHeld === true ? this.#shot.pictureCapturedAt : null;
    return held === null ? pictureOf(this.#video) : this.#held.get(held);
  }

  /** What is on the screen, for pictures of it; null while there is none. */
  get composition(): Composition | null {
    const { picture } = this;
    if (picture === null) return null;
    const { picture: size, box, fit } = this.#view();
    const { scale } = place(size, box, fit);
    return { picture, subject: this.#subject, options: this.#options, scale };
  }

  get video(): HTMLVideoElement {
    return this.#video;
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
    const { fit, mirrored, showing, maxHoldMs } = this.#options;
    this.#director.wish(showing, maxHoldMs);
    this.#video.style.objectFit = fit;
    // Both together, so that their coordinates stay the same.
    for (const element of [this.#video, this.#canvas]) {
      element.style.transform = mirrored ? "scaleX(-1)" : "";
    }
    this.#invalidate();
  }

  /**
   * Show what a session outlines, until it is closed or gives up.
   *
   * @returns what ends it, and may be called twice; the outlines stay until they are old.
   */
  follow(session: Pick<Session, "subscribe">): () => void {
    return session.subscribe((event) => {
      if (event.type === "frame") this.show(event.frame, event.capturedAt);
      else if (event.type === "state") {
        const { kind } = event.state;
        if (kind === "closed" || kind === "failed") this.clear();
      }
    });
  }

  /**
   * Show the outlines of a frame, as soon as possible. One that is shown already and comes again is
   * neither painted nor told of twice, and grows no younger by it.
   *
   * @param capturedAt when the camera took the frame, on the scale of `performance.now()`. Without
   * it outlines are drawn as they came, over whatever the video shows.
   */
  show(frame: FrameMessage, capturedAt: number | null = null): void {
    if (isRepeat(frame, this.#frame)) return;
    this.#arrivedAt = performance.now();
    this.#frame = frame;
    this.#director.tell(frame, capturedAt, this.#arrivedAt);
    this.#awaitsPaint.push(frame);
    this.#invalidate();
    this.#ageing ??= setInterval(() => {
      this.#age();
    }, REFRESH_MS);
  }

  /** Show nothing, until the next frame. */
  clear(): void {
    for (const frame of this.#awaitsPaint.splice(0)) this.#tellPaint({ frame, at: null });
    clearInterval(this.#ageing);
    this.#ageing = undefined;
    this.#subjects.clear();
    this.#director.clear();
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

  /**
   * Hear of every picture that is put on the screen, with what is drawn over it; and again when
   * newer outlines are drawn over the same picture.
   */
  onPresent(listener: (presentation: Presentation) => void): () => void {
    this.#presented.add(listener);
    return () => {
      this.#presented.delete(listener);
    };
  }

  /** Let go of the video and the canvas. */
  stop(): void {
    if (this.#stopped.signal.aborted) return;
    this.clear();
    this.#stopped.abort();
    this.#unwatch();
    cancelAnimationFrame(this.#refresh);
    this.#held.clear();
    this.#painter.stop();
    this.#video.style.opacity = "";
  }

  /** Another picture is in the video: outlines go with it in the same refresh. */
  readonly #onPicture = (capturedAt: number | null) => {
    const now = performance.now();
    if (this.#director.picture(capturedAt, now) && capturedAt !== null) {
      this.#held.keep(capturedAt, this.#video);
    }
    const isOnScreen = !this.#advance(now) && this.#shot?.isHeld !== true;
    // What is shown live is another presentation with every picture.
    if (isOnScreen && (capturedAt !== null || showsPicture(this.#options.effect))) {
      this.#isDirty = true;
    }
    if (this.#isDirty) this.#paint();
  };

  readonly #onRefresh = () => {
    this.#refresh = 0;
    this.#advance(performance.now());
    if (this.#isDirty) this.#paint();
    if (this.#shot?.isHeld === true) this.#await();
  };

  /** The video will play something else. */
  readonly #restart = () => {
    this.#director.restart();
    this.#held.clear();
    this.clear();
  };

  readonly #onVisibility = () => {
    if (!document.hidden) return;
    this.#director.pause();
    this.#letGo();
  };

  /** Put the next held picture on the screen, if it is time. */
  #advance(now: number): boolean {
    const isOther = this.#director.advance(now);
    if (isOther) this.#isDirty = true;
    return isOther;
  }

  #letGo(): void {
    for (const name of this.#director.takeLetGo()) this.#held.letGo(name);
  }

  /** Paint at the next refresh, or with the next picture if that is sooner. */
  #invalidate(): void {
    if (this.#stopped.signal.aborted) return;
    this.#isDirty = true;
    this.#await();
  }

  #await(): void {
    if (this.#refresh === 0) this.#refresh = requestAnimationFrame(this.#onRefresh);
  }

  /** Evidence ages on the screen too, when no packet comes to say so. */
  #age(): void {
    const sinceMs = performance.now() - this.#arrivedAt;
    if (sinceMs > GONE_MS) this.clear();
    else if (sinceMs > UNSURE_MS / 2) this.#invalidate();
  }

  #paint(): void {
    this.#isDirty = false;
    const now = performance.now();
    const shot = this.#director.shot(now);
    this.#shot = shot;
    const { frame, drawn, isHeld } = shot;
    const options = this.#options;
    this.#subject = this.#subjects.take(frame, drawn, this.#arrivedAt, now, options);
    // A cut-out has nothing around it: what is left of the picture is painted.
    const isCut = this.#subject !== null && options.effect === "cutout";
    this.#video.style.opacity = isCut ? "0" : "";
    this.#painter.paint(this.#subject, this.picture, isHeld, options);
    this.#letGo();
    // What fades is another picture at every refresh, until it is gone.
    if (this.#subject?.leaving.length || this.#painter.isMoving) this.#invalidate();
    if (isHeld) this.#await();
    this.#tellPaints(frame);
    this.#tellPresentation(shot);
  }

  /** The video's own size: there is a picture to touch before there are outlines. */
  #view(): View {
    const { videoWidth: width, videoHeight: height } = this.#video;
    const { clientWidth, clientHeight } = this.#canvas;
    const { fit, mirrored } = this.#options;
    const box = { width: clientWidth, height: clientHeight };
    return { picture: { width, height }, box, fit, mirrored };
  }

  /** Those before the one that is on the canvas were passed over. */
  #tellPaints(frame: FrameMessage | null): void {
    const at = frame === null ? -1 : this.#awaitsPaint.indexOf(frame);
    for (const [index, one] of this.#awaitsPaint.splice(0, at + 1).entries()) {
      this.#tellPaint({ frame: one, at: index === at ? performance.now() : null });
    }
  }

  #tellPaint(paint: Paint): void {
    for (const listener of [...this.#painted]) listener(paint);
  }

  #tellPresentation({ drawn: _, ...shot }: Shot): void {
    if (this.#presented.size === 0) return;
    const shapes = shapesOf(this.#subject);
    const presentation = { at: performance.now(), ...shot, shapes };
    for (const listener of [...this.#presented]) listener(presentation);
  }
}

/** Lay outlines over a video. The canvas must cover the same box as the video. */
export function createOverlay(
  video: HTMLVideoElement,
  canvas: HTMLCanvasElement,
  options?: OverlayOptions,
): Overlay {
  return new Overlay(video, canvas, options);
}
