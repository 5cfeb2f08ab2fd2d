/** The camera's picture and what is drawn over it as one picture, in the camera's own pixels. */

import { place, type View } from "../core/fit.js";
import type { Size } from "../core/path.js";
import { Effects } from "./effects.js";
import type { OverlayOptions } from "./options.js";
import type { Picture } from "./pictures.js";
import type { Subject } from "./scene.js";

/** What is on the screen. */
export interface Composition {
  readonly picture: Picture;
  /** Null: nothing is drawn over it. */
  readonly subject: Subject | null;
  readonly options: Required<OverlayOptions>;
  /** CSS pixels in one of the picture's, on the screen. */
  readonly scale: number;
}

export function compositionOf(
  picture: Picture | null,
  view: View,
  subject: Subject | null,
  options: Required<OverlayOptions>,
): Composition | null {
  if (picture === null) return null;
  const { scale } = place(view.picture, view.box, view.fit);
  return { picture, subject, options, scale };
}

/**
 * Lines and labels look as on the screen, but for this: a small picture on a large screen would have
 * labels that nobody can read. So many CSS pixels wide a picture is taken to be.
 */
const LEAST_WIDTH = 400;
const MOST_WIDTH = 800;

/** Why there is no picture to take away. */
export class CaptureError extends Error {
  override name = "CaptureError";
  readonly code: CaptureErrorCode;

  constructor(code: CaptureErrorCode, message: string) {
    super(message);
    this.code = code;
  }
}

export type CaptureErrorCode =
  "no_picture" | "not_readable" | "no_recorder" | "no_format" | "recorder_failed" | "empty";

export class Composer {
  readonly canvas = document.createElement("canvas");
  readonly #context: CanvasRenderingContext2D;
  readonly #effects = new Effects();

  /** @param size of the pictures, pixels. Of another one, they are fitted in. */
  constructor({ width, height }: Size) {
    this.canvas.width = width;
    this.canvas.height = height;
    const context = this.canvas.getContext("2d");
    if (context === null) {
      const message = `the browser gives no canvas of ${width}×${height} pixels`;
      throw new CaptureError("not_readable", message);
    }
    this.#context = context;
  }

  compose({ picture, subject, options, scale }: Composition): void {
    const context = this.#context;
    const { width, height } = this.canvas;
    context.clearRect(0, 0, width, height);
    context.save();
    if (options.mirrored) context.transform(-1, 0, 0, 1, width, 0);
    if (subject === null) {
      const inside = place(picture, { width, height }, "contain");
      const [wide, high] = [picture.width * inside.scale, picture.height * inside.scale];
      context.drawImage(picture.image, inside.x, inside.y, wide, high);
    } else {
      const placement = place(subject.frame, { width, height }, "contain");
      const seenWidth = Math.min(MOST_WIDTH, Math.max(LEAST_WIDTH, picture.width * scale));
      const view = { placement, density: width / seenWidth, isStill: false };
      this.#effects.paint(context, { ...options, ...subject, ...view, picture }, true);
    }
    context.restore();
  }
}
