/**
 * How what an outline holds moved from one picture to the next: an affine motion.
 *
 * Lucas, Kanade (1981) in the form of Hager, Belhumeur (1998): the pixels of the first picture and
 * their growth say how a wrong motion shows in the second. Coarse to fine; pixels that fit badly
 * weigh little (Geman, McClure); and what is brighter as a whole has not moved for that.
 */

import { type Affine, type Basis, displacement, solved } from "./affine.js";
import { brightness, type Luma, type Pyramid } from "./luma.js";

/** Steps from the coarsest level to the finest. */
const STEPS = [4, 3, 3];
/** So many pixels of a level are looked at; those that say most. */
const MOST_PIXELS = 400;
const FEWEST_PIXELS = 12;
/** Grey levels from one pixel to the next: below that it is flat, and tells nothing. */
const TELLING = 2;
/** Grey levels: below that, pixels fit. Cameras tremble by about one. */
const LEAST_SCALE = 3;
/** Grey levels: no pixel counts for more. One that has left the picture counts for half. */
const MOST_MISFIT = 40;
/** Grey levels² for each pixel: what says nothing of a part of the motion leaves it as it is. */
const RIDGE = [0.2, 0.2, 0.8, 0.8, 0.8, 0.8];

/** Pixels of a level of the first picture that are looked at. */
interface Sights {
  readonly count: number;
  readonly x: Float32Array;
  readonly y: Float32Array;
  readonly value: Float32Array;
  readonly growthX: Float32Array;
  readonly growthY: Float32Array;
}

export interface Alignment {
  /** In pixels of the finest level, about the basis. */
  readonly motion: Affine;
  /** How badly pixels fit, grey levels on average: after it, and with the best of the guesses. */
  readonly misfit: number;
  readonly before: number;
  /** By how much the second picture is brighter there, grey levels. */
  readonly brighter: number;
  /** How far pixels are from their mean, grey levels on average. */
  readonly contrast: number;
}

/**
 * Find the motion of what is covered.
 *
 * @param cover 1 where the object is, pixels of the finest level.
 * @param basis what motions are told about, pixels of the finest level.
 * @param guesses to begin at: the one that fits best is taken.
 * @returns null where there is too little to see.
 */
export function aligned(
  from: Pyramid,
  to: Pyramid,
  cover: Uint8Array,
  basis: Basis,
  guesses: readonly Affine[],
): Alignment | null {
  let motion: Affine | null = null;
  let finest: { sights: Sights; picture: Luma } | null = null;
  const width = from[0]?.width ?? 0;
  for (let level = from.length - 1; level >= 0; level--) {
    const [first, second] = [from[level], to[level]];
    if (first === undefined || second === undefined) return null;
    const sights = sightsOf(first, cover, level, width);
    if (sights.count < FEWEST_PIXELS) continue;
    if (motion === null) {
      const ranked = guesses.map((guess) => ({
        guess,
        misfit: misfit(sights, second, basis, level, guess),
      }));
      const best = ranked.reduce((one, other) => (other.misfit < one.misfit ? other : one));
      motion = best.guess;
    }
    const steps = STEPS[from.length - 1 - level] ?? 3;
    for (let step = 0; step < steps; step++) {
      motion = stepped(sights, second, basis, level, motion);
      if (motion.some((one) => !Number.isFinite(one))) return null;
    }
    if (level === 0) finest = { sights, picture: second };
  }
  if (motion === null || finest === null) return null;
  const { sights, picture } = finest;
  const misfits = guesses.map((guess) => misfit(sights, picture, basis, 0, guess));
  return {
    motion,
    misfit: misfit(sights, picture, basis, 0, motion),
    before: Math.min(...misfits),
    brighter: brighterBy(errorsOf(sights, picture, basis, 0, motion)),
    contrast: contrastOf(sights),
  };
}

function contrastOf({ count, value }: Sights): number {
  const mean = value.reduce((sum, one) => sum + one, 0) / count;
  return value.reduce((sum, one) => sum + Math.abs(one - mean), 0) / count;
}

function sightsOf(luma: Luma, cover: Uint8Array, level: number, coverWidth: number): Sights {
  const { width, height, values, growthX, growthY } = luma;
  const places: number[] = [];
  let telling = 0;
  for (let y = 1; y + 1 < height; y++) {
    const row = (((2 * y + 1) << level) >> 1) * coverWidth;
    // Most rows hold nothing, which is found out fast.
    const first = cover.indexOf(1, row);
    if (first < 0) break;
    if (first >= row + coverWidth) continue;
    const end = cover.lastIndexOf(1, row + coverWidth - 1) - row;
    const from = Math.max(1, (first - row) >> level);
    for (let x = from; x + 1 < width; x++) {
      const fine = ((2 * x + 1) << level) >> 1;
      if (fine > end) break;
      if (cover[row + fine] !== 1) continue;
      const at = y * width + x;
      places.push(at);
      if ((growthX[at] ?? 0) ** 2 + (growthY[at] ?? 0) ** 2 >= TELLING ** 2) telling++;
    }
  }
  const stride = Math.max(1, places.length / MOST_PIXELS);
  const count = telling < FEWEST_PIXELS ? 0 : Math.floor(places.length / stride);
  const column = (): Float32Array => new Float32Array(count);
  const sights = {
    count,
    x: column(),
    y: column(),
    value: column(),
    growthX: column(),
    growthY: column(),
  };
  for (let sight = 0; sight < count; sight++) {
    const at = places[Math.floor(sight * stride)] ?? 0;
    sights.x[sight] = at % width;
    sights.y[sight] = Math.floor(at / width);
    sights.value[sight] = values[at] ?? 0;
    sights.growthX[sight] = growthX[at] ?? 0;
    sights.growthY[sight] = growthY[at] ?? 0;
  }
  return sights;
}

/** How badly pixels fit on average, grey levels. */
function misfit(sights: Sights, second: Luma, basis: Basis, level: number, motion: Affine): number {
  const errors = errorsOf(sights, second, basis, level, motion);
  const brighter = brighterBy(errors);
  let sum = 0;
  for (const error of errors) {
    sum += Number.isNaN(error)
      ? MOST_MISFIT / 2
      : Math.min(MOST_MISFIT, Math.abs(error - brighter));
  }
  return sum / errors.length;
}

function errorsOf(
  { count, x, y, value }: Sights,
  second: Luma,
  basis: Basis,
  level: number,
  motion: Affine,
): Float32Array {
  const errors = new Float32Array(count);
  const fine = 1 << level;
  for (let at = 0; at < count; at++) {
    const px = x[at] ?? 0;
    const py = y[at] ?? 0;
    const way = displacement(motion, basis, fine * (px + 0.5), fine * (py + 0.5));
    errors[at] = brightness(second, px + way[0] / fine, py + way[1] / fine) - (value[at] ?? 0);
  }
  return errors;
}

/** Mean error, none counted for more than the worst misfit. */
function brighterBy(errors: Float32Array): number {
  let [sum, seen] = [0, 0];
  for (const error of errors) {
    if (Number.isNaN(error)) continue;
    sum += Math.max(-MOST_MISFIT, Math.min(MOST_MISFIT, error));
    seen++;
  }
  return seen === 0 ? 0 : sum / seen;
}

/** One step of weighted least squares. */
function stepped(
  sights: Sights,
  second: Luma,
  basis: Basis,
  level: number,
  motion: Affine,
): Affine {
  const errors = errorsOf(sights, second, basis, level, motion);
  const brighter = brighterBy(errors);
  let [sizes, seen] = [0, 0];
  for (const error of errors) {
    if (Number.isNaN(error)) continue;
    sizes += Math.min(MOST_MISFIT, Math.abs(error));
    seen++;
  }
  if (seen < FEWEST_PIXELS) return motion;
  const scale = Math.max(LEAST_SCALE, (1.5 * sizes) / seen);
  const fine = 1 << level;
  const equations = new Float64Array(42);
  const row = new Float64Array(7);
  for (let at = 0; at < sights.count; at++) {
    const error = (errors[at] ?? NaN) - brighter;
    if (Number.isNaN(error)) continue;
    const fit = 1 + (error / scale) * (error / scale);
    const weight = 1 / (fit * fit);
    const u = (fine * ((sights.x[at] ?? 0) + 0.5) - basis.x) / basis.radius;
    const v = (fine * ((sights.y[at] ?? 0) + 0.5) - basis.y) / basis.radius;
    const gx = (sights.growthX[at] ?? 0) / fine;
    const gy = (sights.growthY[at] ?? 0) / fine;
    row[0] = gx;
    row[1] = gy;
    row[2] = gx * u;
    row[3] = gy * u;
    row[4] = gx * v;
    row[5] = gy * v;
    row[6] = -error;
    for (let one = 0; one < 6; one++) {
      const share = weight * (row[one] ?? 0);
      for (let two = one; two < 7; two++) {
        equations[one * 7 + two] = (equations[one * 7 + two] ?? 0) + share * (row[two] ?? 0);
      }
    }
  }
  for (let one = 0; one < 6; one++) {
    const ridge = seen * (RIDGE[one] ?? 0);
    equations[one * 8] = (equations[one * 8] ?? 0) + ridge;
    for (let two = 0; two < one; two++) equations[one * 7 + two] = equations[two * 7 + one] ?? 0;
  }
  const more = solved(Array.from(equations));
  return [
    motion[0] + more[0],
    motion[1] + more[1],
    motion[2] + more[2],
    motion[3] + more[3],
    motion[4] + more[4],
    motion[5] + more[5],
  ];
}
