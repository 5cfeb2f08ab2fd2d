/** Record 6 of docs/wire.md: how an outline moved. */

import { BitReader } from "./arithmetic.js";
import {
  bitLength,
  POLYGON_CONTEXTS,
  polygons,
  ROW,
  SLACK,
  step,
  VERTICES_PER_BYTE,
} from "./coded.js";
import { WireError } from "./errors.js";
import { DELTA_CHANCES } from "./priors.js";
import type { Reader } from "./reader.js";

const CLASSES = 4;
const KEPT = POLYGON_CONTEXTS;
const SHIFT = KEPT + 1;
const BENT = SHIFT + 2 * (ROW + 1);
const LINEAR = BENT + 1;
const RIGID = LINEAR + 4 * (ROW + 1);
const GONE = RIGID + 1;
const FIRST = GONE + 4;
const SECOND = FIRST + CLASSES * ROW;
const SIGNS = SECOND + CLASSES * CLASSES * ROW;
const COME = SIGNS + 6;
const MORE = COME + 6;
const UNIT = MORE + 1;

const FINENESS = 512;
const LARGEST = 2 * FINENESS;
const MAX_SIDE = 65535;

type Ring = Uint16Array;
/** Translation, and what a pixel right and a pixel down add, in 1 / FINENESS: x, y, xx, xy, yx, yy. */
type Motion = readonly [number, number, number, number, number, number];

/** Read a unit and the moves behind it, to the end of the payload. */
export function movedRings(
  reader: Reader,
  base: readonly Ring[],
  width: number,
  height: number,
): Ring[] {
  const unit = Math.min(reader.uint(), MAX_SIDE);
  if (unit === 0) throw new WireError("a delta of unit 0");
  const bytes = reader.rest();
  const bits = new BitReader(bytes, DELTA_CHANCES);
  const room = { left: VERTICES_PER_BYTE * (bytes.length + SLACK) };
  const rings: Ring[] = [];
  let motion: Motion = [0, 0, 0, 0, 0, 0];
  for (const ring of base) {
    if (bits.bit(KEPT) === 1) continue;
    motion = readMotion(bits, motion);
    const moved = move(ring, motion);
    if (bits.bit(RIGID) === 1) {
      rings.push(Uint16Array.from(moved, (value, at) => held(value, at % 2 ? height : width)));
    } else {
      rings.push(changedRing(bits, moved, unit, width, height, room));
    }
  }
  if (bits.bit(MORE) === 1) {
    const scale = bits.number(UNIT) + 1;
    const lattice = [Math.ceil(width / scale), Math.ceil(height / scale)] as const;
    const widths = [bitLength(width), bitLength(height)] as const;
    for (const ring of polygons(bits, lattice, widths, room.left)) {
      rings.push(
        Uint16Array.from(ring, (value, at) => Math.min(value * scale, at % 2 ? height : width)),
      );
    }
  }
  return rings;
}

function readMotion(bits: BitReader, before: Motion): Motion {
  const values: [number, number, number, number, number, number] = [...before];
  values[0] += signed(bits, SHIFT);
  values[1] += signed(bits, SHIFT + ROW + 1);
  if (bits.bit(BENT) === 1) {
    values[2] += signed(bits, LINEAR);
    values[3] += signed(bits, LINEAR + (ROW + 1));
    values[4] += signed(bits, LINEAR + 2 * (ROW + 1));
    values[5] += signed(bits, LINEAR + 3 * (ROW + 1));
  }
  const largest = values.map((value, at) => Math.abs(value) / (at < 2 ? MAX_SIDE : LARGEST));
  if (Math.max(...largest) > 1) throw new WireError("a motion beyond any frame");
  return values;
}

function signed(bits: BitReader, contexts: number): number {
  const value = bits.number(contexts);
  return value !== 0 && bits.bit(contexts + ROW) === 1 ? -value : value;
}

/** Every product here stays below 2³¹, every sum below 2⁵³: exact in a double. */
function move(ring: Ring, [right, down, xx, xy, yx, yy]: Motion): number[] {
  let [left, top, far, low] = [Infinity, Infinity, -Infinity, -Infinity];
  for (let at = 0; at < ring.length; at += 2) {
    const [x = 0, y = 0] = [ring[at], ring[at + 1]];
    left = Math.min(left, x);
    far = Math.max(far, x);
    top = Math.min(top, y);
    low = Math.max(low, y);
  }
  const [middleX, middleY] = [(left + far) >> 1, (top + low) >> 1];
  const moved: number[] = [];
  for (let at = 0; at < ring.length; at += 2) {
    const [x = 0, y = 0] = [ring[at], ring[at + 1]];
    const [fromX, fromY] = [x - middleX, y - middleY];
    moved.push(
      x + right + Math.floor((xx * fromX + xy * fromY + FINENESS / 2) / FINENESS),
      y + down + Math.floor((yx * fromX + yy * fromY + FINENESS / 2) / FINENESS),
    );
  }
  return moved;
}

function changedRing(
  bits: BitReader,
  moved: readonly number[],
  unit: number,
  width: number,
  height: number,
  room: { left: number },
): Ring {
  const lives: number[] = [];
  const kept: number[] = [];
  const count = moved.length / 2;
  let [history, stepX, stepY] = [0, 0, 0];
  for (let index = 0; index < count; index++) {
    const isGone = bits.bit(GONE + history);
    history = (2 * history + isGone) & 3;
    if (isGone === 1) continue;
    [stepX, stepY] = residual(bits, stepX, stepY);
    const [startX = 0, startY = 0] = [moved[2 * index], moved[2 * index + 1]];
    lives.push(held(startX + unit * stepX, width), held(startY + unit * stepY, height));
    kept.push(index);
  }
  const first = kept[0];
  if (first === undefined) throw new WireError("a ring is there of which no vertex lives on");
  const vertices: number[] = [];
  for (const [place, index] of kept.entries()) {
    let [x = 0, y = 0] = [lives[2 * place], lives[2 * place + 1]];
    vertices.push(x, y);
    const next = (2 * place + 2) % lives.length;
    const [goalX = 0, goalY = 0] = [lives[next], lives[next + 1]];
    const context = COME + ((kept[place + 1] ?? first + count) - index > 1 ? 3 : 0);
    for (let came = 0; bits.bit(context + Math.min(came, 2)) === 1; came++) {
      if (room.left-- <= 0) throw new WireError("more vertices come than these bytes can tell");
      const chordX = Math.floor((goalX - x) / unit);
      const chordY = Math.floor((goalY - y) / unit);
      const [dx, dy] = step(bits, chordX, chordY);
      x = held(x + unit * dx, width);
      y = held(y + unit * dy, height);
      vertices.push(x, y);
    }
  }
  if (vertices.length < 6) throw new WireError("a ring of fewer than 3 vertices");
  return Uint16Array.from(vertices);
}

/** What the motion left over of a vertex's way, in units. */
function residual(bits: BitReader, beforeX: number, beforeY: number): [number, number] {
  const before = Math.max(Math.abs(beforeX), Math.abs(beforeY));
  const level = Math.min(CLASSES - 1, bitLength(before));
  let x = bits.number(FIRST + ROW * level);
  const row = CLASSES * level + Math.min(CLASSES - 1, bitLength(x));
  if (x !== 0 && bits.bit(SIGNS + sign(beforeX)) === 1) x = -x;
  let y = bits.number(SECOND + ROW * row);
  if (y !== 0 && bits.bit(SIGNS + 3 + sign(beforeY)) === 1) y = -y;
  return [x, y];
}

function sign(value: number): number {
  return value === 0 ? 0 : value > 0 ? 1 : 2;
}

function held(value: number, side: number): number {
  return value < 0 ? 0 : value > side ? side : value;
}
