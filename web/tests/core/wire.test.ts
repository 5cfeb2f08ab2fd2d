import { Decoder, type FrameMessage, WireError } from "rtseg";
import { describe, expect, it } from "vitest";

import { frame, name, outline, record, uint } from "./packets.js";

const triangle = [
  [10, 10],
  [10, 50],
  [60, 50],
] as const;
const hole = [
  [12, 20],
  [20, 30],
  [12, 30],
] as const;

function decodeFrame(decoder: Decoder, packet: Uint8Array): FrameMessage {
  const message = decoder.decode(packet);
  if (message.kind !== "frame") throw new Error(`expected a frame, got ${message.kind}`);
  return message;
}

describe("Decoder", () => {
  it("reads outlines, with the second ring relative to the first vertex of the first", () => {
    const packet = frame(
      { id: 0xfffffffe },
      outline({ trackId: 7, score: 51, ageMs: 300, rings: [triangle, hole] }),
    );
    const message = decodeFrame(new Decoder(), packet);
    expect(message).toMatchObject({ frameId: 0xfffffffe, width: 640, height: 360, timing: null });
    const [object] = message.objects;
    expect(object).toMatchObject({ trackId: 7, score: 0.2, ageMs: 300, label: null });
    expect(object?.rings.map((ring) => [...ring])).toEqual([triangle.flat(), hole.flat()]);
  });

  it("keeps a name while its object is there, and forgets it with the object", () => {
    const decoder = new Decoder();
    const cat = outline({ trackId: 1, rings: [triangle] });
    const label = (packet: Uint8Array) => decodeFrame(decoder, packet).objects[0]?.label;
    expect(label(frame({}, name(1, "Kätzchen"), cat))).toBe("Kätzchen");
    expect(label(frame({}, cat))).toBe("Kätzchen");
    expect(label(frame({}))).toBe(undefined);
    expect(label(frame({}, cat))).toBe(null);
  });

  it("is as it was after an error", () => {
    const decoder = new Decoder();
    const cat = outline({ trackId: 1, rings: [triangle] });
    decoder.decode(frame({}, cat, name(1, "cat")));
    expect(() => decoder.decode(frame({}, cat, name(1, "dog"), cat))).toThrow(WireError);
    expect(decodeFrame(decoder, frame({}, cat)).objects[0]?.label).toBe("cat");
  });

  it("steps over kinds, records and payload bytes that it does not know", () => {
    const decoder = new Decoder();
    expect(decoder.decode(Uint8Array.of(1, 9, 1, 2, 3))).toEqual({
      kind: "unknown",
      packetKind: 9,
    });
    const packet = frame({}, record(99, [1, 2, 3]), record(3, [1, 2, 3, 4, 5, 6, 7, 8, 9]));
    expect(decodeFrame(decoder, packet)).toMatchObject({ objects: [], timing: { modelUs: 7 } });
  });

  it("is exact where a bit operation would not be", () => {
    const handed = 1_800_000_000_123_456;
    const packet = frame({}, record(3, [...uint(handed), 1, 1, 1, 1, 1, 1]));
    expect(decodeFrame(new Decoder(), packet).timing?.handedUs).toBe(handed);
    const ntp = 0xe9_12_34_56_ff_ff_ff_fen;
    const bytes = Buffer.alloc(14);
    bytes.writeUInt8(1, 0);
    bytes.writeUInt8(1, 1);
    bytes.writeUInt32BE(0xf0000001, 2);
    bytes.writeBigUInt64BE(ntp, 6);
    expect(new Decoder().decode(bytes)).toEqual({ kind: "clock", rtp: 0xf0000001, ntp });
  });

  it("tells apart ids that are the same double", () => {
    const rounded = 2n ** 53n;
    const visible = (id: bigint) => record(1, [...uint(id), 255, 0, 0]);
    const packet = frame({}, visible(rounded), visible(rounded + 1n));
    expect(decodeFrame(new Decoder(), packet).objects).toHaveLength(2);
    const twice = frame({}, visible(rounded), visible(rounded));
    expect(() => new Decoder().decode(twice)).toThrow(WireError);
  });

  it.each<[string, Uint8Array]>([
    ["nothing", Uint8Array.of()],
    ["another version", Uint8Array.of(2, 0)],
    ["a header cut short", frame({}).subarray(0, 5)],
    ["a width over 65535", frame({ width: 65536 })],
    ["a varint that is not minimal", frame({}, [0x81, 0x00])],
    ["a varint of eleven bytes", frame({}, [...Array<number>(10).fill(0xff), 1])],
    ["a varint of 2^64", frame({}, [...Array<number>(9).fill(0x80), 2])],
    ["a record longer than the packet", frame({}, [1, 200])],
    ["a record that is too short for its fields", frame({}, record(1, [1, 255]))],
    ["a ring of two vertices", frame({}, record(1, [1, 255, 0, 1, 2, 0, 0, 2, 2, 0, 0, 0, 0]))],
    ["more rings than bytes", frame({}, record(1, [1, 255, 0, ...uint(2 ** 40)]))],
    [
      "more vertices than bytes",
      frame({}, record(1, [1, 255, 0, 1, ...uint(2 ** 40), 0, 0, 0, 0, 0])),
    ],
    [
      "a vertex left of the frame",
      frame(
        {},
        outline({
          trackId: 1,
          rings: [
            [
              [-1, 0],
              [1, 1],
              [2, 2],
            ],
          ],
        }),
      ),
    ],
    [
      "a vertex below the frame",
      frame(
        {},
        outline({
          trackId: 1,
          rings: [
            [
              [0, 361],
              [1, 1],
              [2, 2],
            ],
          ],
        }),
      ),
    ],
    ["a label that is not UTF-8", frame({}, record(2, [1, 0xc0, 0x80]))],
  ])("refuses %s", (_, packet) => {
    expect(() => new Decoder().decode(packet)).toThrow(WireError);
  });

  it("takes vertices on the frame's far edges", () => {
    const corner = [
      [640, 360],
      [0, 360],
      [640, 0],
    ] as const;
    const packet = frame({}, outline({ trackId: 1, rings: [corner] }));
    expect(decodeFrame(new Decoder(), packet).objects).toHaveLength(1);
  });
});

describe("any bytes", () => {
  const random = seeded(20260115n);
  const decodes = (decoder: Decoder, packet: Uint8Array) => {
    try {
      decoder.decode(packet);
      return true;
    } catch (error) {
      if (!(error instanceof WireError)) throw error;
      return false;
    }
  };

  it("decode or throw the one error", () => {
    const decoder = new Decoder();
    for (let round = 0; round < 20_000; round++) {
      const packet = Uint8Array.from({ length: random(48) }, () => random(256));
      packet[0] = 1;
      if (packet.length > 1) packet[1] = random(3);
      decodes(decoder, packet);
    }
  });

  it("do so too as coded bits", () => {
    const decoder = new Decoder();
    let survived = 0;
    for (let round = 0; round < 20_000; round++) {
      const bits = Array.from({ length: random(60) }, () => random(256));
      const packet = frame({}, record(4 + random(2), [1, 255, 0, 1, ...bits]));
      if (decodes(decoder, packet)) survived++;
    }
    expect(survived).toBeGreaterThan(200);
    expect(survived).toBeLessThan(19_000);
  });

  it("do so too when they are nearly right", () => {
    const good = frame(
      {},
      outline({ trackId: 3, ageMs: 40, rings: [triangle, hole] }),
      name(3, "tasse ☕"),
      record(3, Array.from({ length: 7 }, () => uint(random(1e9))).flat()),
    );
    const decoder = new Decoder();
    let survived = 0;
    for (let round = 0; round < 20_000; round++) {
      const packet = good.slice(0, random(10) === 0 ? random(good.length) : good.length);
      for (let flips = random(4); flips > 0; flips--) packet[random(packet.length)] = random(256);
      if (decodes(decoder, packet)) survived++;
    }
    // Both ends of the road were walked.
    expect(survived).toBeGreaterThan(1000);
    expect(survived).toBeLessThan(19_000);
  });
});

/** A seeded linear congruential generator (Knuth's constants), so that a failure comes again. */
function seeded(seed: bigint): (below: number) => number {
  return (below) => {
    seed = (seed * 6364136223846793005n + 1442695040888963407n) & 0xffffffffffffffffn;
    return Number(((seed >> 33n) * BigInt(below)) >> 31n);
  };
}
