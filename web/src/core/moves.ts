/** What became of the vertices of an outline: record 8 of docs/wire.md. */

import { bitLength, BitReader } from "./arithmetic.js";
import { WireError } from "./errors.js";
import type { WireRing } from "./messages.js";
import { type Lattice, lower, mostVertices, mustBeInside, readRings } from "./polygons.js";
import { MOVES_CHANCES, POLYGON_CHANCES } from "./priors.js";

const MOST_VERTICES = 65536;

const ROW = 18;
/** Behind the contexts of the polygons, which tell what rings are new. */
const RING_GONE = POLYGON_CHANCES.length;
const VERTEX_GONE = RING_GONE + 1;
const COMMON = VERTEX_GONE + 2;
const COMMON_NEGATIVE = COMMON + ROW;
const ACROSS = COMMON_NEGATIVE + 1;
const ALONG = ACROSS + 5 * ROW;
const LOWER_ACROSS = ALONG + 15 * ROW;
const LOWER_ALONG = LOWER_ACROSS + ROW;
const ACROSS_NEGATIVE = LOWER_ALONG + ROW;
const ALONG_NEGATIVE = ACROSS_NEGATIVE + 3;
const ANOTHER = ALONG_NEGATIVE + 3;
const WAY = ANOTHER + 3;
const LOWER_WAY = WAY + 8 * ROW;
const WAY_NEGATIVE = LOWER_WAY + 3 * ROW;
const ASIDE = WAY_NEGATIVE + 1;
const LOWER_ASIDE = ASIDE + 8 * ROW;
const ASIDE_SIGN = LOWER_ASIDE + ROW;
const FIRST = ASIDE_SIGN + 1;
const NEW_RINGS = FIRST + ROW;

/** Made once: its table is larger than most records. Nothing is kept in it between records. */
const bits = new BitReader(Uint16Array.of(...POLYGON_CHANCES, ...MOVES_CHANCES));

/** Read what became of rings, and what rings are new. */
export function movedRings(
  bytes: Uint8Array,
  base: readonly WireRing[],
  width: number,
  height: number,
): WireRing[] {
  bits.open(bytes);
  const commonX = signed(bits.number(COMMON), COMMON_NEGATIVE);
  const commonY = signed(bits.number(COMMON), COMMON_NEGATIVE);
  const lattice = { unit: 1, width, height };
  const moves = new Moves(lattice, commonX, commonY, mostVertices(bytes));
  const rings = base.flatMap((ring) => {
    if (bits.bit(RING_GONE) === 1) return [];
    return [moves.ring(ring)];
  });
  return [...rings, ...moves.newRings()];
}

/** Reads the rings of one outline, one after the other, from `bits`. */
class Moves {
  readonly #lattice: Lattice;
  /** How far most vertices went. */
  readonly #commonX: number;
  readonly #commonY: number;
  /** How many vertices may still be new. */
  #newLeft: number;
  /** How many there may still be, new or not. */
  #left = MOST_VERTICES;

  constructor(lattice: Lattice, commonX: number, commonY: number, mostNew: number) {
    this.#lattice = lattice;
    this.#commonX = commonX;
    this.#commonY = commonY;
    this.#newLeft = mostNew;
  }

  /** Read what became of one ring. */
  ring(base: WireRing): WireRing {
    const living = this.#whoLives(base);
    const vertices: number[] = [];
    for (let at = 0; at < living.length; at += 2) {
      this.#whoComes(living, at, vertices);
    }
    const count = vertices.length / 2;
    this.#take(count);
    if (count < 3) throw new WireError(`a ring is left with ${count} vertices, at least 3`);
    const first = bits.number(FIRST);
    if (first >= count) throw new WireError(`vertex ${first} is the first of ${count}`);
    const ring = new Uint16Array(vertices.length);
    ring.set(vertices.slice(2 * first));
    ring.set(vertices.slice(0, 2 * first), ring.length - 2 * first);
    return ring;
  }

  /** Read the rings that are new. */
  newRings(): WireRing[] {
    if (bits.bit(NEW_RINGS) === 0) return [];
    const rings = readRings(bits, this.#lattice, this.#newLeft);
    for (const ring of rings) this.#take(ring.length / 2);
    return rings;
  }

  /** Where those vertices are that live on. */
  #whoLives(base: WireRing): number[] {
    const living: number[] = [];
    const length = base.length;
    let isBeforeGone = 0;
    let [dx, dy] = [this.#commonX, this.#commonY];
    let [offX, offY] = [0, 0];
    for (let at = 0; at < length; at += 2) {
      isBeforeGone = bits.bit(VERTEX_GONE + isBeforeGone);
      if (isBeforeGone === 1) continue;
      const before = (at + length - 2) % length;
      const behind = (at + 2) % length;
      const run = Math.abs((base[behind] ?? 0) - (base[before] ?? 0));
      const rise = Math.abs((base[behind + 1] ?? 0) - (base[before + 1] ?? 0));
      const isSteep = rise > run;
      const busy = Math.min(4, bitLength(Math.abs(offX) + Math.abs(offY)));
      const [acrossBefore, alongBefore] = isSteep ? [offX, offY] : [offY, offX];
      const acrossBits = bits.length(ACROSS + ROW * busy);
      const acrossSize = lowerBits(acrossBits, LOWER_ACROSS);
      const across = signed(acrossSize, ACROSS_NEGATIVE + side(acrossBefore));
      const alongBits = bits.length(ALONG + ROW * (3 * busy + Math.min(2, acrossBits)));
      const alongSize = lowerBits(alongBits, LOWER_ALONG);
      const along = signed(alongSize, ALONG_NEGATIVE + side(alongBefore));
      offX = isSteep ? across : along;
      offY = isSteep ? along : across;
      dx += offX;
      dy += offY;
      const [x, y] = [(base[at] ?? 0) + dx, (base[at + 1] ?? 0) + dy];
      this.#mustBeInside(x, y);
      living.push(x, y);
    }
    return living;
  }

  /** Add one vertex that lives on, and those that come between it and the next. */
  #whoComes(living: readonly number[], at: number, vertices: number[]): void {
    let [x, y] = [living[at] ?? 0, living[at + 1] ?? 0];
    const next = (at + 2) % living.length;
    const [endX, endY] = [living[next] ?? 0, living[next + 1] ?? 0];
    vertices.push(x, y);
    for (let came = 0; bits.bit(ANOTHER + Math.min(2, came)) === 1; came++) {
      if (this.#newLeft-- === 0) throw new WireError("more vertices than these bytes can tell");
      const [chordX, chordY] = [endX - x, endY - y];
      const isSteep = Math.abs(chordY) > Math.abs(chordX);
      const [main, lean] = isSteep ? [chordY, chordX] : [chordX, chordY];
      const long = Math.min(7, bitLength(Math.abs(main)));
      const way = signed(lower(bits, bits.length(WAY + ROW * long), LOWER_WAY), WAY_NEGATIVE);
      const onMain = main < 0 ? 0 - way : way;
      const size = lowerBits(bits.length(ASIDE + ROW * long), LOWER_ASIDE);
      const isNegative = size > 0 && (bits.bit(ASIDE_SIGN) === 1) !== (main < 0 !== isSteep);
      const onLine = main === 0 ? 0 : Math.floor((onMain * lean) / main);
      const aside = onLine + (isNegative ? -size : size);
      x += isSteep ? aside : onMain;
      y += isSteep ? onMain : aside;
      this.#mustBeInside(x, y);
      vertices.push(x, y);
    }
  }

  #take(vertices: number): void {
    this.#left -= vertices;
    if (this.#left < 0) throw new WireError(`an outline of more than ${MOST_VERTICES} vertices`);
  }

  #mustBeInside(x: number, y: number): void {
    mustBeInside(x, y, this.#lattice.width, this.#lattice.height);
  }
}

/** Read the sign of what is not 0. */
function signed(size: number, context: number): number {
  return size > 0 && bits.bit(context) === 1 ? -size : size;
}

/** Read a number of known length in bits; the highest bit below the leading one has a context. */
function lowerBits(length: number, contexts: number): number {
  if (length < 2) return length;
  return ((2 + bits.bit(contexts + length)) << (length - 2)) + bits.raw(length - 2);
}

/** Whether a number is 0, positive or negative, as a context. */
function side(value: number): number {
  return value === 0 ? 0 : value > 0 ? 1 : 2;
}
