/**
 * One object's outlines, one after the other, and how it moves by them.
 *
 * Its motion has three parts: the shift of the whole; how it turns, grows and shears; and its
 * ripple, which is what limbs do beside that, along the outline's normals. Each is followed only as
 * far as it was right of late: what the motion foretold is held against what then came, and the
 * part is scaled by their regression. A steady walk is followed fully; the trembling of a mask,
 * which turns back as often as it goes on, not at all.
 */

import {
  type Affine,
  backwards,
  type Basis,
  blended,
  displacement,
  scaled,
  SHIFT,
  STILL,
} from "./affine.js";
import type { Outline, OutlineRing } from "./messages.js";
import { median } from "./median.js";
import type { Ring, Size } from "./path.js";
import { basisOf, gapsBetween, movedBy, partners, registered, sizesOf } from "./registration.js";
import { edgeLengths, sample, type Samples } from "./samples.js";

const PLACES = 64;
const FEWEST_PLACES = 8;
/** Of the newest step in the velocity. */
const NEWEST = 0.85;
/** How much of what was learned about a part is left after another outline. */
const MEMORY = 0.8;
/** Foretold by less, pixels, a part counts as unproven. */
const NOISE_PX = 0.3;
/** So far a part is believed at first, with the weight of so many pixels². */
const AT_FIRST = [0.7, 0.4, 0.3];
const AT_FIRST_PX2 = 4;
/** What moves by less from one outline to the next stands still. */
const STILL_PX = 0.25;
/** Motion is foretold ever more carefully: at most by so much in all. */
const HORIZON_MS = 250;
/** Outlines that are further apart, and those that fit no better, are not one motion. */
const LONGEST_STEP_MS = 250;
const MOST_GAP_OF_RADIUS = 0.15;
const MOST_SHIFT_OF_RADIUS = 3;
const MOST_BENT_OF_RADIUS = 0.6;
/** Between neighbours of an outline, in places: the ripple is smoothed by it. */
const KERNEL = [0.06, 0.24, 0.4, 0.24, 0.06];
/** A place that goes further is another limb, pixels of the radius. */
const MOST_RIPPLE_OF_RADIUS = 0.3;

/** For each part of the motion: what came along it of late, and what was foretold, pixels². */
interface Trust {
  readonly came: readonly number[];
  readonly foretold: readonly number[];
}

const NEW: Trust = {
  came: AT_FIRST.map((share) => share * AT_FIRST_PX2),
  foretold: AT_FIRST.map(() => AT_FIRST_PX2),
};

/** An outline and what is known by it. Nothing of it ever changes. */
export interface Seen {
  /** When its camera frame was captured, ms. */
  readonly time: number;
  readonly outline: Outline;
  readonly size: Size;
  readonly samples: Samples;
  readonly basis: Basis;
  /** How it came out of the outline before; null if it did not. */
  readonly step: { readonly motion: Affine; readonly basis: Basis } | null;
  /** Per ms, about `basis`. */
  readonly velocity: Affine;
  /** Along the normal at each place, pixels per ms. */
  readonly ripple: readonly number[];
  readonly trust: Trust;
  /** Of each ring's vertices: where they are going, pixels per ms. */
  readonly drift: readonly (readonly number[])[];
}

/** Take the next outline of an object. */
export function seen(outline: Outline, time: number, size: Size, before: Seen | null): Seen {
  const samples = sample(outline.rings, PLACES, size.width, size.height);
  const basis = basisOf(samples);
  const first: Seen = {
    time,
    outline,
    size,
    samples,
    basis,
    step: null,
    velocity: STILL,
    ripple: samples.x.map(() => 0),
    trust: NEW,
    drift: outline.rings.map((ring) => Array.from(ring, () => 0)),
  };
  if (before === null || !goesOn(first, before)) return first;
  const ms = time - before.time;
  const [shift = 0, rest = 0] = shares(before.trust);
  const guess = scaled(before.velocity, ms * shift, ms * rest);
  const motion = registered(before.samples, before.basis, samples, guess);
  if (motion === null) return first;
  const here = movedBy(motion, before.basis, before.samples);
  // Asked from the new places, a gap points back, along the old normals, which face the same way.
  const gaps = gapsBetween(samples, here, partners(samples, here));
  if (!isOne(motion, gaps, Math.min(basis.radius, before.basis.radius))) return first;

  const isNew = before.step === null;
  const now = {
    ...first,
    step: { motion, basis: before.basis },
    velocity: blended(scaled(motion, 1 / ms), before.velocity, isNew ? 1 : NEWEST),
    ripple: rippleOf(gaps, samples, ms, MOST_RIPPLE_OF_RADIUS * before.basis.radius),
    trust: isNew ? NEW : learned(before, motion, here, samples, ms),
  };
  return { ...now, drift: driftOf(now, ms) };
}

/** Where the outline is so many ms later, or, below 0, earlier; within the frame. */
export function ahead(seen: Seen, ms: number): OutlineRing[] {
  const far = ms <= 0 ? 0 : HORIZON_MS * (1 - Math.exp(-ms / HORIZON_MS));
  return seen.outline.rings.map((ring, index) => {
    const drift = seen.drift[index];
    return within(ring, seen.size, (at) => [
      far * (drift?.[at] ?? 0),
      far * (drift?.[at + 1] ?? 0),
    ]);
  });
}

/** An outline on the way from one to the next: at a share of it, 0 … 1; told by the nearer one. */
export function between(from: Seen, to: Seen, share: number): OutlineRing[] {
  const nearer = share < 0.5 ? from : to;
  const part = share < 0.5 ? share : 1 - share;
  let { step } = to;
  if (step !== null && share >= 0.5) step = backwards(step.motion, step.basis);
  return nearer.outline.rings.map((ring) =>
    within(ring, nearer.size, (at) => {
      if (step === null) return [0, 0];
      const [dx, dy] = displacement(step.motion, step.basis, ring[at] ?? 0, ring[at + 1] ?? 0);
      return [part * dx, part * dy];
    }),
  );
}

/** How far each part of the motion is followed, 0 … 1. */
function shares({ came, foretold }: Trust): number[] {
  return came.map((one, part) => Math.min(1, Math.max(0, one / (foretold[part] ?? 1))));
}

function goesOn({ time, outline, size, samples }: Seen, before: Seen): boolean {
  const ms = time - before.time;
  return (
    ms > 0 &&
    ms <= LONGEST_STEP_MS &&
    Math.min(samples.count, before.samples.count) >= FEWEST_PLACES &&
    size.width === before.size.width &&
    size.height === before.size.height &&
    // A box says little of where an outline will be.
    (outline.stage === "box") === (before.outline.stage === "box") &&
    (outline.standing?.state !== "found again" || before.outline.standing?.state === "found again")
  );
}

/** Whether a motion leads one outline onto the other, and not any two. */
function isOne(motion: Affine, gaps: readonly number[], radius: number): boolean {
  const [right, down, ...bent] = motion;
  return (
    median(sizesOf(gaps)) <= MOST_GAP_OF_RADIUS * radius &&
    Math.hypot(right, down) <= MOST_SHIFT_OF_RADIUS * radius &&
    Math.hypot(...bent) <= MOST_BENT_OF_RADIUS * radius
  );
}

/** How far the new outline lies beside the one before, once that is moved. */
function rippleOf(gaps: readonly number[], samples: Samples, ms: number, mostPx: number): number[] {
  const raw = gaps.map((gap) => (Math.abs(gap) <= mostPx ? -gap / ms : 0));
  const ripple: number[] = [];
  for (const { start, end } of samples.rings) {
    const count = end - start;
    for (let at = 0; at < count; at++) {
      let sum = 0;
      KERNEL.forEach((share, tap) => {
        sum += share * (raw[start + ((at + tap - 2 + count) % count)] ?? 0);
      });
      ripple.push(sum);
    }
  }
  return ripple;
}

function learned(before: Seen, motion: Affine, here: Samples, samples: Samples, ms: number): Trust {
  const came = before.trust.came.map((one) => MEMORY * one);
  const foretold = before.trust.foretold.map((one) => MEMORY * one + NOISE_PX ** 2);
  const learn = (part: number, told: number, then: number) => {
    came[part] = (came[part] ?? 0) + told * then;
    foretold[part] = (foretold[part] ?? 0) + told * told;
  };
  motion.forEach((then, at) => {
    learn(at < SHIFT ? 0 : 1, ms * (before.velocity[at] ?? 0), then);
  });
  const gaps = gapsBetween(here, samples, partners(here, samples));
  const mostPx = MOST_RIPPLE_OF_RADIUS * before.basis.radius;
  const each = 1 / Math.sqrt(here.count);
  gaps.forEach((gap, at) => {
    if (!(Math.abs(gap) <= mostPx)) return;
    learn(2, each * ms * (before.ripple[at] ?? 0), each * gap);
  });
  return { came, foretold };
}

/** Where every vertex is going, as far as it is believed. */
function driftOf(now: Omit<Seen, "drift">, ms: number): number[][] {
  const { outline, samples, basis, ripple } = now;
  const { standing } = outline;
  const caution = standing?.state === "uncertain" ? standing.confidence : 1;
  const [shift = 0, rest = 0, beside = 0] = shares(now.trust).map((share) => caution * share);
  const velocity = scaled(now.velocity, shift, rest);
  const stillPerMs = STILL_PX / ms;
  return outline.rings.map((ring, index) => {
    const drift: number[] = [];
    const places = samples.rings[index];
    if (places === undefined) return drift;
    const count = places.end - places.start;
    const lengths = edgeLengths(ring);
    let along = 0;
    for (let at = 0; at + 1 < ring.length; at += 2) {
      const place = Math.round(along / (places.step || 1)) % count;
      along += lengths[at / 2] ?? 0;
      const sampled = places.start + place;
      let [dx, dy] = displacement(velocity, basis, ring[at] ?? 0, ring[at + 1] ?? 0);
      dx += beside * (ripple[sampled] ?? 0) * (samples.normalX[sampled] ?? 0);
      dy += beside * (ripple[sampled] ?? 0) * (samples.normalY[sampled] ?? 0);
      const speed = Math.sqrt(dx * dx + dy * dy);
      const left = speed > stillPerMs ? 1 - stillPerMs / speed : 0;
      drift.push(left * dx, left * dy);
    }
    return drift;
  });
}

/** A ring with its vertices moved; those on the frame's edge, where the picture ends, slide on it. */
function within(
  ring: Ring,
  { width, height }: Size,
  by: (at: number) => readonly [number, number],
): Float32Array {
  const moved = new Float32Array(ring.length);
  for (let at = 0; at + 1 < ring.length; at += 2) {
    const [dx, dy] = by(at);
    moved[at] = inside(ring[at] ?? 0, dx, width);
    moved[at + 1] = inside(ring[at + 1] ?? 0, dy, height);
  }
  return moved;
}

function inside(value: number, by: number, side: number): number {
  if (value <= 0 || value >= side) return value;
  return Math.min(side, Math.max(0, value + by));
}
