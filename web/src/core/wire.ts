/**
 * The decoder of docs/wire.md, version 1: bytes in, messages out.
 *
 * It does no I/O, reads no clock and keeps the latest frame, for one that says what changed since. A
 * packet is decoded whole or not at all.
 */

import { polygonRings, walkRings } from "./coded.js";
import { WireError } from "./errors.js";
import type {
  FrameMessage,
  FrameTiming,
  Message,
  Outline,
  StaleMessage,
  WireRing,
} from "./messages.js";
import { Reader } from "./reader.js";

export type {
  ClockMessage,
  FrameMessage,
  FrameTiming,
  Message,
  Outline,
  StaleMessage,
  UnknownMessage,
  WireRing,
} from "./messages.js";

const VERSION = 1;
const MAX_SIDE = 65535;
/** The fewest bytes that a ring takes: its count and three vertices of two one-byte steps. */
const MIN_RING_BYTES = 7;
const MIN_VERTEX_BYTES = 2;

const PACKET_FRAME = 0;
const PACKET_CLOCK = 1;
const PACKET_CHANGED = 3;
const RECORD_OUTLINE = 1;
const RECORD_NAME = 2;
const RECORD_TIMING = 3;
const RECORD_POLYGON = 4;
const RECORD_WALK = 5;
const RECORD_SHIFT = 6;
const RECORD_SAME = 7;

/** Flags of records 6 and 7. */
const SCORE = 1;
const AGE = 2;
const AGE_STAYS = 4;

const RTP_MODULUS = 2 ** 32;
const RTP_PER_MS = 90;

type TrackKey = number | bigint;

/** An outline as the next frame builds upon it. */
interface Known {
  readonly trackId: number;
  readonly label: string | null;
  readonly rings: readonly WireRing[];
  readonly scoreU8: number;
  /** Exact on 64 bits, as the arithmetic of ages is. */
  readonly age: number | bigint;
}

interface Base {
  readonly frameId: number | null;
  readonly width: number;
  readonly height: number;
  readonly objects: ReadonlyMap<TrackKey, Known>;
}

export class Decoder {
  #latest: Base = { frameId: null, width: 0, height: 0, objects: new Map() };

  /**
   * Decode one packet.
   *
   * @throws {WireError} if the bytes are no packet; the decoder is then as it was before.
   */
  decode(packet: Uint8Array): Message {
    const reader = new Reader(packet);
    const version = reader.u8();
    if (version !== VERSION) throw new WireError(`version ${version}, expected ${VERSION}`);
    const packetKind = reader.u8();
    switch (packetKind) {
      case PACKET_FRAME: {
        const frameId = reader.u32();
        const [width, height] = [side(reader), side(reader)];
        return this.#frame(reader, frameId, width, height, null);
      }
      case PACKET_CHANGED:
        return this.#changed(reader);
      case PACKET_CLOCK:
        return { kind: "clock", rtp: reader.u32(), ntp: reader.u64() };
      default:
        return { kind: "unknown", packetKind };
    }
  }

  #changed(reader: Reader): FrameMessage | StaleMessage {
    const frameId = reader.u32();
    const since = reader.uint();
    if (since === 0 || since >= RTP_MODULUS) throw new WireError(`a base ${since} ticks before`);
    const baseId = (frameId - since + RTP_MODULUS) % RTP_MODULUS;
    if (baseId !== this.#latest.frameId) return { kind: "stale", frameId, baseId };
    const olderMs = Math.floor((since + RTP_PER_MS / 2) / RTP_PER_MS);
    return this.#frame(reader, frameId, this.#latest.width, this.#latest.height, olderMs);
  }

  /** Read the records of a frame; `olderMs` is the time since its base, if it has one. */
  #frame(
    reader: Reader,
    frameId: number,
    width: number,
    height: number,
    olderMs: number | null,
  ): FrameMessage {
    const found = new Map<TrackKey, Omit<Known, "label">>();
    const announced = new Map<TrackKey, string>();
    let timing: FrameTiming | null = null;

    while (reader.left > 0) {
      const recordKind = reader.uint();
      const payload = reader.span(reader.uint());
      switch (recordKind) {
        case RECORD_OUTLINE:
        case RECORD_POLYGON:
        case RECORD_WALK: {
          const key = payload.exactUint();
          const read = READERS[recordKind];
          const [scoreU8, age] = [payload.u8(), payload.exactUint()];
          const rings = read(payload, width, height);
          add(found, key, { trackId: Number(key), scoreU8, age, rings });
          break;
        }
        case RECORD_SHIFT:
        case RECORD_SAME: {
          if (olderMs === null) break; // in a frame that stands for itself they mean nothing
          const key = payload.exactUint();
          const before = this.#latest.objects.get(key);
          if (before === undefined) throw new WireError("a change of an object not in the base");
          const isShift = recordKind === RECORD_SHIFT;
          const evidence = evidenceNow(payload, before, olderMs, isShift);
          const rings = isShift ? shifted(payload, before.rings, width, height) : before.rings;
          add(found, key, { trackId: before.trackId, ...evidence, rings });
          break;
        }
        case RECORD_NAME:
          announced.set(payload.exactUint(), payload.text());
          break;
        case RECORD_TIMING:
          timing = frameTiming(payload);
          break;
        default: // a record of a later version
      }
    }

    // From here on nothing throws. A name lives as long as its object is in every packet.
    const known = new Map<TrackKey, Known>();
    const objects: Outline[] = [];
    for (const [key, { trackId, scoreU8, age, rings }] of found) {
      const label = announced.get(key) ?? this.#latest.objects.get(key)?.label ?? null;
      known.set(key, { trackId, scoreU8, age, rings, label });
      objects.push({ trackId, score: scoreU8 / 255, ageMs: Number(age), label, rings });
    }
    this.#latest = { frameId, width, height, objects: known };
    return { kind: "frame", frameId, width, height, objects, timing };
  }
}

function add(
  found: Map<TrackKey, Omit<Known, "label">>,
  key: TrackKey,
  object: Omit<Known, "label">,
): void {
  if (found.has(key)) throw new WireError(`object ${key.toString()} twice in a packet`);
  found.set(key, object);
}

function evidenceNow(
  payload: Reader,
  before: Known,
  olderMs: number,
  hasFlags: boolean,
): Pick<Known, "scoreU8" | "age"> {
  const flags = hasFlags || payload.left > 0 ? payload.u8() : 0;
  const scoreU8 = (flags & SCORE) !== 0 ? payload.u8() : before.scoreU8;
  if ((flags & AGE) !== 0) return { scoreU8, age: payload.exactUint() };
  return { scoreU8, age: (flags & AGE_STAYS) !== 0 ? before.age : older(before.age, olderMs) };
}

/** The sum of an age and a time, held below 2⁶⁴. */
function older(age: number | bigint, byMs: number): number | bigint {
  const sum = typeof age === "number" ? age + byMs : NaN;
  if (Number.isSafeInteger(sum)) return sum;
  const exact = BigInt(age) + BigInt(byMs);
  return exact < U64_MAX ? exact : U64_MAX;
}

const U64_MAX = (1n << 64n) - 1n;

/** Move rings as a whole; what would leave the frame is held at its edge. */
function shifted(
  payload: Reader,
  rings: readonly WireRing[],
  width: number,
  height: number,
): WireRing[] {
  const [right, down] = [step(payload), step(payload)];
  return rings.map((ring) =>
    ring.map((value, at) =>
      at % 2 === 0
        ? Math.min(Math.max(value + right, 0), width)
        : Math.min(Math.max(value + down, 0), height),
    ),
  );
}

function step(payload: Reader): number {
  const pixels = payload.sint();
  if (Math.abs(pixels) > MAX_SIDE) throw new WireError(`an outline shifts by ${pixels} pixels`);
  return pixels;
}

function side(reader: Reader): number {
  const length = reader.uint();
  if (length > MAX_SIDE) throw new WireError(`frame side of ${length}, at most ${MAX_SIDE}`);
  return length;
}

const READERS = {
  [RECORD_OUTLINE]: plainRings,
  [RECORD_POLYGON]: polygonRings,
  [RECORD_WALK]: walkRings,
};

function plainRings(reader: Reader, width: number, height: number): WireRing[] {
  const count = reader.uint();
  if (count * MIN_RING_BYTES > reader.left) throw new WireError(`no room for ${count} rings`);
  const rings: WireRing[] = [];
  let [startX, startY] = [0, 0];
  for (let index = 0; index < count; index++) {
    const ring = closedRing(reader, startX, startY, width, height);
    rings.push(ring);
    [startX = 0, startY = 0] = ring;
  }
  return rings;
}

function closedRing(reader: Reader, x: number, y: number, width: number, height: number): WireRing {
  const vertices = reader.uint();
  if (vertices < 3) throw new WireError(`ring of ${vertices} vertices, at least 3`);
  if (vertices * MIN_VERTEX_BYTES > reader.left) {
    throw new WireError(`no room for a ring of ${vertices} vertices`);
  }
  const ring = new Uint16Array(2 * vertices);
  for (let at = 0; at < ring.length; at += 2) {
    // Steps past 2⁵³ lose their last bits, but they have left every frame long before.
    x += reader.sint();
    y += reader.sint();
    if (x < 0 || x > width || y < 0 || y > height) {
      throw new WireError(`vertex (${x}, ${y}) outside a frame of ${width}×${height}`);
    }
    ring[at] = x;
    ring[at + 1] = y;
  }
  return ring;
}

function frameTiming(reader: Reader): FrameTiming {
  return {
    handedUs: reader.uint(),
    decodeUs: reader.uint(),
    waitUs: reader.uint(),
    trackUs: reader.uint(),
    pathUs: reader.uint(),
    encodeUs: reader.uint(),
    modelUs: reader.uint(),
  };
}
