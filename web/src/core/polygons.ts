/** Polygons, docs/wire.md: each step is told relative to the step before. */

import { bitLength, BitReader, MOST_BITS, SLACK } from "./arithmetic.js";
import { WireError } from "./errors.js";
import { POLYGON_CHANCES } from "./priors.js";
import type { Reader } from "./reader.js";

const VERTICES_PER_BYTE = 8;

const LONG = 8;
const ROW = 18;
const MORE = 0;
const COUNT = 1;
const ALONG = COUNT + ROW;
const ASIDE = ALONG + LONG * ROW;
const BACK = ASIDE + (MOST_BITS + 1) * ROW;
const SIDE = BACK + LONG * 4;
const LOWER_ALONG = SIDE + 16;
const LOWER_ASIDE = LOWER_ALONG + 3 * ROW;

/** Rings of whole `unit`s, and the picture that they lie in. */
export interface Lattice {
  /** Pixels. */
  readonly unit: number;
  /** Of the picture, pixels. */
  readonly width: number;
  readonly height: number;
}

/** Made once, as for walks. */
const ringBits = new BitReader(POLYGON_CHANCES);
/** Between the ends of an edge there is often nothing: that count begins without an opinion. */
const edgeBits = new BitReader(
  POLYGON_CHANCES.map((c, at) => (at >= COUNT && at < ALONG ? 2048 : c)),
);

/** Read polygons; vertices count in units, as x, y, x, y … */
export function polygonRings(bytes: Uint8Array, lattice: Lattice): Uint16Array[] {
  ringBits.open(bytes);
  return readRings(ringBits, lattice, mostVertices(bytes));
}

/**
 * Read the polygons that follow.
 *
 * @param bits whose first contexts are those of polygons.
 * @param most so many vertices at most.
 */
export function readRings(bits: BitReader, lattice: Lattice, most: number): Uint16Array[] {
  const [columns, rows] = sides(lattice);
  const rings: Uint16Array[] = [];
  const steps = new Steps(bits);
  while (bits.bit(MORE) === 1) {
    const count = bits.number(COUNT) + 3;
    if (count > most) throw new WireError(`${count} vertices, more than these bytes can tell`);
    most -= count;
    const ring = new Uint16Array(2 * count);
    let x = bits.raw(bitLength(columns));
    let y = bits.raw(bitLength(rows));
    steps.restart();
    for (let at = 0; ;) {
      mustBeInside(x, y, columns, rows);
      ring[at++] = x;
      ring[at++] = y;
      if (at === ring.length) break;
      steps.next();
      x += steps.dx;
      y += steps.dy;
    }
    rings.push(ring);
  }
  return rings;
}

/**
 * Read what stands between the ends of some edges of a ring, which are there already.
 *
 * @param ring in units.
 * @returns the vertices behind vertex `first` up to the last edge's end, without it, in units.
 */
export function verticesBetween(
  bytes: Uint8Array,
  lattice: Lattice,
  ring: Uint16Array,
  first: number,
  edges: number,
): number[] {
  const [columns, rows] = sides(lattice);
  const bits = edgeBits;
  bits.open(bytes);
  const steps = new Steps(bits);
  let most = mostVertices(bytes);
  const vertices: number[] = [];
  let [x, y] = [ring[2 * first] ?? 0, ring[2 * first + 1] ?? 0];
  for (let edge = first; edge < first + edges; edge++) {
    if (edge > first) vertices.push(x, y);
    const count = bits.number(COUNT);
    if (count > most) throw new WireError(`${count} vertices, more than these bytes can tell`);
    most -= count;
    for (let left = count; left > 0; left--) {
      steps.next();
      x += steps.dx;
      y += steps.dy;
      mustBeInside(x, y, columns, rows);
      vertices.push(x, y);
    }
    const end = (2 * (edge + 1)) % ring.length;
    const [endX, endY] = [ring[end] ?? 0, ring[end + 1] ?? 0];
    steps.took(endX - x, endY - y);
    [x, y] = [endX, endY];
  }
  return vertices;
}

/** Read the size of a lattice's steps, pixels. */
export function readUnit(payload: Reader): number {
  const unit = payload.uint();
  if (unit === 0) throw new WireError("a lattice of unit 0");
  return unit;
}

/** From units to pixels, in place. */
export function toPixels<Vertices extends Uint16Array | number[]>(
  vertices: Vertices,
  { unit, width, height }: Lattice,
): Vertices {
  if (unit === 1) return vertices;
  for (let at = 0; at < vertices.length; at += 2) {
    vertices[at] = Math.min((vertices[at] ?? 0) * unit, width);
    vertices[at + 1] = Math.min((vertices[at + 1] ?? 0) * unit, height);
  }
  return vertices;
}

function sides({ unit, width, height }: Lattice): [columns: number, rows: number] {
  return [Math.ceil(width / unit), Math.ceil(height / unit)];
}

/** How many vertices so many bytes may tell. */
export function mostVertices(bytes: Uint8Array): number {
  return VERTICES_PER_BYTE * (bytes.length + SLACK);
}

export function mustBeInside(x: number, y: number, columns: number, rows: number): void {
  if (x < 0 || x > columns || y < 0 || y > rows) {
    throw new WireError(`vertex (${x}, ${y}) outside a lattice of ${columns}×${rows}`);
  }
}

/** Reads steps; the latest is `dx`, `dy`. */
class Steps {
  dx = 0;
  dy = 0;
  readonly #bits: BitReader;
  #beforeX = 0;
  #beforeY = 1;

  constructor(bits: BitReader) {
    this.#bits = bits;
  }

  restart(): void {
    this.#beforeX = 0;
    this.#beforeY = 1;
  }

  /** This step was taken without being read. */
  took(dx: number, dy: number): void {
    if (dx === 0 && dy === 0) return;
    this.#beforeX = dx;
    this.#beforeY = dy;
  }

  next(): void {
    const bits = this.#bits;
    const beforeX = this.#beforeX;
    const beforeY = this.#beforeY;
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
    // 0 − 0 is 0 where −0 is not: that would make doubles of what are small whole numbers.
    if (main < 0) along = 0 - along;
    if (lean < 0) aside = 0 - aside;
    this.dx = isSteep ? aside : along;
    this.dy = isSteep ? along : aside;
    this.took(this.dx, this.dy);
  }
}

/** The bits below the leading one; the highest two of them have contexts. */
export function lower(bits: BitReader, length: number, contexts: number): number {
  if (length < 2) return length;
  const second = bits.bit(contexts + 3 * length);
  if (length === 2) return 2 + second;
  const third = bits.bit(contexts + 3 * length + 1 + second);
  return ((4 + 2 * second + third) << (length - 3)) + bits.raw(length - 3);
}
