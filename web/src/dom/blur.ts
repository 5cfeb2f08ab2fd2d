/**
 * A wide, soft blur of a picture, by the canvas alone.
 *
 * Halving a picture again and again and scaling it back up step by step averages ever larger
 * areas: a few cheap draws of shrinking size, where `ctx.filter = "blur()"` costs a full pass
 * without a graphics card and does not exist in Safari.
 */

import type { Picture } from "./pictures.js";

const FIRST_WIDTH = 320;
const HALVINGS = 4;

export class Blur {
  readonly #levels: HTMLCanvasElement[] = [];

  /** Draw `source` blurred into the rectangle of `target`. */
  draw(
    source: Picture,
    target: CanvasRenderingContext2D,
    x: number,
    y: number,
    width: number,
    height: number,
  ): void {
    const aspect = source.height / source.width;
    let picture = source.image;
    for (let level = 0; level <= HALVINGS; level++) {
      picture = this.#scale(picture, level, FIRST_WIDTH / 2 ** level, aspect);
    }
    for (let level = HALVINGS - 1; level >= 1; level--) {
      picture = this.#scale(picture, level, FIRST_WIDTH / 2 ** level, aspect);
    }
    target.imageSmoothingQuality = "high";
    target.drawImage(picture, x, y, width, height);
  }

  #scale(
    source: CanvasImageSource,
    level: number,
    width: number,
    aspect: number,
  ): HTMLCanvasElement {
    const canvas = (this.#levels[level] ??= document.createElement("canvas"));
    const height = Math.max(1, Math.round(width * aspect));
    if (canvas.width !== width || canvas.height !== height) {
      canvas.width = width;
      canvas.height = height;
    }
    canvas.getContext("2d")?.drawImage(source, 0, 0, width, height);
    return canvas;
  }
}
