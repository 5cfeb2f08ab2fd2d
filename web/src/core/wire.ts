/**
 * The decoder of docs/wire.md, version 1: bytes in, messages out.
 *
 * It does no I/O and reads no clock. It keeps the latest frames, for others that say what changed
 * since, and what is on show. A packet is decoded whole or not at all.
 */

import { WireError } from "./errors.js";
import { type Frame, KeptFrames, type TrackKey } from "./frames.js";
import { frameOf } from "./framing.js";
import type { FrameMessage, FrameTiming, Message } from "./messages.js";
import { MAX_SIDE } from "./outlines.js";
import { agrees, inOrder, noParts, only, PartialFrames, withPart } from "./parts.js";
import { Reader } from "./reader.js";
import { type Header, readRecords } from "./records.js";
import { Shown } from "./shown.js";

export type {
  AckMessage,
  ClockMessage,
  FrameMessage,
  FrameTiming,
  LateMessage,
  Message,
  Outline,
  OutlineRing,
  Stage,
  StaleMessage,
  Standing,
  TrackState,
  UnknownMessage,
  WireRing,
} from "./messages.js";

const VERSION = 1;

const FRAME = 0;
const CLOCK = 1;
const CHANGED = 3;
const PART = 4;
const ACK = 5;

const MOST_PARTS = 1024;
const RTP_MODULUS = 2 ** 32;

export class Decoder {
  readonly #kept = new KeptFrames();
  readonly #partial = new PartialFrames();
  readonly #shown = new Shown();
  #owesAck = false;

  /** A frame that is newer than what is drawn came and could not be decoded: a base is missing. */
  get isStale(): boolean {
    return this.#shown.isStale;
  }

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
      case FRAME: {
        const frameId = reader.u32();
        const [width, height] = [readSide(reader), readSide(reader)];
        return this.#frame(reader, this.#header(frameId, width, height, null, 0));
      }
      case CHANGED:
        return this.#changed(reader);
      case PART:
        return this.#part(reader);
      case ACK:
        return { kind: "ack", frameId: reader.u32() };
      case CLOCK:
        return { kind: "clock", rtp: reader.u32(), ntp: reader.u64() };
      default:
        return { kind: "unknown", packetKind };
    }
  }

  /**
   * What the sender is owed for what was decoded since this was last called: a packet that
   * acknowledges the newest frame; null if it is owed nothing. Only on a stream that may lose
   * packets does a sender want to know.
   */
  takeAcknowledgement(): Uint8Array<ArrayBuffer> | null {
    const newest = this.#kept.newestId;
    if (!this.#owesAck || newest === null) return null;
    this.#owesAck = false;
    return Uint8Array.of(VERSION, ACK, newest >>> 24, newest >>> 16, newest >>> 8, newest);
  }

  #changed(reader: Reader): Message {
    const frameId = reader.u32();
    const since = readSince(reader, 1);
    const base = this.#base(frameId, since);
    if (base === undefined) return this.#missed(frameId, since);
    return this.#frame(reader, this.#header(frameId, base.width, base.height, base, since));
  }

  #frame(reader: Reader, header: Header): Message {
    const { objects, timing } = readRecords(reader, header);
    // From here on nothing throws.
    this.#partial.delete(header.frameId);
    return this.#whole(frameOf(header, objects), timing);
  }

  #part(reader: Reader): Message {
    const frameId = reader.u32();
    const since = readSince(reader, 0);
    const size = since === 0 ? ([readSide(reader), readSide(reader)] as const) : null;
    const [index, count] = [reader.uint(), reader.uint()];
    if (index >= count || count > MOST_PARTS) throw new WireError(`part ${index} of ${count}`);
    if (this.#kept.get(frameId) !== undefined) return { kind: "late", frameId };
    const base = since === 0 ? null : this.#base(frameId, since);
    if (base === undefined) return this.#missed(frameId, since);
    const header = { frameId, since, size, count };
    const before = this.#partial.get(frameId) ?? noParts(header);
    if (!agrees(before.header, header)) throw new WireError("parts of one frame that disagree");
    if (before.parts.has(index)) return { kind: "late", frameId };

    const [width, height] = size ?? [base?.width ?? 0, base?.height ?? 0];
    const part = { ...this.#header(frameId, width, height, base, since), isPart: true };
    const told = readRecords(reader, part);
    const partial = withPart(before, index, told);
    // From here on nothing throws.
    if (partial.parts.size === count) {
      this.#partial.delete(frameId);
      return this.#whole(frameOf(part, inOrder(partial)), told.timing);
    }
    this.#partial.set(partial);
    if (this.#shown.isLate(frameId)) return { kind: "late", frameId };
    // Of the objects of this part what all parts that came say of them.
    const now = only(partial.objects, told.objects.keys());
    this.#shown.showPart(frameOf(part, now), partial.roll);
    return this.#message(part, false, told.timing);
  }

  #header(
    frameId: number,
    width: number,
    height: number,
    base: Frame | null,
    since: number,
  ): Header {
    const before = (key: TrackKey) =>
      base === null ? this.#shown.get(key) : base.objects.get(key);
    return { frameId, width, height, base, since, isPart: false, before };
  }

  #base(frameId: number, since: number): Frame | undefined {
    return this.#kept.get(baseId(frameId, since));
  }

  #missed(frameId: number, since: number): Message {
    this.#shown.miss(frameId);
    return { kind: "stale", frameId, baseId: baseId(frameId, since) };
  }

  #whole(frame: Frame, timing: FrameTiming | null): Message {
    this.#kept.add(frame);
    this.#owesAck = true;
    if (this.#shown.isLate(frame.frameId)) return { kind: "late", frameId: frame.frameId };
    this.#shown.showWhole(frame);
    return this.#message(frame, true, timing);
  }

  #message(
    { frameId, width, height }: Omit<Frame, "objects">,
    isWhole: boolean,
    timing: FrameTiming | null,
  ): FrameMessage {
    const objects = this.#shown.objects.map(({ outline }) => outline);
    return { kind: "frame", frameId, width, height, objects, isWhole, timing };
  }
}

function baseId(frameId: number, since: number): number {
  return (frameId - since + RTP_MODULUS) % RTP_MODULUS;
}

function readSince(reader: Reader, least: number): number {
  const since = reader.uint();
  if (since < least || since >= RTP_MODULUS) throw new WireError(`a base ${since} ticks before`);
  return since;
}

function readSide(reader: Reader): number {
  const length = reader.uint();
  if (length > MAX_SIDE) throw new WireError(`frame side of ${length}, at most ${MAX_SIDE}`);
  return length;
}
