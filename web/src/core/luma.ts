/** Small grey pictures, for looking at: how bright they are, and which way they grow brighter. */

import type { Size } from "./path.js";

export interface Luma extends Size {
  /** 0 … 255, row by row. */
  readonly values: Float32Array;
  /** By how much it grows from one pixel to the next, rightwards and downwards. */
  readonly growthX: Float32Array;
  readonly growthY: Float32Array;
}

/** A picture and, each of half the size, what is left of it from further away. */
export type Pyramid = readonly Luma[];

const LEVELS = 3;
/** ITU-R BT.601. */
const [RED, GREEN, BLUE] = [0.299, 0.587, 0.114];

/**
 * Take a small picture.
 *
 * @param rgba four bytes a pixel, as `getImageData` gives them.
 */
export function pyramidOf(rgba: ArrayLike<number>, width: number, height: number): Pyramid {
  const values = new Float32Array(width * height);
  for (let at = 0; at < values.length; at++) {
    const byte = 4 * at;
    values[at] =
      RED * (rgba[byte] ?? 0) + GREEN * (rgba[byte + 1] ?? 0) + BLUE * (rgba[byte + 2] ?? 0);
  }
  const levels = [lumaOf(values, width, height)];
  for (let level = 1; level < LEVELS; level++) {
    const finer = levels.at(-1);
    if (finer === undefined || Math.min(finer.width, finer.height) < 16) break;
    levels.push(halved(finer));
  }
  return levels;
}

/** How bright it is between the centres of pixels; NaN outside. */
export function brightness({ width, height, values }: Luma, x: number, y: number): number {
  const left = Math.floor(x);
  const top = Math.floor(y);
  if (left < 0 || top < 0 || left + 1 >= width || top + 1 >= height) return NaN;
  const at = top * width + left;
  const u = x - left;
  const v = y - top;
  const above = (values[at] ?? 0) * (1 - u) + (values[at + 1] ?? 0) * u;
  const below = (values[at + width] ?? 0) * (1 - u) + (values[at + width + 1] ?? 0) * u;
  return above * (1 - v) + below * v;
}

function lumaOf(values: Float32Array, width: number, height: number): Luma {
  const growthX = new Float32Array(values.length);
  const growthY = new Float32Array(values.length);
  for (let y = 1; y + 1 < height; y++) {
    for (let at = y * width + 1; at + 1 < (y + 1) * width; at++) {
      growthX[at] = ((values[at + 1] ?? 0) - (values[at - 1] ?? 0)) / 2;
      growthY[at] = ((values[at + width] ?? 0) - (values[at - width] ?? 0)) / 2;
    }
  }
  return { width, height, values, growthX, growthY };
}

function halved({ width, height, values }: Luma): Luma {
  const [halfWidth, halfHeight] = [width >> 1, height >> 1];
  const half = new Float32Array(halfWidth * halfHeight);
  for (let y = 0; y < halfHeight; y++) {
    for (let x = 0; x < halfWidth; x++) {
      const at = 2 * y * width + 2 * x;
      const above = (values[at] ?? 0) + (values[at + 1] ?? 0);
      const below = (values[at + width] ?? 0) + (values[at + width + 1] ?? 0);
      half[y * halfWidth + x] = (above + below) / 4;
    }
  }
  return lumaOf(half, halfWidth, halfHeight);
}
