/**
 * What decoding and drawing cost where they happen: `rtseg bench decode` runs this in Node and in a
 * page. Packets come from the Python encoder; times go back as they are, and are summed up there.
 */

import { toSvgPath, trace } from "../src/core/path.js";
import { ringsOf, parsePath } from "../src/core/svgpath.js";
import { Decoder, type FrameMessage } from "../src/core/wire.js";
import { DRAWN, type Drawn, timeDrawing } from "./draw.js";
import { clockStepMs, type Samples, timeCold, timeWarm } from "./timing.js";

/** Streams of one kind; `packets` are Base64. */
export interface Group {
  readonly minIou: number;
  readonly objects: number;
  readonly streams: readonly { readonly name: string; readonly packets: readonly string[] }[];
}

export interface GroupTimes {
  readonly minIou: number;
  readonly objects: number;
  readonly ways: Readonly<Record<string, Samples>>;
  readonly drawn: readonly Drawn[];
}

export interface Times {
  readonly clockStepMs: number;
  /** The first stream of the first group, before any other code of the decoder ran. */
  readonly cold: Samples;
  readonly groups: readonly GroupTimes[];
}

/** Sizes of canvas to draw on; none outside of a page. */
type Sizes = readonly (readonly [number, number])[];

export function run(groups: readonly Group[], sizes: Sizes): Times {
  const inPage = "document" in globalThis;
  const stepMs = clockStepMs();
  // Finer outlines than those that the page gets are not what it draws.
  const leastIou = Math.min(...groups.map(({ minIou }) => minIou));
  const coldest = groups[0]?.streams[0]?.packets.map(bytes) ?? [];
  const cold = timeCold(coldest, openDecoder);
  return {
    clockStepMs: stepMs,
    cold,
    groups: groups.map((group) =>
      times(group, stepMs, inPage, group.minIou === leastIou ? sizes : []),
    ),
  };
}

function times(group: Group, stepMs: number, inPage: boolean, sizes: Sizes): GroupTimes {
  const packets = group.streams.map((stream) => stream.packets.map(bytes));
  const frames = packets.map(decodeAll);
  const texts = frames.map((stream) => stream.map(asJson));
  const ways: Record<string, Samples> = {
    decode: timeWarm(packets, openDecoder, stepMs),
    json: timeWarm(texts, () => readJson, stepMs),
  };
  if (inPage) {
    ways["decode_to_path"] = timeWarm(packets, openDrawnDecoder, stepMs);
    ways["json_to_path"] = timeWarm(texts, () => drawJson, stepMs);
  }
  const drawn = (inPage ? sizes : []).flatMap((size) =>
    DRAWN.map((effect) => timeDrawing(frames.flat(), size, effect)),
  );
  return { minIou: group.minIou, objects: group.objects, ways, drawn };
}

function bytes(text: string): Uint8Array {
  return Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
}

function decodeAll(packets: readonly Uint8Array[]): FrameMessage[] {
  const decoder = new Decoder();
  return packets.flatMap((packet) => {
    const message = decoder.decode(packet);
    return message.kind === "frame" ? [message] : [];
  });
}

function openDecoder(): (packet: Uint8Array) => unknown {
  const decoder = new Decoder();
  return (packet) => decoder.decode(packet);
}

function openDrawnDecoder(): (packet: Uint8Array) => unknown {
  const decoder = new Decoder();
  return (packet) => {
    const message = decoder.decode(packet);
    if (message.kind !== "frame") return null;
    return message.objects.map(({ rings }) => {
      const path = new Path2D();
      trace(rings, path);
      return path;
    });
  };
}

// The simple way: the same outlines as SVG path text in JSON, in pixels, which is the shortest.

interface Told {
  readonly frame_id: number;
  readonly objects: readonly {
    readonly track_id: number;
    readonly score: number;
    readonly age_ms: number;
    readonly path: string;
  }[];
}

function asJson({ frameId, objects }: FrameMessage): string {
  const told: Told = {
    frame_id: frameId,
    objects: objects.map(({ trackId, score, ageMs, rings }) => ({
      track_id: trackId,
      score: Math.round(score * 1000) / 1000,
      age_ms: ageMs,
      path: toSvgPath(rings),
    })),
  };
  return JSON.stringify(told);
}

const WHOLE = { xMin: 0, yMin: 0, xMax: 1, yMax: 1 };
const UNIT = { width: 1, height: 1 };

function readJson(text: string): unknown {
  const { objects } = JSON.parse(text) as Told;
  return objects.map(({ path }) => ringsOf(parsePath(path, false), WHOLE, UNIT));
}

function drawJson(text: string): unknown {
  const { objects } = JSON.parse(text) as Told;
  return objects.map(({ path }) => new Path2D(path));
}
