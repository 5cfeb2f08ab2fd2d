/**
 * Where labels stand: at their object, inside the picture, and not on one another if that can be
 * avoided. They follow, but do not tremble. Without a clock of its own.
 */

import { bounds, type Box, overlap, type Ring } from "./path.js";

/** All lengths are in one unit: canvas pixels, say. */
export interface Wanted {
  readonly id: number;
  /** Of the object. */
  readonly rings: readonly Ring[];
  readonly width: number;
  readonly height: number;
}

export interface Placed {
  readonly id: number;
  /** The label's middle. */
  readonly x: number;
  readonly y: number;
}

export interface Room {
  /** Nothing stands beyond it. */
  readonly box: Box;
  /** Between a label and its outline, and between two labels. */
  readonly gap: number;
  /** Nothing glides: a label is where it should be, or stays where it is. */
  readonly isStill: boolean;
}

type Side = "above" | "inside" | "below";

interface Standing {
  readonly side: Side;
  readonly x: number;
  readonly y: number;
}

/** A label goes towards its place by 63 % in this time. */
const GLIDE_MS = 90;
/** Off by less than this many gaps, a label stays where it is … */
const AT_REST = 0.6;
/** … and where nothing may glide by this many, for then it jumps. */
const STILL_AT_REST = 3;
/** After so long a label is not led from where it was, but stands where it belongs. */
const AFRESH_MS = 500;
/** What is wrong with a place, in areas of the label. To change places has its price too. */
const COST: Readonly<Record<Side, number>> = { above: 0, inside: 0.35, below: 0.5 };
const CHANGE = 0.3;
const ON_ANOTHER = 8;

export class Labels {
  #standing = new Map<number, Standing>();
  #at = -Infinity;
  #isMoving = false;

  /** Whether a label is still on its way. */
  get isMoving(): boolean {
    return this.#isMoving;
  }

  /** @param now in milliseconds. */
  place(wanted: readonly Wanted[], room: Room, now: number): Placed[] {
    const sinceMs = now - this.#at;
    if (sinceMs > AFRESH_MS || sinceMs < 0) this.#standing.clear();
    this.#at = now;
    this.#isMoving = false;
    const share = room.isStill ? 1 : 1 - Math.exp(-Math.max(0, sinceMs) / GLIDE_MS);
    const rest = room.gap * (room.isStill ? STILL_AT_REST : AT_REST);
    const taken: Box[] = [];
    const standing = new Map<number, Standing>();
    // In the order of their numbers, so that none is pushed away by one that came later.
    for (const one of [...wanted].sort((a, b) => a.id - b.id)) {
      const before = this.#standing.get(one.id);
      const target = this.#choose(one, room, taken, before);
      if (target === null) continue;
      taken.push(boxAt(target, one, room.gap));
      standing.set(one.id, this.#lead(before, target, share, rest, one, room.box));
    }
    this.#standing = standing;
    return [...standing].map(([id, { x, y }]) => ({ id, x, y }));
  }

  #choose(
    one: Wanted,
    room: Room,
    taken: readonly Box[],
    before: Standing | undefined,
  ): Standing | null {
    let best: Standing | null = null;
    let least = Infinity;
    for (const place of placesOf(one, room)) {
      const inRoom = { ...place, ...within(place.x, place.y, one, room.box) };
      const box = boxAt(inRoom, one, room.gap);
      const area = one.width * one.height;
      const onOthers = taken.reduce((sum, other) => sum + overlap(box, other), 0) / area;
      const pushed = Math.hypot(inRoom.x - place.x, inRoom.y - place.y) / one.height;
      const change = before === undefined || before.side === place.side ? 0 : CHANGE;
      const cost = COST[place.side] + change + 0.5 * pushed + ON_ANOTHER * onOthers;
      if (cost >= least) continue;
      best = inRoom;
      least = cost;
    }
    return best;
  }

  #lead(
    before: Standing | undefined,
    target: Standing,
    share: number,
    rest: number,
    one: Wanted,
    box: Box,
  ): Standing {
    if (before === undefined) return target;
    const { side } = target;
    const off = Math.hypot(target.x - before.x, target.y - before.y);
    const [x, y] =
      off <= rest
        ? [before.x, before.y]
        : [before.x + share * (target.x - before.x), before.y + share * (target.y - before.y)];
    if (off > rest && share < 1) this.#isMoving = true;
    return { side, ...within(x, y, one, box) };
  }
}

function placesOf(one: Wanted, { gap }: Room): Standing[] {
  const box = bounds(one.rings);
  if (box === null) return [];
  const middle = inside(one.rings, box);
  const [top, bottom] = spanAt(one.rings, middle.x, one.width / 2 + gap, box);
  const reach = one.height / 2 + gap;
  return [
    { side: "above", x: middle.x, y: top - reach },
    { side: "inside", x: middle.x, y: middle.y },
    { side: "below", x: middle.x, y: bottom + reach },
  ];
}

/** The largest ring's centre of area: of all the points that could be meant, it moves the least. */
function inside(rings: readonly Ring[], box: Box): { x: number; y: number } {
  let [most, x, y] = [0, (box.xMin + box.xMax) / 2, (box.yMin + box.yMax) / 2];
  for (const ring of rings) {
    let [doubled, sumX, sumY] = [0, 0, 0];
    for (let at = 0; at + 1 < ring.length; at += 2) {
      const next = (at + 2) % ring.length;
      const [ax, ay] = [(ring[at] ?? 0) - box.xMin, (ring[at + 1] ?? 0) - box.yMin];
      const [bx, by] = [(ring[next] ?? 0) - box.xMin, (ring[next + 1] ?? 0) - box.yMin];
      const cross = ax * by - bx * ay;
      doubled += cross;
      sumX += (ax + bx) * cross;
      sumY += (ay + by) * cross;
    }
    if (Math.abs(doubled) <= most) continue;
    most = Math.abs(doubled);
    [x, y] = [box.xMin + sumX / (3 * doubled), box.yMin + sumY / (3 * doubled)];
  }
  return { x, y };
}

/** From where to where the outline goes above and below so much of its width. */
function spanAt(rings: readonly Ring[], x: number, reach: number, box: Box): [number, number] {
  let [top, bottom] = [Infinity, -Infinity];
  for (const ring of rings) {
    for (let at = 0; at + 1 < ring.length; at += 2) {
      if (Math.abs((ring[at] ?? 0) - x) > reach) continue;
      const y = ring[at + 1] ?? 0;
      top = Math.min(top, y);
      bottom = Math.max(bottom, y);
    }
  }
  return top <= bottom ? [top, bottom] : [box.yMin, box.yMax];
}

function within(x: number, y: number, { width, height }: Wanted, box: Box) {
  const [halfWidth, halfHeight] = [width / 2, height / 2];
  return {
    x: clamp(x, box.xMin + halfWidth, box.xMax - halfWidth),
    y: clamp(y, box.yMin + halfHeight, box.yMax - halfHeight),
  };
}

/** In the middle where there is no room between. */
function clamp(value: number, least: number, most: number): number {
  if (least > most) return (least + most) / 2;
  return Math.min(most, Math.max(least, value));
}

function boxAt({ x, y }: Standing, { width, height }: Wanted, gap: number): Box {
  const [halfWidth, halfHeight] = [(width + gap) / 2, (height + gap) / 2];
  return { xMin: x - halfWidth, yMin: y - halfHeight, xMax: x + halfWidth, yMax: y + halfHeight };
}
