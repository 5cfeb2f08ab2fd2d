/** Outlines as records of docs/wire.md tell them: plainly, as boxes, or by what became of another. */

import { WireError } from "./errors.js";
import type { Known } from "./frames.js";
import type { WireRing } from "./messages.js";
import { polygonRings, readUnit, toPixels } from "./polygons.js";
import type { Reader } from "./reader.js";
import { walkRings } from "./walks.js";

export const MAX_SIDE = 65535;
/** The fewest bytes that a ring takes: its count and three vertices of two one-byte steps. */
const MIN_RING_BYTES = 7;
const MIN_VERTEX_BYTES = 2;

/** Flags of records that tell a change. */
const SCORE = 1;
const AGE = 2;
const AGE_STAYS = 4;

const U64_MAX = (1n << 64n) - 1n;

/** How sure the model is, and since when. */
export interface Evidence {
  readonly scoreU8: number;
  /** Exact on 64 bits. */
  readonly age: number | bigint;
}

export function readPolygon(payload: Reader, width: number, height: number): WireRing[] {
  const lattice = { unit: readUnit(payload), width, height };
  return polygonRings(payload.rest(), lattice).map((ring) => toPixels(ring, lattice));
}

export function readWalk(payload: Reader, width: number, height: number): WireRing[] {
  return walkRings(payload.rest(), width, height);
}

export function readBox(payload: Reader, width: number, height: number): WireRing[] {
  const [left, top, right, bottom] = [
    payload.uint(),
    payload.uint(),
    payload.uint(),
    payload.uint(),
  ];
  if (left >= right || top >= bottom || right > width || bottom > height) {
    throw new WireError(
      `a box of ${left} … ${right} by ${top} … ${bottom} in a frame of ${width}×${height}`,
    );
  }
  return [Uint16Array.of(left, top, left, bottom, right, bottom, right, top)];
}

/** Read rings vertex by vertex. */
export function readPlain(reader: Reader, width: number, height: number): WireRing[] {
  const count = reader.uint();
  if (count * MIN_RING_BYTES > reader.left) throw new WireError(`no room for ${count} rings`);
  const rings: WireRing[] = [];
  let [startX, startY] = [0, 0];
  for (let index = 0; index < count; index++) {
    const ring = closedRing(reader, startX, startY, width, height);
    rings.push(ring);
    [startX = 0, startY = 0] = ring;
  }
  return rings;
}

function closedRing(reader: Reader, x: number, y: number, width: number, height: number): WireRing {
  const vertices = reader.uint();
  if (vertices < 3) throw new WireError(`ring of ${vertices} vertices, at least 3`);
  if (vertices * MIN_VERTEX_BYTES > reader.left) {
    throw new WireError(`no room for a ring of ${vertices} vertices`);
  }
  const ring = new Uint16Array(2 * vertices);
  for (let at = 0; at < ring.length; at += 2) {
    // Steps past 2⁵³ lose their last bits, but they have left every frame long before.
    x += reader.sint();
    y += reader.sint();
    if (x < 0 || x > width || y < 0 || y > height) {
      throw new WireError(`vertex (${x}, ${y}) outside a frame of ${width}×${height}`);
    }
    ring[at] = x;
    ring[at + 1] = y;
  }
  return ring;
}

/**
 * Read the flags of a change, and what they announce.
 *
 * @param olderMs since the base, of which `before` is an object.
 * @param mayEnd the payload may end before the flags: none, then.
 */
export function readEvidence(
  payload: Reader,
  before: Known,
  olderMs: number,
  mayEnd: boolean,
): Evidence {
  const flags = mayEnd && payload.left === 0 ? 0 : payload.u8();
  const scoreU8 = (flags & SCORE) !== 0 ? payload.u8() : before.scoreU8;
  if ((flags & AGE) !== 0) return { scoreU8, age: payload.exactUint() };
  return { scoreU8, age: (flags & AGE_STAYS) !== 0 ? before.age : older(before.age, olderMs) };
}

/** The sum of an age and a time, held below 2⁶⁴. */
function older(age: number | bigint, byMs: number): number | bigint {
  const sum = typeof age === "number" ? age + byMs : NaN;
  if (Number.isSafeInteger(sum)) return sum;
  const exact = BigInt(age) + BigInt(byMs);
  return exact < U64_MAX ? exact : U64_MAX;
}

/** Read how far rings move as a whole, and move them; what would leave the frame stays at its edge. */
export function readShift(
  payload: Reader,
  rings: readonly WireRing[],
  width: number,
  height: number,
): WireRing[] {
  const [right, down] = [readStep(payload), readStep(payload)];
  return rings.map((ring) => {
    const moved = new Uint16Array(ring.length);
    for (let at = 0; at < ring.length; at += 2) {
      moved[at] = Math.min(Math.max((ring[at] ?? 0) + right, 0), width);
      moved[at + 1] = Math.min(Math.max((ring[at + 1] ?? 0) + down, 0), height);
    }
    return moved;
  });
}

function readStep(payload: Reader): number {
  const pixels = payload.sint();
  if (Math.abs(pixels) > MAX_SIDE) throw new WireError(`an outline shifts by ${pixels} pixels`);
  return pixels;
}
