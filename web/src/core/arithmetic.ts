const ONE = 4096;
const HALF = ONE / 2;
const RATE = 4;
const TOP = 2 ** 24;

/** Longest number, in bits: a step across the largest frame. */
export const MOST_BITS = 17;

/**
 * The bits of docs/wire.md, "Coded bits". Whole numbers below 2³² throughout, which a double holds
 * exactly; behind the end of the bytes zeros are read.
 */
export class BitReader {
  readonly #bytes: Uint8Array;
  readonly #chances: Uint16Array;
  #code = 0;
  #span = 2 ** 32 - 1;
  #at = 0;

  constructor(bytes: Uint8Array, chances: Uint16Array) {
    this.#bytes = bytes;
    this.#chances = chances.slice();
    for (let count = 0; count < 4; count++) this.#code = this.#code * 256 + this.#next();
  }

  /** Read one bit in its context, which learns from it. */
  bit(context: number): number {
    const chance = this.#chances[context] ?? HALF;
    const bound = (this.#span >>> 12) * chance;
    const isZero = this.#code < bound;
    this.#chances[context] = isZero ? chance + ((ONE - chance) >> RATE) : chance - (chance >> RATE);
    return this.#split(bound, isZero);
  }

  /** Read a number of `count` bits that have no context, the highest first. */
  raw(count: number): number {
    let value = 0;
    for (; count > 0; count--) {
      const bound = (this.#span >>> 12) * HALF;
      value = 2 * value + this.#split(bound, this.#code < bound);
    }
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

  #split(bound: number, isZero: boolean): number {
    if (isZero) {
      this.#span = bound;
    } else {
      this.#code -= bound;
      this.#span -= bound;
    }
    while (this.#span < TOP) {
      this.#span *= 256;
      this.#code = this.#code * 256 + this.#next();
    }
    return isZero ? 0 : 1;
  }

  #next(): number {
    return this.#bytes[this.#at++] ?? 0;
  }
}
