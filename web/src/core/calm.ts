/**
 * Outlines without their flicker. Without a clock of its own.
 *
 * A mask's edge is never quite the same twice, and an outline that follows it trembles around a
 * thing that stands still. Each place of an outline is led by a one-euro filter (Casiez, Roussel and
 * Vogel, CHI 2012) from the nearest place of the outline before: the slower the outline goes there,
 * the more it is held to where it was. What moves is not held, and nothing is ever drawn further
 * than `LEASH_PX` from where it belongs.
 */

import { bounds, type Box, overlap, type Ring, type Size } from "./path.js";

/** Anything with an outline and a name for life. */
export interface Outlined {
  readonly trackId: number;
  readonly rings: readonly Ring[];
}

/**
 * No place is drawn further from where it belongs, in pixels of a picture up to `USUAL_WIDTH` wide.
 * Where nothing moves it is about as far as a simplified outline may be from the mask's edge: when
 * such a one is drawn anew, the old and the new are equally right.
 */
const LEASH_PX = 2.5;
/** … and where the outline goes faster than this, in pixels a second. */
const SHORT_LEASH_PX = 0.75;
const FAST = 30;
const USUAL_WIDTH = 640;
/** How fast what stands still is followed at the greatest strength, in hertz … */
const CALMEST_HZ = 0.8;
/** … and how much faster for each pixel a second that the outline goes. */
const HZ_PER_SPEED = 0.3;
/** Speeds are taken over about a sixth of a second: flicker goes to and fro in that, motion on. */
const SPEED_HZ = 1;
/** What was known of an outline so long ago says nothing of where it is. */
const LOST_MS = 400;
/** Rings whose boxes share less than this are not one ring. */
const SAME_RING = 0.5;
/** Along two outlines of one thing, the next place mostly lies at most so many edges on, or back. */
const REACH = 8;
/** Nothing as near among those: it is looked for everywhere. */
const NEAR_PX = 2;

/** A ring as it was told, as it was drawn, and how fast it went: x, y, x, y … each. */
interface Remembered {
  readonly told: Float64Array;
  readonly drawn: Float64Array;
  /** Pixels a second. */
  readonly speed: Float64Array;
  readonly box: Box;
}

export class Calm {
  #rings = new Map<number, readonly Remembered[]>();
  #at = -Infinity;

  /**
   * Outlines as they should be drawn.
   *
   * @param things rings of many places a few pixels apart, as `sampleRounded` gives them: what
   *   stands between two places is not known.
   * @param size of the picture that they lie in; what lies on its edges or beyond stays there.
   * @param at the time that they are of, in milliseconds. Asked again for the same, nothing moves.
   * @param strength 0 … 1; 0 draws what was told.
   */
  take<Thing extends Outlined>(
    things: readonly Thing[],
    size: Size,
    at: number,
    strength: number,
  ): readonly Thing[] {
    const sinceMs = at - this.#at;
    if (strength <= 0 || sinceMs > LOST_MS || sinceMs < 0) this.#rings.clear();
    if (strength <= 0) return things;
    this.#at = at;
    const remembered = new Map<number, readonly Remembered[]>();
    const calmed = things.map((thing) => {
      const before = this.#rings.get(thing.trackId) ?? [];
      const rings = thing.rings.map((ring) => follow(ring, before, size, sinceMs / 1000, strength));
      remembered.set(thing.trackId, rings);
      return { ...thing, rings: rings.map(({ drawn }) => drawn) };
    });
    this.#rings = remembered;
    return calmed;
  }

  clear(): void {
    this.#rings.clear();
  }
}

function follow(
  ring: Ring,
  before: readonly Remembered[],
  size: Size,
  seconds: number,
  strength: number,
): Remembered {
  const box = bounds([ring]) ?? { xMin: 0, yMin: 0, xMax: 0, yMax: 0 };
  const told = Float64Array.from(ring);
  const next = { told, drawn: Float64Array.from(ring), speed: new Float64Array(ring.length), box };
  const last = likest(box, before);
  if (last === null) return next;
  const places = new Places(last.told);
  const unit = Math.max(1, size.width / USUAL_WIDTH);
  for (let at = 0; at + 1 < told.length; at += 2) {
    places.find(told[at] ?? 0, told[at + 1] ?? 0);
    for (let side = 0; side < 2; side++) {
      const to = told[at + side] ?? 0;
      const held = places.of(last.drawn, side);
      let speed = places.of(last.speed, side);
      let led = held;
      if (seconds > 0) {
        const went = (to - places.of(last.told, side)) / seconds;
        speed += shareOf(SPEED_HZ, seconds) * (went - speed);
        const hertz = (CALMEST_HZ + HZ_PER_SPEED * Math.abs(speed)) / strength;
        led += shareOf(hertz, seconds) * (to - held);
      }
      next.speed[at + side] = speed;
      // There the camera's picture ends: that edge does not tremble.
      if (to <= 0 || to >= (side === 0 ? size.width : size.height)) continue;
      const leash = unit * leashOf(Math.abs(speed) / unit);
      next.drawn[at + side] = Math.min(to + leash, Math.max(to - leash, led));
    }
  }
  return next;
}

function leashOf(speed: number): number {
  return LEASH_PX + Math.min(1, speed / FAST) * (SHORT_LEASH_PX - LEASH_PX);
}

/** How much of the way a low-pass filter goes in one step. */
function shareOf(hertz: number, seconds: number): number {
  return 1 / (1 + 1 / (2 * Math.PI * hertz * seconds));
}

/** Walks along a ring beside another one: where on it is each place of that one nearest to? */
class Places {
  readonly #ring: Float64Array;
  /** The place that was found lies on the edge from this vertex … */
  #edge = -1;
  #end = 0;
  /** … so far along it, 0 … 1. */
  #along = 0;

  constructor(ring: Float64Array) {
    this.#ring = ring;
  }

  find(x: number, y: number): void {
    const count = this.#ring.length >> 1;
    const window = 2 * REACH + 1;
    if (this.#edge >= 0 && window < count) {
      const first = (this.#edge - REACH + count) % count;
      if (this.#look(first, window, x, y) <= NEAR_PX * NEAR_PX) return;
    }
    this.#look(0, count, x, y);
  }

  /** Find the nearest place on so many edges; says how far it is, squared. */
  #look(first: number, edges: number, x: number, y: number): number {
    const ring = this.#ring;
    const count = ring.length >> 1;
    let least = Infinity;
    let edge = first;
    for (let step = 0; step < edges; step++) {
      const end = edge + 1 === count ? 0 : edge + 1;
      const ax = ring[2 * edge] ?? 0;
      const ay = ring[2 * edge + 1] ?? 0;
      const dx = (ring[2 * end] ?? 0) - ax;
      const dy = (ring[2 * end + 1] ?? 0) - ay;
      const reach = ((x - ax) * dx + (y - ay) * dy) / (dx * dx + dy * dy || 1);
      const along = reach < 0 ? 0 : reach > 1 ? 1 : reach;
      const offX = ax + along * dx - x;
      const offY = ay + along * dy - y;
      const distance = offX * offX + offY * offY;
      if (distance < least) {
        least = distance;
        this.#edge = edge;
        this.#end = end;
        this.#along = along;
      }
      edge = end;
    }
    return least;
  }

  /** What stands at that place in values of the ring's vertices: x (`side` 0) or y (1). */
  of(values: Float64Array, side: number): number {
    const from = values[2 * this.#edge + side] ?? 0;
    return from + this.#along * ((values[2 * this.#end + side] ?? 0) - from);
  }
}

function likest(box: Box, rings: readonly Remembered[]): Remembered | null {
  let best: Remembered | null = null;
  let most = SAME_RING;
  for (const ring of rings) {
    const share = alike(box, ring.box);
    if (share < most || ring.told.length < 2) continue;
    best = ring;
    most = share;
  }
  return best;
}

/** How much of two boxes together is in both, 0 … 1. */
function alike(a: Box, b: Box): number {
  const both = overlap(a, b);
  return both === 0 ? 0 : both / (areaOf(a) + areaOf(b) - both);
}

function areaOf({ xMin, yMin, xMax, yMax }: Box): number {
  return (xMax - xMin) * (yMax - yMin);
}
