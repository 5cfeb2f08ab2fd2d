/** Frames that build upon others, and come in parts, late or twice. */

import { Decoder, WireError } from "rtseg";
import { describe, expect, it } from "vitest";

import { frame, outline, record, uint } from "./packets.js";

describe("frames that say what changed", () => {
  const square = [
    [3, 5],
    [3, 6],
    [4, 6],
    [4, 5],
  ] as const;

  function changed(
    id: number,
    since: number,
    ...records: readonly (readonly number[])[]
  ): Uint8Array {
    const head = [1, 3, id >>> 24, (id >>> 16) & 255, (id >>> 8) & 255, id & 255];
    return Uint8Array.from([...head, ...uint(since), ...records.flat()]);
  }

  it("keeps what is right where the base never came", () => {
    const decoder = new Decoder();
    expect(decoder.decode(changed(9, 1, record(7, [1])))).toEqual({
      kind: "stale",
      frameId: 9,
      baseId: 8,
    });
    decoder.decode(frame({ id: 8 }, outline({ trackId: 1, rings: [square] })));
    const message = decoder.decode(changed(9, 1, record(7, [1])));
    expect(message.kind === "frame" && message.objects[0]?.rings).toEqual([
      Uint16Array.from(square.flat()),
    ]);
  });

  it("builds upon any of the latest 64 frames, and owes an acknowledgement for each", () => {
    const decoder = new Decoder();
    expect(decoder.takeAcknowledgement()).toBe(null);
    for (let id = 1; id <= 65; id++) {
      decoder.decode(frame({ id }, outline({ trackId: 1, rings: [square] })));
    }
    expect(decoder.takeAcknowledgement()).toEqual(Uint8Array.of(1, 5, 0, 0, 0, 65));
    expect(decoder.takeAcknowledgement()).toBe(null);
    expect(decoder.decode(changed(70, 69, record(7, [1]))).kind).toBe("stale");
    expect(decoder.isStale).toBe(true);
    expect(decoder.takeAcknowledgement()).toBe(null);
    expect(decoder.decode(changed(66, 64, record(7, [1]))).kind).toBe("frame");
    expect(decoder.isStale).toBe(true);
    expect(decoder.decode(changed(70, 67, record(7, [1]))).kind).toBe("frame");
    expect(decoder.isStale).toBe(false);
    expect(decoder.decode(changed(69, 59, record(7, [1])))).toEqual({ kind: "late", frameId: 69 });
    expect(decoder.takeAcknowledgement()).toEqual(Uint8Array.of(1, 5, 0, 0, 0, 70));
  });

  it("forgets the parts of a frame that comes whole after all", () => {
    const decoder = new Decoder();
    const part = (index: number) => {
      const name = outline({ trackId: index, rings: [square] });
      return Uint8Array.from([1, 4, 0, 0, 0, 9, 0, ...uint(640), ...uint(360), index, 2, ...name]);
    };
    const first = decoder.decode(part(0));
    expect(first).toMatchObject({ kind: "frame", isWhole: false });
    expect(decoder.takeAcknowledgement()).toBe(null);
    for (let id = 9; id <= 73; id++) decoder.decode(frame({ id }));
    decoder.takeAcknowledgement();
    expect(decoder.decode(part(1)).kind).toBe("late");
    expect(decoder.takeAcknowledgement()).toBe(null);
    decoder.decode(part(0));
    expect(decoder.takeAcknowledgement()).not.toBe(null);
  });

  it("decodes any changes or throws the one error, and is then as it was", () => {
    let seed = 7;
    const dice = (below: number) => {
      seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
      return Math.floor((seed / 2 ** 32) * below);
    };
    const decoder = new Decoder();
    decoder.decode(frame({ id: 0 }, outline({ trackId: 1, rings: [square, square] })));
    let [base, frames] = [0, 0];
    for (let id = 1; id < 1500; id++) {
      const tail = Array.from({ length: dice(12) }, () => (dice(3) === 0 ? 0 : dice(256)));
      try {
        const message = decoder.decode(changed(id, id - base, record(6 + dice(2), [1, ...tail])));
        if (message.kind !== "frame") throw new Error(`a ${message.kind} message`);
        [base, frames] = [id, frames + 1];
        expect(message.objects[0]?.rings.map((ring) => ring.length)).toEqual([8, 8]);
      } catch (error) {
        if (!(error instanceof WireError)) throw error;
      }
    }
    expect(frames).toBeGreaterThan(100);
  });
});
