/** The range decoder that outlines are coded with. */

const ONE = 4096;
const HALF = ONE / 2;
const RATE = 4;
const TOP = 2 ** 24;

/** Longest number, in bits: a step across the largest frame. */
export const MOST_BITS = 17;
/** So many bytes more than a record has count where its length bounds what it may tell. */
export const SLACK = 64;

const CODE = 0;
const SPAN = 1;

/** How many bits a whole number >= 0 takes; none for 0. */
export function bitLength(value: number): number {
  return 32 - Math.clz32(value);
}

/**
 * The bits of docs/wire.md, "Coded bits". Behind the end of the bytes zeros are read.
 *
 * Whole numbers below 2³² throughout: an array of them keeps the engine from making a double, and
 * an object to hold it, of each.
 */
export class BitReader {
  readonly #initial: Uint16Array;
  readonly #chances: Uint16Array;
  readonly #state = new Uint32Array(2);
  #bytes: Uint8Array = new Uint8Array();
  #at = 0;

  /** @param initial the chances that each record begins with. */
  constructor(initial: Uint16Array) {
    this.#initial = initial;
    this.#chances = initial.slice();
  }

  /** Begin with the bits of another record. */
  open(bytes: Uint8Array): void {
    this.#chances.set(this.#initial);
    this.#bytes = bytes;
    const [a = 0, b = 0, c = 0, d = 0] = bytes;
    this.#state[CODE] = a * 2 ** 24 + ((b << 16) | (c << 8) | d);
    this.#state[SPAN] = 2 ** 32 - 1;
    this.#at = 4;
  }

  /** Read one bit in its context, which learns from it. */
  bit(context: number): number {
    const chance = this.#chances[context] ?? HALF;
    if (this.#isOne(chance)) {
      this.#chances[context] = chance - (chance >> RATE);
      return 1;
    }
    this.#chances[context] = chance + ((ONE - chance) >> RATE);
    return 0;
  }

  /** Read a number of `count` bits that have no context, the highest first. */
  raw(count: number): number {
    let value = 0;
    for (; count > 0; count--) value = 2 * value + (this.#isOne(HALF) ? 1 : 0);
    return value;
  }

  /** Read a number's length in bits: in unary, each place in its own context. */
  length(contexts: number): number {
    let length = 0;
    while (length < MOST_BITS && this.bit(contexts + length) === 1) length++;
    return length;
  }

  /** Read a number >= 0: its length, then its lower bits. */
  number(contexts: number): number {
    const length = this.length(contexts);
    return length === 0 ? 0 : 2 ** (length - 1) + this.raw(length - 1);
  }

  #isOne(chance: number): boolean {
    const state = this.#state;
    let code = state[CODE] ?? 0;
    let span = state[SPAN] ?? 0;
    const bound = Math.imul(span >>> 12, chance) >>> 0;
    const isOne = code >= bound;
    if (isOne) {
      code = (code - bound) >>> 0;
      span = (span - bound) >>> 0;
    } else {
      span = bound;
    }
    while (span < TOP) {
      span = (span << 8) >>> 0;
      code = ((code << 8) | (this.#bytes[this.#at++] ?? 0)) >>> 0;
    }
    state[CODE] = code;
    state[SPAN] = span;
    return isOne;
  }
}
