/**
 * Outlines led on by what is to be seen: from the picture that they are right for, from one picture
 * to the next, to the one on the screen. Pictures are small, so that looking takes about as long as
 * drawing does; without a clock and without a page.
 */

import { type Affine, type Basis, displacement, STILL } from "./affine.js";
import { aligned } from "./aligning.js";
import { coverOf } from "./cover.js";
import { limbsOf } from "./limbs.js";
import { type Pyramid, pyramidOf } from "./luma.js";
import type { FrameMessage, Outline, OutlineRing } from "./messages.js";
import type { Size } from "./path.js";
import { basisOf } from "./registration.js";
import { edgeLengths, type RingSamples, sample } from "./samples.js";

/** Pictures: a third of a second. */
const KEPT = 12;
const PLACES = 64;
/** A frame of which the time is so near a picture's is that picture's; clocks err by a millisecond. */
const OWN_MS = 2;
/** From one picture to the next, for all objects of a picture together: each takes about 1 ms. */
const MOST_STEPS = 4;
/**
 * Pixels fit this much worse than with the best guess at most: they are fewer than the steps saw.
 * Chosen on DAVIS; 1.0 refuses what has hardly moved, 1.5 lets wrong ones pass.
 */
const MOST_OF_GUESS = 1.1;
/** Grey levels that make no difference. */
const EVEN = 0.5;
/** From one picture to the next nothing turns, grows or shears by more. */
const MOST_BENT_OF_RADIUS = 0.4;
/** Pixels that differ by that share of how they differ among themselves are of something else. */
const MOST_OF_CONTRAST = 0.8;
/** Grey levels that a camera may add. */
const NOISE = 4;

interface Sight {
  readonly capturedAt: number;
  readonly pyramid: Pyramid;
}

/** How far an outline was led, and by what motion last; `rings` are null where that failed. */
interface Led {
  readonly capturedAt: number;
  readonly rings: readonly OutlineRing[] | null;
  readonly motion: Affine;
}

/**
 * Looks where objects have gone.
 *
 * ```ts
 * looking.picture(pixels, { width: 160, height: 90 }, captureTime); // every picture
 * looking.objects(frame, capturedAt, captureTime, motion.at(captureTime));
 * ```
 */
export class Looking {
  readonly #sights: Sight[] = [];
  /** Outlines never change: what was found of one holds until another comes. */
  #led = new WeakMap<Outline, Led>();

  /**
   * Take the picture that is on the screen.
   *
   * @param rgba four bytes a pixel, as `getImageData` gives them.
   * @param capturedAt in ms; one that is not newer than the last is passed over.
   */
  picture(rgba: ArrayLike<number>, size: Size, capturedAt: number): void {
    const newest = this.#sights.at(-1);
    if (newest !== undefined && capturedAt <= newest.capturedAt) return;
    const { width, height } = newest?.pyramid[0] ?? size;
    if (width !== size.width || height !== size.height) this.clear();
    this.#sights.push({ capturedAt, pyramid: pyramidOf(rgba, size.width, size.height) });
    if (this.#sights.length > KEPT) this.#sights.shift();
  }

  /**
   * Where a frame's objects are in a later picture.
   *
   * @param from when the camera took the frame, @param to when it took the picture.
   * @param guesses where they may be, by their own motion: what comes back where pictures do not
   * tell, for they are missing, too many or of something else.
   */
  objects(
    frame: FrameMessage,
    from: number,
    to: number,
    guesses: readonly Outline[],
  ): readonly Outline[] {
    let left = MOST_STEPS;
    return guesses.map((guess) => {
      const outline = frame.objects.find(({ trackId }) => trackId === guess.trackId);
      // An outline of an older frame is led on by its motion, and a box by no pixels.
      if (outline?.frameId !== frame.frameId || outline.stage === "box") return guess;
      if (outline.rings.length === 0) return guess;
      const before = this.#led.get(outline) ?? {
        capturedAt: from,
        rings: outline.rings,
        motion: STILL,
      };
      if (before.rings === null) return guess;
      const first = this.#at(before.capturedAt);
      const last = this.#at(to);
      if (first < 0 || last < first || last - first > left) return guess;
      left -= last - first;
      const shift = shiftOf(outline.rings, guess.rings);
      let led = before;
      for (let at = first; at < last && led.rings !== null; at++) {
        led = this.#step(led, led.rings, frame, at, scaledBy(shift, 1 / (to - from)));
      }
      this.#led.set(outline, led);
      return led.rings === null ? guess : { ...guess, rings: led.rings };
    });
  }

  /** Forget all pictures. */
  clear(): void {
    this.#sights.length = 0;
    this.#led = new WeakMap();
  }

  #at(capturedAt: number): number {
    return this.#sights.findIndex((sight) => Math.abs(sight.capturedAt - capturedAt) <= OWN_MS);
  }

  #step(
    { motion }: Led,
    rings: readonly OutlineRing[],
    frame: Size,
    at: number,
    perMs: readonly [number, number],
  ): Led {
    const [one, next] = [this.#sights[at], this.#sights[at + 1]];
    if (one === undefined || next === undefined) throw new RangeError(`no picture ${at + 1}`);
    const { capturedAt } = next;
    const shift = scaledBy(perMs, capturedAt - one.capturedAt);
    const found = stepped(rings, frame, one.pyramid, next.pyramid, shift, motion);
    return found === null ? { capturedAt, rings: null, motion } : { capturedAt, ...found };
  }
}

/** Lead rings from one picture to the next; null where it does not tell. */
function stepped(
  rings: readonly OutlineRing[],
  frame: Size,
  from: Pyramid,
  to: Pyramid,
  shift: readonly [number, number],
  before: Affine,
): { rings: OutlineRing[]; motion: Affine } | null {
  const [luma] = from;
  if (luma === undefined) return null;
  const scale = luma.width / frame.width;
  const small = rings.map((ring) => Float32Array.from(ring, (one) => one * scale));
  const places = sample(small, PLACES, luma.width, luma.height);
  const basis = basisOf(places);
  const cover = coverOf(small, luma);
  const guess: Affine = [shift[0] * scale, shift[1] * scale, 0, 0, 0, 0];
  const found = aligned(from, to, cover, basis, [guess, STILL, before]);
  if (found === null || found.misfit > MOST_OF_GUESS * found.before + EVEN) return null;
  if (found.misfit > MOST_OF_CONTRAST * found.contrast + NOISE) return null;
  const { motion } = found;
  const [, , ...bent] = motion;
  if (Math.hypot(...bent) > MOST_BENT_OF_RADIUS * basis.radius) return null;
  const beside = limbsOf(from, to, cover, places, motion, basis, found.brighter);
  const moved = small.map((ring, index) => {
    const ringPlaces = places.rings[index];
    if (ringPlaces === undefined) return ring;
    return ledRing(ring, ringPlaces, motion, basis, beside, luma, scale);
  });
  return { rings: moved, motion };
}

/** One ring, in pixels of the frame again; what lies on its edge, where the picture ends, slides. */
function ledRing(
  ring: Float32Array,
  { start, end, step }: RingSamples,
  motion: Affine,
  basis: Basis,
  beside: Float32Array,
  { width, height }: Size,
  scale: number,
): Float32Array {
  const led = new Float32Array(ring.length);
  const count = end - start;
  const lengths = edgeLengths(ring);
  let along = 0;
  for (let at = 0; at + 1 < ring.length; at += 2) {
    const [x, y] = [ring[at] ?? 0, ring[at + 1] ?? 0];
    const way = displacement(motion, basis, x, y);
    const place = along / (step || 1);
    const part = place - Math.floor(place);
    const one = 2 * (start + (Math.floor(place) % count));
    const other = 2 * (start + ((Math.floor(place) + 1) % count));
    const besideX = (1 - part) * (beside[one] ?? 0) + part * (beside[other] ?? 0);
    const besideY = (1 - part) * (beside[one + 1] ?? 0) + part * (beside[other + 1] ?? 0);
    along += lengths[at / 2] ?? 0;
    led[at] = inside(x, way[0] + besideX, width) / scale;
    led[at + 1] = inside(y, way[1] + besideY, height) / scale;
  }
  return led;
}

function inside(value: number, by: number, side: number): number {
  if (value <= 0 || value >= side) return value;
  return Math.min(side, Math.max(0, value + by));
}

function scaledBy([right, down]: readonly [number, number], by: number): [number, number] {
  return [right * by, down * by];
}

/** How far rings went, on average. */
function shiftOf(
  rings: readonly OutlineRing[],
  moved: readonly OutlineRing[],
): [right: number, down: number] {
  let [right, down, count] = [0, 0, 0];
  rings.forEach((ring, index) => {
    const other = moved[index];
    if (other?.length !== ring.length) return;
    for (let at = 0; at + 1 < ring.length; at += 2) {
      right += (other[at] ?? 0) - (ring[at] ?? 0);
      down += (other[at + 1] ?? 0) - (ring[at + 1] ?? 0);
      count++;
    }
  });
  return count === 0 ? [0, 0] : [right / count, down / count];
}
