/** Records 4 and 5 of docs/wire.md: outlines in as few bytes as can be. */

import { BitReader, MOST_BITS } from "./arithmetic.js";
import { WireError } from "./errors.js";
import { POLYGON_CHANCES, WALK_CHANCES } from "./priors.js";
import type { Reader } from "./reader.js";

/** What even the shortest record may hold, in bytes that it has not. */
const SLACK = 64;
const VERTICES_PER_BYTE = 8;
const STEPS_PER_BYTE = 64;

type WireRing = Uint16Array;

/** Read a walk, to the end of the payload. */
export function walkRings(reader: Reader, width: number, height: number): WireRing[] {
  const bytes = reader.rest();
  const mostSteps = STEPS_PER_BYTE * (bytes.length + SLACK);
  return walks(new BitReader(bytes, WALK_CHANCES), width, height, mostSteps);
}

/** Read a unit and the polygons behind it, to the end of the payload. */
export function polygonRings(reader: Reader, width: number, height: number): WireRing[] {
  const unit = reader.uint();
  if (unit === 0) throw new WireError("a lattice of unit 0");
  const bytes = reader.rest();
  const most = VERTICES_PER_BYTE * (bytes.length + SLACK);
  const bits = new BitReader(bytes, POLYGON_CHANCES);
  const [columns, rows] = [Math.ceil(width / unit), Math.ceil(height / unit)];
  return polygons(bits, columns, rows, most).map((ring) =>
    Uint16Array.from(ring, (value, at) => Math.min(value * unit, at % 2 === 0 ? width : height)),
  );
}

/** How many bits the coordinates 0 … `side` take. */
function bitLength(side: number): number {
  return 32 - Math.clz32(side);
}

// Walks: a bit for "not straight", behind it one for "not to the side of the latest turn".

const MEMORY = 6;
const HISTORIES = 3 ** MEMORY;
const MOVES = 0;
const TURNS = HISTORIES;
const WALK_MORE = 2 * HISTORIES;
const HOLE = WALK_MORE + 1;
const DOWN = WALK_MORE + 2;
const LEFT = 1;

function walks(bits: BitReader, width: number, height: number, mostSteps: number): WireRing[] {
  const rings: WireRing[] = [];
  let top = 0;
  while (bits.bit(WALK_MORE) === 1) {
    let direction = bits.bit(HOLE) === 1 ? 0 : 1;
    const folded = bits.number(DOWN);
    top += folded % 2 === 0 ? folded / 2 : -(folded + 1) / 2;
    const startX = bits.raw(bitLength(width));
    let [x, y] = [startX, top];
    const vertices = [x, y];
    let [history, mirrored, latest, since] = [0, 0, LEFT, MEMORY];
    for (;;) {
      if (x < 0 || x > width || y < 0 || y > height) throw new WireError("a walk leaves the frame");
      if (mostSteps-- === 0) throw new WireError("a walk longer than its bytes can tell");
      if (direction % 2 === 0) x += 1 - direction;
      else y += 2 - direction;
      if (x === startX && y === top) break;
      if (since >= MEMORY) latest = LEFT;
      const context = latest === LEFT ? history : mirrored;
      let move = 0;
      if (bits.bit(MOVES + context) === 1) {
        move = bits.bit(TURNS + context) === 1 ? 3 - latest : latest;
        vertices.push(x, y);
        direction = (direction + (move === LEFT ? 3 : 1)) % 4;
        [latest, since] = [move, 0];
      } else {
        since++;
      }
      history = (history * 3 + move) % HISTORIES;
      mirrored = (mirrored * 3 + (move === 0 ? 0 : 3 - move)) % HISTORIES;
    }
    rings.push(Uint16Array.from(vertices));
  }
  return rings;
}

// Polygons: each step in the frame of the step before.

const LONG = 8;
const ROW = 18;
const POLYGON_MORE = 0;
const COUNT = 1;
const ALONG = COUNT + ROW;
const ASIDE = ALONG + LONG * ROW;
const BACK = ASIDE + (MOST_BITS + 1) * ROW;
const SIDE = BACK + LONG * 4;
const LOWER_ALONG = SIDE + 16;
const LOWER_ASIDE = LOWER_ALONG + 3 * ROW;

function polygons(bits: BitReader, width: number, height: number, most: number): number[][] {
  const rings: number[][] = [];
  while (bits.bit(POLYGON_MORE) === 1) {
    const count = bits.number(COUNT) + 3;
    if (count > most) throw new WireError(`${count} vertices, more than these bytes can tell`);
    most -= count;
    let [x, y] = [bits.raw(bitLength(width)), bits.raw(bitLength(height))];
    let [beforeX, beforeY] = [0, 1];
    const vertices: number[] = [];
    for (let vertex = 0; vertex < count; vertex++) {
      if (vertex > 0) {
        const [dx, dy] = step(bits, beforeX, beforeY);
        if (dx !== 0 || dy !== 0) [beforeX, beforeY] = [dx, dy];
        x += dx;
        y += dy;
      }
      if (x < 0 || x > width || y < 0 || y > height) {
        throw new WireError(`vertex (${x}, ${y}) outside a lattice of ${width}×${height}`);
      }
      vertices.push(x, y);
    }
    rings.push(vertices);
  }
  return rings;
}

function step(bits: BitReader, beforeX: number, beforeY: number): [number, number] {
  const isSteep = Math.abs(beforeY) > Math.abs(beforeX);
  const [main, lean] = isSteep ? [beforeY, beforeX] : [beforeX, beforeY];
  const [signMain, signLean] = [main < 0 ? -1 : 1, lean < 0 ? -1 : 1];
  const length = bitLength(Math.abs(main));
  const long = Math.min(length, LONG - 1);
  const slope = lean === 0 ? 0 : Math.min(4, 2 + length - bitLength(Math.abs(lean))) - 1;
  const isMirrored = isSteep !== signMain * signLean < 0;

  let along = bits.length(ALONG + ROW * long);
  const contexts = ASIDE + ROW * along;
  along = lower(bits, along, LOWER_ALONG);
  if (along > 0 && bits.bit(BACK + 4 * long + slope) === 1) along = -along;
  let aside = lower(bits, bits.length(contexts), LOWER_ASIDE);
  const side = SIDE + (isMirrored ? 8 : 0) + 2 * slope + (along < 0 ? 1 : 0);
  if (aside > 0 && bits.bit(side) === 1) aside = -aside;
  along *= signMain;
  aside *= signLean;
  return isSteep ? [aside, along] : [along, aside];
}

/** The bits below the leading one; the highest two of them have contexts. */
function lower(bits: BitReader, length: number, contexts: number): number {
  if (length < 2) return length;
  const second = bits.bit(contexts + 3 * length);
  if (length === 2) return 2 + second;
  const third = bits.bit(contexts + 3 * length + 1 + second);
  return (4 + 2 * second + third) * 2 ** (length - 3) + bits.raw(length - 3);
}
