/** A canvas that lies over a video and shows the outlines of what is in it. */

import { Director, type Shot } from "../core/director.js";
import { boxToPicture, pictureToBox, type View } from "../core/fit.js";
import { OutlineMotion } from "../core/motion.js";
import type { Presentation } from "../core/presentation.js";
import { isRepeat } from "../core/repeats.js";
import type { FrameMessage } from "../core/wire.js";
import { type Composition, compositionOf } from "./compose.js";
import { showsPicture } from "./effects.js";
import { Eye } from "./eye.js";
import { HeldPictures } from "./held.js";
import { DEFAULTS, type OverlayOptions } from "./options.js";
import { Painter } from "./painter.js";
import { type Picture, pictureOf, type PictureTimes, watchPictures } from "./pictures.js";
import type { Subject } from "./scene.js";
import type { Session } from "./session.js";
import { UNSURE_MS } from "./shapes.js";
import { Subjects } from "./subjects.js";
import { type Paint, Telling } from "./telling.js";

/** Without news for so long, what was outlined may be anywhere. */
const GONE_MS = 2000;
const REFRESH_MS = 100;

export class Overlay {
  readonly video: HTMLVideoElement;
  readonly #canvas: HTMLCanvasElement;
  readonly #painter: Painter;
  readonly #stopped = new AbortController();
  readonly #unwatch: () => void;
  readonly #eye = new Eye();
  readonly #director = new Director(new OutlineMotion(), this.#eye.looking);
  readonly #held = new HeldPictures();
  readonly #subjects = new Subjects();
  readonly #telling = new Telling();
  #options: Required<OverlayOptions> = DEFAULTS;
  #followed: Pick<Session, "saw"> | null = null;
  /** The newest that came. */
  #frame: FrameMessage | null = null;
  /** What is on the screen. */
  #shot: Shot | null = null;
  #subject: Subject | null = null;
  #arrivedAt = 0;
  #isDirty = false;
  #refresh = 0;
  #ageing: ReturnType<typeof setInterval> | undefined;

  constructor(video: HTMLVideoElement, canvas: HTMLCanvasElement, options: OverlayOptions = {}) {
    this.video = video;
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
    return held === null ? pictureOf(this.video) : this.#held.get(held);
  }

  /** What is on the screen, for `snapshot` and `record`; null while there is no picture. */
  get composition(): Composition | null {
    return compositionOf(this.picture, this.#view(), this.#subject, this.#options);
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
    this.video.style.objectFit = fit;
    // Both together, so that their coordinates stay the same.
    for (const element of [this.video, this.#canvas]) {
      element.style.transform = mirrored ? "scaleX(-1)" : "";
    }
    this.#invalidate();
  }

  /**
   * Show what a session outlines: nothing while it wants nothing, or when it is over.
   *
   * @returns what ends it, and may be called twice; the outlines stay until they are old.
   */
  follow(session: Pick<Session, "subscribe" | "saw">): () => void {
    this.#followed = session;
    const end = session.subscribe((event) => {
      if (event.type === "frame") this.show(event.frame, event.capturedAt);
      const isPaused = event.type === "prompts" && event.prompts.length === 0;
      const isOver =
        event.type === "state" && (event.state.kind === "closed" || event.state.kind === "failed");
      if (isPaused || isOver) this.clear();
    });
    return () => {
      end();
      if (this.#followed === session) this.#followed = null;
    };
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
    this.#telling.await(frame);
    this.#invalidate();
    this.#ageing ??= setInterval(() => {
      this.#age();
    }, REFRESH_MS);
  }

  /** Show nothing, until the next frame. */
  clear(): void {
    this.#telling.clear();
    clearInterval(this.#ageing);
    this.#ageing = undefined;
    this.#subjects.clear();
    this.#director.clear();
    this.#frame = null;
    this.#invalidate();
  }

  /** Hear when each frame was painted, or that it never was. */
  onPaint(listener: (paint: Paint) => void): () => void {
    return this.#telling.paints.add(listener);
  }

  /**
   * Hear of every picture that is put on the screen, with what is drawn over it; and again when
   * newer outlines are drawn over the same picture.
   */
  onPresent(listener: (presentation: Presentation) => void): () => void {
    return this.#telling.presentations.add(listener);
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
    this.video.style.opacity = "";
  }

  /** Another picture is in the video: outlines go with it in the same refresh. */
  readonly #onPicture = (times: PictureTimes | null) => {
    const now = performance.now();
    const capturedAt = times?.capturedAt ?? null;
    const mistaken = times === null ? null : this.#held.takeMistaken(times.presentedAt);
    if (mistaken !== null) this.#director.drop(mistaken);
    if (capturedAt !== null) this.#followed?.saw(capturedAt);
    const isKept = this.#director.picture(capturedAt, now);
    if (isKept && capturedAt !== null) this.#held.keep(capturedAt, this.video);
    if (this.#frame !== null) this.#eye.see(this.video, capturedAt, this.#options);
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
    this.#eye.clear();
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
    const { frame, drawn, isHeld } = (this.#shot = shot);
    const subject = this.#subjects.take(frame, drawn, this.#arrivedAt, now, this.#options);
    this.#subject = subject;
    // The canvas alone shows what is left of the picture.
    this.video.style.opacity = subject !== null && this.#options.effect === "cutout" ? "0" : "";
    this.#painter.paint(subject, this.picture, isHeld, this.#options);
    this.#letGo();
    // What fades is another picture at every refresh, until it is gone.
    if (subject?.leaving.length || this.#painter.isMoving) this.#invalidate();
    if (isHeld) this.#await();
    this.#telling.painted(shot, subject, performance.now());
  }

  /** The video's own size: there is a picture to touch before there are outlines. */
  #view(): View {
    const picture = { width: this.video.videoWidth, height: this.video.videoHeight };
    const box = { width: this.#canvas.clientWidth, height: this.#canvas.clientHeight };
    return { picture, box, fit: this.#options.fit, mirrored: this.#options.mirrored };
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
