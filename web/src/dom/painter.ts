/** The canvas that lies over a video: its size, and what is painted on it. */

import { place } from "../core/fit.js";
import { Effects } from "./effects.js";
import type { OverlayOptions } from "./options.js";
import type { Picture } from "./pictures.js";
import type { Subject } from "./scene.js";

export class Painter {
  readonly #canvas: HTMLCanvasElement;
  readonly #context: CanvasRenderingContext2D | null;
  readonly #resized: ResizeObserver;
  readonly #effects = new Effects();
  readonly #stillness = window.matchMedia("(prefers-reduced-motion: reduce)");

  /** @param resized the canvas has another size, and is empty. */
  constructor(canvas: HTMLCanvasElement, resized: () => void) {
    this.#canvas = canvas;
    this.#context = canvas.getContext("2d");
    this.#resized = new ResizeObserver(() => {
      if (this.fit()) resized();
    });
    this.#resized.observe(canvas);
  }

  /**
   * Paint what lies over a picture.
   *
   * @param subject null: nothing.
   * @param picture that is on the screen; null: not known.
   * @param isHeld it is not what the video shows: it is painted too, under all else.
   */
  paint(
    subject: Subject | null,
    picture: Picture | null,
    isHeld: boolean,
    options: Required<OverlayOptions>,
  ): void {
    const context = this.#context;
    if (context === null) return;
    const { width, height } = this.#canvas;
    context.clearRect(0, 0, width, height);
    const { fit } = options;
    if (subject !== null) {
      const placement = place(subject.frame, { width, height }, fit);
      const view = { placement, density: density(), isStill: this.#stillness.matches };
      this.#effects.paint(context, { ...options, ...subject, ...view, picture });
      // What is drawn whole has nothing under it.
      if (options.effect === "cutout") return;
    }
    if (picture === null || !isHeld) return;
    const { scale, x, y } = place(picture, { width, height }, fit);
    context.save();
    context.globalCompositeOperation = "destination-over";
    context.drawImage(picture.image, x, y, picture.width * scale, picture.height * scale);
    context.restore();
  }

  /** Whether the next painting would differ even if nothing else did. */
  get isMoving(): boolean {
    return this.#effects.isMoving;
  }

  clear(): void {
    this.#context?.clearRect(0, 0, this.#canvas.width, this.#canvas.height);
  }

  /**
   * Give the canvas as many pixels as it has on the screen.
   *
   * @returns whether it had not; it is empty then.
   */
  fit(): boolean {
    const width = Math.round(this.#canvas.clientWidth * density());
    const height = Math.round(this.#canvas.clientHeight * density());
    if (this.#canvas.width === width && this.#canvas.height === height) return false;
    this.#canvas.width = width;
    this.#canvas.height = height;
    return true;
  }

  stop(): void {
    this.#resized.disconnect();
    this.clear();
  }
}

/** More than two canvas pixels in a CSS pixel cannot be seen in a moving line. */
function density(): number {
  return Math.min(2, window.devicePixelRatio || 1);
}
