import { WireError } from "./errors.js";

const decodeUtf8 = (() => {
  // The core is compiled without DOM and Node types; every runtime has this class all the same.
  const { TextDecoder } = globalThis as unknown as {
    TextDecoder: new (
      label: string,
      options: { fatal: boolean; ignoreBOM: boolean },
    ) => { decode(bytes: Uint8Array): string };
  };
  const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
  return (bytes: Uint8Array) => decoder.decode(bytes);
})();

/** The primitive fields of docs/wire.md, read one after the other from a span of bytes. */
export class Reader {
  readonly #bytes: Uint8Array;
  readonly #start: number;
  readonly #end: number;
  #at: number;

  constructor(bytes: Uint8Array, start = 0, end = bytes.length) {
    this.#bytes = bytes;
    this.#start = start;
    this.#at = start;
    this.#end = end;
  }

  get left(): number {
    return this.#end - this.#at;
  }

  u8(): number {
    if (this.#at >= this.#end) throw new WireError("packet cut short");
    return this.#bytes[this.#at++] ?? 0;
  }

  u32(): number {
    return this.u8() * 0x1000000 + ((this.u8() << 16) | (this.u8() << 8) | this.u8());
  }

  u64(): bigint {
    return (BigInt(this.u32()) << 32n) | BigInt(this.u32());
  }

  /** A varint as a number: exact below 2⁵³, the nearest double above. */
  uint(): number {
    return Number(this.exactUint());
  }

  /**
   * A varint without loss: a number while it is a safe integer, a bigint from there to 2⁶⁴.
   * The two never stand for the same value, so either serves as the key of a Map.
   */
  exactUint(): number | bigint {
    const start = this.#at;
    let value = 0;
    for (let place = 0; ; place++) {
      if (place === 10) throw new WireError("varint of more than 10 bytes");
      const byte = this.u8();
      if (place < 7) value += (byte & 0x7f) * 2 ** (7 * place);
      if (byte >= 0x80) continue;
      if (byte === 0 && place > 0) throw new WireError("varint is not minimal");
      if (place === 9 && byte > 1) throw new WireError("varint is 2^64 or more");
      // Seven groups are 49 bits, which a double holds; the rare longer ones are read again.
      return place < 7 ? value : this.#wideUint(start, this.#at);
    }
  }

  #wideUint(start: number, end: number): number | bigint {
    let value = 0n;
    for (let at = end - 1; at >= start; at--) {
      value = (value << 7n) | BigInt((this.#bytes[at] ?? 0) & 0x7f);
    }
    return value <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(value) : value;
  }

  /** A zigzag varint: exact while it is a safe integer, which every step inside a frame is. */
  sint(): number {
    const coded = this.uint();
    return coded % 2 === 0 ? coded / 2 : -(coded + 1) / 2;
  }

  /** A reader of the next `length` bytes, which this one steps over. */
  span(length: number): Reader {
    if (length > this.left) throw new WireError("packet cut short");
    const start = this.#at;
    this.#at += length;
    return new Reader(this.#bytes, start, this.#at);
  }

  /** All bytes of this reader, those that were read too; not copied. */
  get whole(): Uint8Array {
    return this.#bytes.subarray(this.#start, this.#end);
  }

  /** The bytes left, not copied. */
  rest(): Uint8Array {
    const bytes = this.#bytes.subarray(this.#at, this.#end);
    this.#at = this.#end;
    return bytes;
  }

  /** The bytes left, as UTF-8. */
  text(): string {
    try {
      return decodeUtf8(this.rest());
    } catch {
      throw new WireError("label is not UTF-8");
    }
  }
}
