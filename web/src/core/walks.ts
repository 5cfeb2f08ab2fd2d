/**
 * Walks along pixel edges, docs/wire.md: for each move a bit for "not straight", and behind it one
 * for "not to the side of the latest turn".
 */

import { bitLength, BitReader, SLACK } from "./arithmetic.js";
import { WireError } from "./errors.js";
import type { WireRing } from "./messages.js";
import type { Size } from "./path.js";
import { WALK_CHANCES } from "./priors.js";

const STEPS_PER_BYTE = 64;

const MEMORY = 6;
const HISTORIES = 3 ** MEMORY;
const MOVES = 0;
const TURNS = HISTORIES;
const MORE = 2 * HISTORIES;
const HOLE = MORE + 1;
const DOWN = MORE + 2;
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

/** Made once: its table is larger than most records. Nothing is kept in it between records. */
const bits = new BitReader(WALK_CHANCES);

/** Read rings as walks. */
export function walkRings(bytes: Uint8Array, width: number, height: number): WireRing[] {
  bits.open(bytes);
  const rings: WireRing[] = [];
  const walk = new Walk(width, height, mostSteps(bytes));
  let top = 0;
  while (bits.bit(MORE) === 1) {
    const heading = bits.bit(HOLE) === 1 ? 0 : 1;
    const folded = bits.number(DOWN);
    top += folded % 2 === 0 ? folded / 2 : -(folded + 1) / 2;
    const startX = bits.raw(bitLength(width));
    walk.start(startX, top, heading);
    const vertices = [startX, top];
    for (;;) {
      walk.step();
      if (walk.x === startX && walk.y === top) break;
      if (walk.turn()) vertices.push(walk.x, walk.y);
    }
    rings.push(new Uint16Array(vertices));
  }
  return rings;
}

/**
 * Read a walk of so many steps from one vertex to another.
 *
 * @returns where it turns, x, y, x, y …
 */
export function walkBetween(
  bytes: Uint8Array,
  steps: number,
  start: WireRing,
  end: WireRing,
  { width, height }: Size,
): number[] {
  const most = mostSteps(bytes);
  if (steps === 0 || steps > most) throw new WireError(`a walk of ${steps} steps, 1 … ${most}`);
  bits.open(bytes);
  const walk = new Walk(width, height, steps);
  walk.start(start[0] ?? 0, start[1] ?? 0, bits.raw(2));
  const vertices: number[] = [];
  for (let step = 1; ; step++) {
    walk.step();
    if (step === steps) break;
    if (walk.turn()) vertices.push(walk.x, walk.y);
  }
  if (walk.x !== end[0] || walk.y !== end[1]) throw new WireError("a walk ends beside its section");
  return vertices;
}

function mostSteps(bytes: Uint8Array): number {
  return STEPS_PER_BYTE * (bytes.length + SLACK);
}

/** Somebody who walks on the lattice of pixel edges, told by the bits where to turn. */
class Walk {
  x = 0;
  y = 0;
  /** 0 right, 1 down, 2 left, 3 up. */
  #heading = 0;
  #history = 0;
  #stepsLeft: number;
  readonly #width: number;
  readonly #height: number;

  constructor(width: number, height: number, mostSteps: number) {
    this.#width = width;
    this.#height = height;
    this.#stepsLeft = mostSteps;
  }

  start(x: number, y: number, heading: number): void {
    this.x = x;
    this.y = y;
    this.#heading = heading;
    this.#history = 0;
    this.#mustBeInside();
  }

  step(): void {
    if (this.#stepsLeft-- === 0) throw new WireError("a walk longer than its bytes can tell");
    if ((this.#heading & 1) === 0) this.x += 1 - this.#heading;
    else this.y += 2 - this.#heading;
    this.#mustBeInside();
  }

  /** Read the next move; whether it is a turn. */
  turn(): boolean {
    const history = this.#history;
    const seen = SEEN[history] ?? 0;
    if (bits.bit(MOVES + seen) === 0) {
      this.#history = (history * 3) % HISTORIES;
      return false;
    }
    const latest = SIDES[history] ?? LEFT;
    const move = bits.bit(TURNS + seen) === 1 ? LEFT + RIGHT - latest : latest;
    this.#heading = (this.#heading + (move === LEFT ? 3 : 1)) & 3;
    this.#history = (history * 3 + move) % HISTORIES;
    return true;
  }

  #mustBeInside(): void {
    const { x, y } = this;
    if (x < 0 || x > this.#width || y < 0 || y > this.#height) {
      throw new WireError("a walk leaves the frame");
    }
  }
}
