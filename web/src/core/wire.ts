/**
 * The decoder of docs/wire.md, version 1: bytes in, messages out.
 *
 * It does no I/O, reads no clock and keeps nothing but the names of the objects that are in the
 * picture. A packet is decoded whole or not at all.
 */

import { polygonRings, walkRings } from "./coded.js";
import { WireError } from "./errors.js";
import { Reader } from "./reader.js";

/**
 * One closed ring as x, y, x, y … on the lattice of pixel edges. Frames are at most 65535 pixels
 * wide and high, so that sixteen bits hold every vertex exactly.
 */
export type WireRing = Uint16Array;

export interface Outline {
  /**
   * The object, for the life of the session. Identity is kept on the full 64 bits inside the
   * decoder; this is its value as a number, rounded above 2⁵³. Servers count from 1.
   */
  readonly trackId: number;
  /** Confidence, 0 … 1. */
  readonly score: number;
  /** Capture time of this frame minus that of the frame in which the model last saw the object. */
  readonly ageMs: number;
  readonly label: string | null;
  /** Outer rings counter-clockwise as seen on the screen, holes clockwise. None: not visible. */
  readonly rings: readonly WireRing[];
}

/** What the server did with a frame, in microseconds; `handedUs` is Unix time. */
export interface FrameTiming {
  readonly handedUs: number;
  readonly decodeUs: number;
  readonly waitUs: number;
  readonly trackUs: number;
  readonly pathUs: number;
  readonly encodeUs: number;
  readonly modelUs: number;
}

export interface FrameMessage {
  readonly kind: "frame";
  /** RTP timestamp of the camera frame that these outlines are right for. */
  readonly frameId: number;
  readonly width: number;
  readonly height: number;
  readonly objects: readonly Outline[];
  readonly timing: FrameTiming | null;
}

export interface ClockMessage {
  readonly kind: "clock";
  readonly rtp: number;
  /** 32.32 fixed-point seconds since 1900. */
  readonly ntp: bigint;
}

/** A packet of a kind that a later server may send and that this decoder steps over. */
export interface UnknownMessage {
  readonly kind: "unknown";
  readonly packetKind: number;
}

export type Message = FrameMessage | ClockMessage | UnknownMessage;

const VERSION = 1;
const MAX_SIDE = 65535;
/** The fewest bytes that a ring takes: its count and three vertices of two one-byte steps. */
const MIN_RING_BYTES = 7;
const MIN_VERTEX_BYTES = 2;

const PACKET_FRAME = 0;
const PACKET_CLOCK = 1;
const RECORD_OUTLINE = 1;
const RECORD_NAME = 2;
const RECORD_TIMING = 3;
const RECORD_POLYGON = 4;
const RECORD_WALK = 5;

type TrackKey = number | bigint;

export class Decoder {
  #names: ReadonlyMap<TrackKey, string> = new Map();

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
      case PACKET_FRAME:
        return this.#frame(reader);
      case PACKET_CLOCK:
        return { kind: "clock", rtp: reader.u32(), ntp: reader.u64() };
      default:
        return { kind: "unknown", packetKind };
    }
  }

  #frame(reader: Reader): FrameMessage {
    const frameId = reader.u32();
    const width = side(reader);
    const height = side(reader);
    const outlines = new Map<TrackKey, Omit<Outline, "label">>();
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
          if (outlines.has(key)) throw new WireError(`object ${key.toString()} twice in a packet`);
          const read = READERS[recordKind];
          const [score, ageMs] = [payload.u8() / 255, payload.uint()];
          const rings = read(payload, width, height);
          outlines.set(key, { trackId: Number(key), score, ageMs, rings });
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
    const names = new Map<TrackKey, string>();
    const objects: Outline[] = [];
    for (const [key, found] of outlines) {
      const label = announced.get(key) ?? this.#names.get(key) ?? null;
      if (label !== null) names.set(key, label);
      objects.push({ ...found, label });
    }
    this.#names = names;
    return { kind: "frame", frameId, width, height, objects, timing };
  }
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
