/**
 * How one outline came out of another: the affine motion that leads the one onto the other.
 *
 * Iterated closest points, from a point to the line (Chen, Medioni 1992), with weights that leave
 * out what moved on its own (Geman, McClure). It needs no vertices that live on, and so works on
 * outlines however they were told.
 */

import { type Affine, type Basis, displacement, solved } from "./affine.js";
import { median } from "./median.js";
import type { Samples } from "./samples.js";

const ROUNDS = 2;
/** Of how far one of them may face another way than its partner, as a cosine. */
const LEAST_COSINE = 0.3;
/** Of the mean weight of a place; keeps what an outline does not tell, as a disc's turning, at 0. */
const RIDGE = [0.01, 0.01, 0.03, 0.03, 0.03, 0.03];
/** Below so many pixels a gap says nothing: outlines are only so exact. */
const LEAST_SCALE_PX = 0.5;
const FEWEST = 8;

/** The middle of the places and their mean distance from it. */
export function basisOf({ count, x, y }: Samples): Basis {
  let [sumX, sumY, squares] = [0, 0, 0];
  for (let at = 0; at < count; at++) {
    const [px, py] = [x[at] ?? 0, y[at] ?? 0];
    sumX += px;
    sumY += py;
    squares += px * px + py * py;
  }
  const [meanX, meanY] = [sumX / count, sumY / count];
  const spread = squares / count - meanX * meanX - meanY * meanY;
  return { x: meanX, y: meanY, radius: Math.sqrt(Math.max(4, spread)) };
}

/** For each place the nearest one of others that faces its way: its number, or -1. */
export function partners(from: Samples, to: Samples): number[] {
  const found: number[] = [];
  for (let at = 0; at < from.count; at++) {
    const [x, y] = [from.x[at] ?? 0, from.y[at] ?? 0];
    const [facingX, facingY] = [from.normalX[at] ?? 0, from.normalY[at] ?? 0];
    let [best, least] = [-1, Infinity];
    for (let other = 0; other < to.count; other++) {
      const [dx, dy] = [(to.x[other] ?? 0) - x, (to.y[other] ?? 0) - y];
      const squared = dx * dx + dy * dy;
      if (squared >= least) continue;
      const cosine = facingX * (to.normalX[other] ?? 0) + facingY * (to.normalY[other] ?? 0);
      if (cosine < LEAST_COSINE) continue;
      least = squared;
      best = other;
    }
    found.push(best);
  }
  return found;
}

/** Places where a motion leads them; they go on facing their way. */
export function movedBy(motion: Affine, basis: Basis, samples: Samples): Samples {
  const [x, y]: [number[], number[]] = [[], []];
  for (let at = 0; at < samples.count; at++) {
    const [px, py] = [samples.x[at] ?? 0, samples.y[at] ?? 0];
    const [dx, dy] = displacement(motion, basis, px, py);
    x.push(px + dx);
    y.push(py + dy);
  }
  return { ...samples, x, y };
}

/**
 * Find the motion that leads one outline onto another.
 *
 * @param guess to begin at. @returns null where they have too little in common.
 */
export function registered(from: Samples, basis: Basis, to: Samples, guess: Affine): Affine | null {
  let motion = guess;
  for (let round = 0; round < ROUNDS; round++) {
    const moved = movedBy(motion, basis, from);
    const found = partners(moved, to);
    const gaps = gapsBetween(moved, to, found);
    const sizes = sizesOf(gaps);
    if (sizes.length < FEWEST) return null;
    const scale = Math.max(LEAST_SCALE_PX, 1.5 * median(sizes));
    motion = fitted(from, basis, to, found, gaps, motion, scale);
  }
  return motion;
}

/** How far each place is from its partner's line; NaN: that says nothing. */
export function gapsBetween(from: Samples, to: Samples, found: readonly number[]): number[] {
  return found.map((other, at) => {
    if (other < 0 || from.weight[at] === 0 || to.weight[other] === 0) return NaN;
    const [dx, dy] = [
      (to.x[other] ?? 0) - (from.x[at] ?? 0),
      (to.y[other] ?? 0) - (from.y[at] ?? 0),
    ];
    return dx * (to.normalX[other] ?? 0) + dy * (to.normalY[other] ?? 0);
  });
}

/** How far the gaps are that say something, pixels. */
export function sizesOf(gaps: readonly number[]): number[] {
  return gaps.filter((gap) => !Number.isNaN(gap)).map(Math.abs);
}

/** One step of weighted least squares. */
function fitted(
  from: Samples,
  { x: centreX, y: centreY, radius }: Basis,
  to: Samples,
  found: readonly number[],
  gaps: readonly number[],
  motion: Affine,
  scale: number,
): Affine {
  const equations = new Array<number>(42).fill(0);
  let total = 0;
  for (let at = 0; at < from.count; at++) {
    const gap = gaps[at] ?? NaN;
    if (Number.isNaN(gap)) continue;
    const other = found[at] ?? 0;
    const weight = 1 / (1 + (gap / scale) ** 2);
    total += weight;
    const [u, v] = [((from.x[at] ?? 0) - centreX) / radius, ((from.y[at] ?? 0) - centreY) / radius];
    const [nx, ny] = [to.normalX[other] ?? 0, to.normalY[other] ?? 0];
    const row = [nx, ny, nx * u, ny * u, nx * v, ny * v];
    // The right side is the whole way, so that the ridge holds the motion small, not the step.
    let way = gap;
    for (let one = 0; one < 6; one++) way += (row[one] ?? 0) * (motion[one] ?? 0);
    row.push(way);
    for (let one = 0; one < 6; one++) {
      const share = weight * (row[one] ?? 0);
      for (let two = 0; two < 7; two++) {
        equations[one * 7 + two] = (equations[one * 7 + two] ?? 0) + share * (row[two] ?? 0);
      }
    }
  }
  RIDGE.forEach((ridge, one) => {
    equations[one * 8] = (equations[one * 8] ?? 0) + ridge * total;
  });
  return solved(equations);
}
