/** Records 4 and 5 of docs/wire.md: outlines in as few bytes as can be. */

import { BitReader, MOST_BITS } from "./arithmetic.js";
import { WireError } from "./errors.js";
import { POLYGON_CHANCES, WALK_CHANCES } from "./priors.js";
import type { Reader } from "./reader.js";

/** What even the shortest record may hold, in bytes that it has not. */
const SLACK = 64;
const VERTICES_PER_BYTE = 8;
const STEPS_PER_BYTE = 64;

/** Made once: their tables are larger than most records. Nothing is kept in them between records. */
const polygonBits = new BitReader(POLYGON_CHANCES);
const walkBits = new BitReader(WALK_CHANCES);

type WireRing = Uint16Array;

/** Read a walk, to the end of the payload. */
export function walkRings(reader: Reader, width: number, height: number): WireRing[] {
  const bytes = reader.rest();
  walkBits.open(bytes);
  return walks(walkBits, width, height, STEPS_PER_BYTE * (bytes.length + SLACK));
}

/** Read a unit and the polygons behind it, to the end of the payload. */
export function polygonRings(reader: Reader, width: number, height: number): WireRing[] {
  const unit = reader.uint();
  if (unit === 0) throw new WireError("a lattice of unit 0");
  const bytes = reader.rest();
  polygonBits.open(bytes);
  const [columns, rows] = [Math.ceil(width / unit), Math.ceil(height / unit)];
  const rings = polygons(polygonBits, columns, rows, VERTICES_PER_BYTE * (bytes.length + SLACK));
  if (unit === 1) return rings;
  for (const ring of rings) {
    for (let at = 0; at < ring.length; at += 2) {
      ring[at] = Math.min((ring[at] ?? 0) * unit, width);
      ring[at + 1] = Math.min((ring[at + 1] ?? 0) * unit, height);
    }
  }
  return rings;
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
const RIGHT = 2;

/** For each history the side of its latest turn, and itself as seen from there: left is 1. */
const SIDES = new Uint8Array(HISTORIES).fill(LEFT);
const SEEN = new Uint16Array(HISTORIES);
for (let history = 0; history < HISTORIES; history++) {
  const moves = [243, 81, 27, 9, 3, 1].map((place) => Math.floor(history / place) % 3);
  const isRight = moves.findLast((move) => move !== 0) === RIGHT;
  if (isRight) SIDES[history] = RIGHT;
  SEEN[history] = moves.reduce((seen, move) => 3 * seen + (isRight && move ? 3 - move : move), 0);
}

function walks(bits: BitReader, width: number, height: number, mostSteps: number): WireRing[] {
  const rings: WireRing[] = [];
  let top = 0;
  while (bits.bit(WALK_MORE) === 1) {
    let heading = bits.bit(HOLE) === 1 ? 0 : 1;
    const folded = bits.number(DOWN);
    top += folded % 2 === 0 ? folded / 2 : -(folded + 1) / 2;
    const startX = bits.raw(bitLength(width));
    let [x, y] = [startX, top];
    const vertices = [x, y];
    let history = 0;
    for (;;) {
      if (x < 0 || x > width || y < 0 || y > height) throw new WireError("a walk leaves the frame");
      if (mostSteps-- === 0) throw new WireError("a walk longer than its bytes can tell");
      if ((heading & 1) === 0) x += 1 - heading;
      else y += 2 - heading;
      if (x === startX && y === top) break;
      const seen = SEEN[history] ?? 0;
      let move = 0;
      if (bits.bit(MOVES + seen) === 1) {
        const latest = SIDES[history] ?? LEFT;
        move = bits.bit(TURNS + seen) === 1 ? 3 - latest : latest;
        vertices.push(x, y);
        heading = (heading + (move === LEFT ? 3 : 1)) & 3;
      }
      history = (history * 3 + move) % HISTORIES;
    }
    rings.push(new Uint16Array(vertices));
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

function polygons(bits: BitReader, width: number, height: number, most: number): WireRing[] {
  const rings: WireRing[] = [];
  while (bits.bit(POLYGON_MORE) === 1) {
    const count = bits.number(COUNT) + 3;
    if (count > most) throw new WireError(`${count} vertices, more than these bytes can tell`);
    most -= count;
    const ring = new Uint16Array(2 * count);
    let [x, y] = [bits.raw(bitLength(width)), bits.raw(bitLength(height))];
    let [beforeX, beforeY] = [0, 1];
    for (let at = 0; ;) {
      if (x < 0 || x > width || y < 0 || y > height) {
        throw new WireError(`vertex (${x}, ${y}) outside a lattice of ${width}×${height}`);
      }
      ring[at++] = x;
      ring[at++] = y;
      if (at === ring.length) break;
      const isSteep = Math.abs(beforeY) > Math.abs(beforeX);
      const main = isSteep ? beforeY : beforeX;
      const lean = isSteep ? beforeX : beforeY;
      const length = bitLength(Math.abs(main));
      const long = Math.min(length, LONG - 1);
      const slope = lean === 0 ? 0 : Math.min(4, 2 + length - bitLength(Math.abs(lean))) - 1;
      const isMirrored = (isSteep !== main < 0) !== lean < 0;

      const alongLength = bits.length(ALONG + ROW * long);
      let along = lower(bits, alongLength, LOWER_ALONG);
      if (along > 0 && bits.bit(BACK + 4 * long + slope) === 1) along = -along;
      let aside = lower(bits, bits.length(ASIDE + ROW * alongLength), LOWER_ASIDE);
      const side = SIDE + (isMirrored ? 8 : 0) + 2 * slope + (along < 0 ? 1 : 0);
      if (aside > 0 && bits.bit(side) === 1) aside = -aside;
      if (main < 0) along = -along;
      if (lean < 0) aside = -aside;
      if (along === 0 && aside === 0) continue;
      beforeX = isSteep ? aside : along;
      beforeY = isSteep ? along : aside;
      x += beforeX;
      y += beforeY;
    }
    rings.push(ring);
  }
  return rings;
}

/** The bits below the leading one; the highest two of them have contexts. */
function lower(bits: BitReader, length: number, contexts: number): number {
  if (length < 2) return length;
  const second = bits.bit(contexts + 3 * length);
  if (length === 2) return 2 + second;
  const third = bits.bit(contexts + 3 * length + 1 + second);
  return ((4 + 2 * second + third) << (length - 3)) + bits.raw(length - 3);
}
