/** What the records of one packet of docs/wire.md tell. */

import { WireError } from "./errors.js";
import { type Frame, type Known, RTP_TICKS_PER_MS, type TrackKey } from "./frames.js";
import type { FrameTiming, Stage, WireRing } from "./messages.js";
import { movedRings } from "./moves.js";
import {
  type Evidence,
  readBox,
  readEvidence,
  readPlain,
  readPolygon,
  readShift,
  readWalk,
} from "./outlines.js";
import type { Reader } from "./reader.js";
import { readRoll } from "./roll.js";
import { Draft } from "./sections.js";

const OUTLINE = 1;
const NAME = 2;
const TIMING = 3;
const POLYGON = 4;
const WALK = 5;
const SHIFT = 6;
const SAME = 7;
const MOVED = 8;
const BOX = 9;
const COARSE = 10;
const SECTION = 11;
const ROLL = 12;

/** Of which frame the records are. */
export interface Header {
  readonly frameId: number;
  readonly width: number;
  readonly height: number;
  /** What it says the changes of; null if it stands for itself. */
  readonly base: Frame | null;
  /** RTP ticks since the base. */
  readonly since: number;
  readonly isPart: boolean;
  /** What is known of an object already: in the base, or on show. */
  readonly before: (key: TrackKey) => Known | undefined;
}

/** An outline, or a coarse one with the sections that came along. */
export interface ToldObject extends Evidence {
  readonly trackId: number;
  /** As told, or as it was before. */
  readonly label: string | null;
  readonly shape: { readonly stage: Stage; readonly rings: readonly WireRing[] } | Draft;
}

export interface Told {
  readonly objects: ReadonlyMap<TrackKey, ToldObject>;
  /** That this packet tells. */
  readonly names: ReadonlyMap<TrackKey, string>;
  readonly timing: FrameTiming | null;
  /** All objects of the frame; null if this packet does not list them. */
  readonly roll: ReadonlySet<TrackKey> | null;
}

/** Read records to the end of the packet. */
export function readRecords(reader: Reader, header: Header): Told {
  const { width, height, base, isPart } = header;
  const objects = new Map<TrackKey, Omit<ToldObject, "label">>();
  const names = new Map<TrackKey, string>();
  let timing: FrameTiming | null = null;
  let roll: ReadonlySet<TrackKey> | null = null;

  const add = (key: TrackKey, evidence: Evidence, shape: ToldObject["shape"]) => {
    if (objects.has(key)) throw new WireError(`object ${key} twice in a packet`);
    objects.set(key, { trackId: Number(key), ...evidence, shape });
  };

  while (reader.left > 0) {
    const kind = reader.uint();
    const payload = reader.span(reader.uint());
    switch (kind) {
      case OUTLINE:
      case POLYGON:
      case WALK:
      case BOX: {
        const key = payload.exactUint();
        const evidence = { scoreU8: payload.u8(), age: payload.exactUint() };
        const rings = READERS[kind](payload, width, height);
        add(key, evidence, { stage: kind === BOX ? "box" : "fine", rings });
        break;
      }
      case COARSE: {
        const key = payload.exactUint();
        const evidence = { scoreU8: payload.u8(), age: payload.exactUint() };
        add(key, evidence, Draft.read(payload, width, height));
        break;
      }
      case SECTION: {
        const shape = objects.get(payload.exactUint())?.shape;
        if (!(shape instanceof Draft)) throw new WireError("a section of no coarse outline");
        shape.addSection(payload);
        break;
      }
      case SHIFT:
      case SAME:
      case MOVED: {
        if (base === null) break; // in a frame that stands for itself they mean nothing
        const key = payload.exactUint();
        const before = base.objects.get(key);
        if (before === undefined) throw new WireError("a change of an object not in the base");
        const olderMs = Math.floor((header.since + RTP_TICKS_PER_MS / 2) / RTP_TICKS_PER_MS);
        const evidence = readEvidence(payload, before, olderMs, kind === SAME);
        const { stage, rings } = before.outline;
        add(key, evidence, { stage, rings: CHANGES[kind](payload, rings, width, height) });
        break;
      }
      case NAME:
        names.set(payload.exactUint(), payload.text());
        break;
      case TIMING:
        timing = readTiming(payload);
        break;
      case ROLL:
        if (!isPart) break;
        if (roll !== null) throw new WireError("two rolls in a frame");
        roll = readRoll(payload);
        break;
      default: // a record of a later version
    }
  }
  const named = new Map<TrackKey, ToldObject>();
  for (const [key, object] of objects) {
    const label = names.get(key) ?? header.before(key)?.outline.label ?? null;
    named.set(key, { ...object, label });
  }
  return { objects: named, names, timing, roll };
}

const READERS = {
  [OUTLINE]: readPlain,
  [POLYGON]: readPolygon,
  [WALK]: readWalk,
  [BOX]: readBox,
};

const CHANGES = {
  [SHIFT]: readShift,
  [SAME]: (_: Reader, rings: readonly WireRing[]) => rings,
  [MOVED]: (payload: Reader, rings: readonly WireRing[], width: number, height: number) =>
    movedRings(payload.rest(), rings, width, height),
};

function readTiming(reader: Reader): FrameTiming {
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
