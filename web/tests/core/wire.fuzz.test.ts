/** Packets that are nearly right: every golden vector, damaged, in streams that go on. */

import { existsSync, readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

import { Decoder, type Message, WireError } from "rtseg";
import { describe, expect, it } from "vitest";

import { frame, record, uint } from "./packets.js";

const folder = fileURLToPath(new URL("../../../tests/vectors/wire/", import.meta.url));
const files = existsSync(folder) ? readdirSync(folder).filter((one) => one.endsWith(".json")) : [];
const streams = files.map((file) => {
  const { packets } = JSON.parse(readFileSync(folder + file, "utf-8")) as { packets: string[] };
  return { file, packets: packets.map((hex) => Uint8Array.from(Buffer.from(hex, "hex"))) };
});

function dice(seed: number): (below: number) => number {
  return (below) => {
    seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
    return Math.floor((seed / 2 ** 32) * below);
  };
}

function decodeOrNull(decoder: Decoder, packet: Uint8Array): Message | null {
  try {
    return decoder.decode(packet);
  } catch (error) {
    if (!(error instanceof WireError)) throw error;
    return null;
  }
}

/** What is drawn is never outside of its frame, nor anything but rings. */
function mustBeSound(message: Message): void {
  if (message.kind !== "frame") return;
  const sides = [message.width, message.height];
  for (const { rings } of message.objects) {
    const isInside = (value: number, at: number) => value <= (sides[at % 2] ?? 0);
    expect(rings.every((ring) => ring.length >= 6 && ring.every(isInside))).toBe(true);
  }
}

function damaged(packet: Uint8Array, random: (below: number) => number): Uint8Array {
  const bytes = [...packet];
  for (let wounds = 1 + random(3); wounds > 0 && bytes.length > 2; wounds--) {
    const at = 2 + random(bytes.length - 2);
    const what = random(10);
    if (what < 7) bytes[at] = random(256);
    else if (what < 8) bytes.splice(at, 1);
    else if (what < 9) bytes.splice(at, 0, random(256));
    else bytes.length = at;
  }
  return Uint8Array.from(bytes);
}

describe.skipIf(files.length === 0)("damaged golden vectors (none in tests/vectors/wire)", () => {
  it.each(streams)("$file", ({ packets }) => {
    const random = dice(packets.length);
    const rounds = Math.ceil(400 / packets.length);
    for (let round = 0; round < rounds; round++) {
      const decoder = new Decoder();
      for (const packet of packets) {
        const isHurt = random(3) === 0;
        const message = decodeOrNull(decoder, isHurt ? damaged(packet, random) : packet);
        if (message !== null) mustBeSound(message);
      }
    }
  });
});

describe("an error", () => {
  it("leaves the decoder as it was, wherever the packet breaks", () => {
    const random = dice(3);
    for (const { packets } of streams) {
      const [hurt, well] = [new Decoder(), new Decoder()];
      for (const packet of packets) {
        const broken = damaged(packet, random);
        // What still decodes is heard by both.
        if (decodeOrNull(hurt, broken) !== null) well.decode(broken);
        expect(decodeOrNull(hurt, packet)).toEqual(decodeOrNull(well, packet));
        expect(hurt.isStale).toBe(well.isStale);
        expect(hurt.takeAcknowledgement()).toEqual(well.takeAcknowledgement());
      }
    }
  });
});

describe("the largest claims", () => {
  const bits = Array.from({ length: 900 }, (_, at) => (at * 7) % 256);
  it.each<[string, number[]]>([
    ["a coarse outline of any bits", record(10, [1, 255, 0, 9, 3, 1, ...bits])],
    [
      "as many sections as there are numbers",
      record(10, [1, 255, 0, 9, ...uint(2n ** 64n - 1n), 1]),
    ],
    ["a polygon of nothing but ones", record(4, [1, 255, 0, 1, ...Array<number>(900).fill(255)])],
    ["a walk of nothing but zeros", record(5, [1, 255, 0, ...Array<number>(900).fill(0)])],
  ])("take little: %s", (_, records) => {
    const decoder = new Decoder();
    const message = decodeOrNull(decoder, frame({ width: 65535, height: 65535 }, records));
    if (message?.kind !== "frame") return;
    const vertices = message.objects[0]?.rings.reduce((sum, ring) => sum + ring.length / 2, 0) ?? 0;
    expect(vertices).toBeLessThanOrEqual(64 * (records.length + 64));
  });
});
