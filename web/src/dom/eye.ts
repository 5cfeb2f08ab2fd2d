/** Reads the pixels of a video, small, for `core/looking`. */

import { Looking } from "../core/looking.js";
import type { OverlayOptions } from "./options.js";
import { pictureOf } from "./pictures.js";

/** Pixels. At 240 outlines were no better on DAVIS, and looking took twice as long. */
const WIDTH = 160;

export class Eye {
  readonly looking = new Looking();
  #context: CanvasRenderingContext2D | null = null;
  #isShut = false;

  /**
   * Remember what the video shows now, if outlines are to be led on to it.
   *
   * @param capturedAt null where that is not known: then it cannot be said what outlines are of.
   */
  see(
    video: HTMLVideoElement,
    capturedAt: number | null,
    { looking, showing }: Pick<Required<OverlayOptions>, "looking" | "showing">,
  ): void {
    const picture = pictureOf(video);
    if (this.#isShut || !looking || showing !== "live") return;
    if (picture === null || capturedAt === null) return;
    const height = Math.max(1, Math.round((WIDTH * picture.height) / picture.width));
    const context = this.#sized(WIDTH, height);
    if (context === null) return;
    try {
      context.drawImage(video, 0, 0, WIDTH, height);
      const { data } = context.getImageData(0, 0, WIDTH, height);
      this.looking.picture(data, { width: WIDTH, height }, capturedAt);
    } catch (error) {
      // A video of another origin may be shown and not read.
      if (!(error instanceof DOMException && error.name === "SecurityError")) throw error;
      this.#isShut = true;
    }
  }

  /** Forget what was seen. The video will play something else, which may be read. */
  clear(): void {
    this.looking.clear();
    this.#isShut = false;
    this.#context = null;
  }

  #sized(width: number, height: number): CanvasRenderingContext2D | null {
    if (this.#context === null) {
      const canvas = document.createElement("canvas");
      this.#context = canvas.getContext("2d", { alpha: false, willReadFrequently: true });
    }
    const canvas = this.#context?.canvas;
    if (canvas !== undefined && (canvas.width !== width || canvas.height !== height)) {
      canvas.width = width;
      canvas.height = height;
    }
    return this.#context;
  }
}
