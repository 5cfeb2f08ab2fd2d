/** The golden vectors that every implementation of docs/wire.md reads. */

import { existsSync, readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

import { Decoder, type FrameTiming, type Message, type Standing, WireError } from "rtseg";
import { describe, expect, it } from "vitest";

type Expected =
  | { frame: unknown }
  | { clock: { rtp: number; ntp: string } }
  | { late: { frame_id: number } }
  | { stale: { frame_id: number; base_id: number } }
  | { ack: { frame_id: number } }
  | { skipped: true }
  | { error: true };

interface Vector {
  readonly name: string;
  readonly packets: readonly string[];
  readonly expect: readonly Expected[];
}

const folder = fileURLToPath(new URL("../../../tests/vectors/wire/", import.meta.url));
const files = existsSync(folder)
  ? readdirSync(folder)
      .filter((name) => name.endsWith(".json"))
      .sort()
  : [];

describe.skipIf(files.length === 0)("golden vectors (none in tests/vectors/wire)", () => {
  it.each(files)("%s", (file) => {
    const vector = JSON.parse(readFileSync(folder + file, "utf-8")) as Vector;
    expect(vector.packets.length).toBe(vector.expect.length);
    // One decoder for the whole file: errors and skipped packets must leave it as it was.
    const decoder = new Decoder();
    const seen = vector.packets.map((hex) => decodeOrError(decoder, hex));
    expect(seen).toEqual(vector.expect);
  });
});

function decodeOrError(decoder: Decoder, hex: string): Expected {
  try {
    return plain(decoder.decode(Uint8Array.from(Buffer.from(hex, "hex"))));
  } catch (error) {
    if (error instanceof WireError) return { error: true };
    throw error;
  }
}

/** A message in the vectors' own words. */
function plain(message: Message): Expected {
  switch (message.kind) {
    case "unknown":
      return { skipped: true };
    case "late":
      return { late: { frame_id: message.frameId } };
    case "ack":
      return { ack: { frame_id: message.frameId } };
    case "stale":
      return { stale: { frame_id: message.frameId, base_id: message.baseId } };
    case "clock":
      return { clock: { rtp: message.rtp, ntp: message.ntp.toString() } };
    case "frame":
      return {
        frame: {
          frame_id: message.frameId,
          width: message.width,
          height: message.height,
          objects: message.objects.map((object) => ({
            track_id: object.trackId,
            score_u8: Math.round(object.score * 255),
            age_ms: object.ageMs,
            label: object.label,
            rings: object.rings.map((ring) =>
              Array.from({ length: ring.length / 2 }, (_, at) => [ring[2 * at], ring[2 * at + 1]]),
            ),
            ...(object.stage === "fine" ? {} : { stage: object.stage }),
            ...plainStanding(object.standing),
            ...(object.frameId === message.frameId ? {} : { frame_id: object.frameId }),
          })),
          timing: message.timing === null ? null : plainTiming(message.timing),
          ...(message.isWhole ? {} : { whole: false }),
        },
      };
  }
}

function plainStanding(standing: Standing | null): object {
  if (standing === null) return {};
  const { state, confidence } = standing;
  return { standing: { state, confidence_u8: Math.round(confidence * 255) } };
}

function plainTiming(timing: FrameTiming): Record<string, number> {
  return {
    handed_us: timing.handedUs,
    decode_us: timing.decodeUs,
    wait_us: timing.waitUs,
    track_us: timing.trackUs,
    path_us: timing.pathUs,
    encode_us: timing.encodeUs,
    model_us: timing.modelUs,
  };
}
