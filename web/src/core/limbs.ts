/**
 * How places of an outline moved beside its affine motion: limbs.
 *
 * Each place looks at a window that lies inside of it, as far as it is covered: what is behind the
 * object goes its own way. Neighbours see together, so that a place with nothing to see goes with
 * them, and an edge that shows only how far it went across is told by the others how far along.
 */

import { type Affine, type Basis, displacement } from "./affine.js";
import type { Luma, Pyramid } from "./luma.js";
import type { Samples } from "./samples.js";

/** Of the window, pixels: it is square. */
const RADIUS = 3;
const INWARDS = 2;
const OUTSIDE = 0.1;
const ROUNDS = 2;
/** Of neighbours, from the place on to both sides. */
const KERNEL = [1, 0.8, 0.5, 0.2];
/** For each pixel of a window, grey levels²: what says nothing goes with the whole. */
const RIDGE = 4;
/** Grey levels: pixels that fit worse by far weigh little. Below 16 limbs that are fast are lost. */
const SCALE = 48;
/** Grey levels from one pixel to the next: below that it is flat. */
const TELLING = 2;

/** Pixels. */
const MOST = 6;

/** @returns x, y for each place, pixels of the finest level, beside `motion`. */
export function limbsOf(
  from: Pyramid,
  to: Pyramid,
  cover: Uint8Array,
  places: Samples,
  motion: Affine,
  basis: Basis,
  brighter: number,
): Float32Array {
  const beside = new Float32Array(2 * places.count);
  const told = new Float64Array(5 * places.count);
  for (let level = from.length - 1; level >= 0; level--) {
    const [first, second] = [from[level], to[level]];
    if (first === undefined || second === undefined) continue;
    for (let round = 0; round < ROUNDS; round++) {
      for (let at = 0; at < places.count; at++) {
        look(
          first,
          second,
          level,
          cover,
          from[0]?.width ?? 0,
          places,
          motion,
          basis,
          brighter,
          beside,
          at,
          told,
        );
      }
      for (const { start, end } of places.rings) settle(told, beside, start, end);
    }
  }
  return beside;
}

function look(
  from: Luma,
  to: Luma,
  level: number,
  cover: Uint8Array,
  coverWidth: number,
  places: Samples,
  motion: Affine,
  basis: Basis,
  brighter: number,
  beside: Float32Array,
  at: number,
  told: Float64Array,
): void {
  const { width, height, values, growthX, growthY } = from;
  const target = to.values;
  const fine = 1 << level;
  const [placeX, placeY] = [(places.x[at] ?? 0) / fine, (places.y[at] ?? 0) / fine];
  const centreX = Math.round(placeX - INWARDS * (places.normalX[at] ?? 0) - 0.5);
  const centreY = Math.round(placeY - INWARDS * (places.normalY[at] ?? 0) - 0.5);
  const besideX = beside[2 * at] ?? 0;
  const besideY = beside[2 * at + 1] ?? 0;
  let xx = 0,
    xy = 0,
    yy = 0,
    bx = 0,
    by = 0;
  const top = Math.max(1, centreY - RADIUS),
    bottom = Math.min(height - 2, centreY + RADIUS);
  const left = Math.max(1, centreX - RADIUS),
    right = Math.min(width - 2, centreX + RADIUS);
  // How the second picture is read: affine in the place, so that steps along a row are all alike.
  const stepX = 1 + motion[2] / basis.radius,
    stepY = motion[3] / basis.radius;
  for (let y = top; y <= bottom; y++) {
    const way = displacement(motion, basis, fine * (left + 0.5), fine * (y + 0.5));
    let toX = left + (way[0] + besideX) / fine,
      toY = y + (way[1] + besideY) / fine;
    for (let x = left; x <= right; x++, toX += stepX, toY += stepY) {
      const pixel = y * width + x;
      const gx = growthX[pixel] ?? 0,
        gy = growthY[pixel] ?? 0;
      if (gx * gx + gy * gy < TELLING * TELLING) continue;
      const intX = Math.floor(toX),
        intY = Math.floor(toY);
      if (intX < 0 || intY < 0 || intX + 1 >= width || intY + 1 >= height) continue;
      const there = intY * width + intX;
      const u = toX - intX,
        v = toY - intY;
      const above = (target[there] ?? 0) * (1 - u) + (target[there + 1] ?? 0) * u;
      const below = (target[there + width] ?? 0) * (1 - u) + (target[there + width + 1] ?? 0) * u;
      const error = above * (1 - v) + below * v - (values[pixel] ?? 0) - brighter;
      const isInside =
        cover[(((2 * y + 1) << level) >> 1) * coverWidth + (((2 * x + 1) << level) >> 1)] === 1;
      const weight = (isInside ? 1 : OUTSIDE) / (1 + (error / SCALE) * (error / SCALE));
      xx += weight * gx * gx;
      xy += weight * gx * gy;
      yy += weight * gy * gy;
      bx -= weight * gx * error;
      by -= weight * gy * error;
    }
  }
  // Growth is by pixels of this level, ways by those of the finest; and the whole way is asked for,
  // so that the ridge holds the way small, not the step.
  xx /= fine * fine;
  xy /= fine * fine;
  yy /= fine * fine;
  told[5 * at] = xx;
  told[5 * at + 1] = xy;
  told[5 * at + 2] = yy;
  told[5 * at + 3] = bx / fine + xx * besideX + xy * besideY;
  told[5 * at + 4] = by / fine + xy * besideX + yy * besideY;
}

function settle(told: Float64Array, beside: Float32Array, start: number, end: number): void {
  const count = end - start;
  const ridge = RIDGE * (2 * RADIUS + 1) ** 2;
  for (let at = 0; at < count; at++) {
    let [xx, xy, yy, bx, by] = [ridge, 0, ridge, 0, 0];
    for (let tap = 1 - KERNEL.length; tap < KERNEL.length; tap++) {
      const share = KERNEL[Math.abs(tap)] ?? 0;
      const other = 5 * (start + ((at + tap + 4 * count) % count));
      xx += share * (told[other] ?? 0);
      xy += share * (told[other + 1] ?? 0);
      yy += share * (told[other + 2] ?? 0);
      bx += share * (told[other + 3] ?? 0);
      by += share * (told[other + 4] ?? 0);
    }
    const determinant = xx * yy - xy * xy;
    const [x, y] = [(yy * bx - xy * by) / determinant, (xx * by - xy * bx) / determinant];
    const far = Math.sqrt(x * x + y * y);
    const kept = far > MOST ? MOST / far : 1;
    beside[2 * (start + at)] = kept * x;
    beside[2 * (start + at) + 1] = kept * y;
  }
}
