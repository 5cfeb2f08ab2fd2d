/**
 * The duration of a recording, told to its file.
 *
 * Who records live cannot know how long it will be, so browsers write WebM without a duration:
 * players show none, and will not seek. It belongs into `Segment › Info` (RFC 9559, Matroska;
 * RFC 8794, EBML), near the beginning.
 */

const SEGMENT = 0x18538067;
const SEEK_HEAD = 0x114d9b74;
const INFO = 0x1549a966;
const TIMESTAMP_SCALE = 0x2ad7b1;
const DURATION = 0x4489;
const EBML = 0x1a45dfa3;
/** Of timestamps, where the file says nothing else: a millisecond, in nanoseconds. */
const USUAL_SCALE = 1_000_000;
/** Where the beginning of a file ends, at the latest; browsers write about 100 bytes before `Info`. */
export const WEBM_HEAD_BYTES = 4096;

interface Element {
  readonly id: number;
  /** Where its contents begin. */
  readonly from: number;
  /** Null: of unknown length, as live streams are. */
  readonly length: number | null;
  /** Where its length is written. */
  readonly lengthAt: number;
}

/**
 * The beginning of a WebM file with its duration written in.
 *
 * @param head the first bytes of the file, with all of `Info`.
 * @returns null where there is nothing to mend, or where something unforeseen stands: the file is
 *   best left as it is.
 */
export function withDuration(head: Uint8Array, durationMs: number): Uint8Array<ArrayBuffer> | null {
  const header = readElement(head, 0);
  if (header?.id !== EBML || header.length === null) return null;
  const segment = readElement(head, header.from + header.length);
  // One whose length is known, or that has an index, would have to be written anew.
  if (segment?.id !== SEGMENT || segment.length !== null) return null;
  let info = readElement(head, segment.from);
  while (info !== null && info.id !== INFO) {
    if (info.length === null || info.id === SEEK_HEAD) return null;
    info = readElement(head, info.from + info.length);
  }
  const length = info?.length ?? null;
  if (info === null || length === null || info.from + length > head.length) return null;
  const end = info.from + length;
  let scale = USUAL_SCALE;
  for (let at = info.from; at < end;) {
    const one = readElement(head, at);
    const size = one?.length ?? null;
    if (one === null || size === null || one.id === DURATION) return null;
    at = one.from + size;
    if (at > end) return null;
    if (one.id === TIMESTAMP_SCALE) scale = readUint(head, one.from, size);
  }
  if (scale === 0) return null;
  const duration = new Uint8Array(11);
  duration.set([0x44, 0x89, 0x88]);
  new DataView(duration.buffer).setFloat64(3, (durationMs * 1_000_000) / scale);
  return join([
    head.subarray(0, info.lengthAt),
    lengthBytes(length + duration.length),
    head.subarray(info.from, end),
    duration,
    head.subarray(end),
  ]);
}

function readElement(bytes: Uint8Array, at: number): Element | null {
  const idBytes = widthAt(bytes, at);
  if (idBytes === null || idBytes > 4) return null;
  const lengthAt = at + idBytes;
  const lengthBytes = widthAt(bytes, lengthAt);
  if (lengthBytes === null) return null;
  const from = lengthAt + lengthBytes;
  if (from > bytes.length) return null;
  const marked = readUint(bytes, lengthAt, lengthBytes);
  const most = 2 ** (7 * lengthBytes) - 1;
  const length = marked - 2 ** (7 * lengthBytes);
  return {
    id: readUint(bytes, at, idBytes),
    from,
    lengthAt,
    length: length < most ? length : null,
  };
}

/** How many bytes a number takes: one more than there are zeros before its first one. */
function widthAt(bytes: Uint8Array, at: number): number | null {
  const first = bytes[at];
  return first === undefined || first === 0 ? null : Math.clz32(first) - 23;
}

function readUint(bytes: Uint8Array, at: number, count: number): number {
  let value = 0;
  for (let index = 0; index < count; index++) value = value * 256 + (bytes[at + index] ?? 0);
  return value;
}

/** In eight bytes, which always suffice. */
function lengthBytes(length: number): Uint8Array {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setBigUint64(0, (1n << 56n) | BigInt(length));
  return bytes;
}

function join(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const joined = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    joined.set(part, at);
    at += part.length;
  }
  return joined;
}
