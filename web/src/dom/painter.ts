/** The canvas that lies over a video: its size, and what is painted on it. */

import { place } from "../core/fit.js";
import { Blur } from "./blur.js";
import { paintScene, type Scene } from "./effects.js";
import type { OverlayOptions } from "./options.js";
import type { Picture } from "./pictures.js";

/** What is to be seen, apart from where. */
export type Subject = Pick<Scene, "frame" | "leaving" | "sinceArrivalMs">;

export class Painter {
  readonly #canvas: HTMLCanvasElement;
  readonly #context: CanvasRenderingContext2D | null;
  readonly #resized: ResizeObserver;
  readonly #blur = new Blur();

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
      const scene = { ...options, ...subject, picture, placement, density: density() };
      paintScene(context, scene, this.#blur);
    }
    if (picture === null || !isHeld) return;
    const { scale, x, y } = place(picture, { width, height }, fit);
    context.save();
    context.globalCompositeOperation = "destination-over";
    context.drawImage(picture.image, x, y, picture.width * scale, picture.height * scale);
    context.restore();
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
