/** Packets that come twice, as a server sends them where many are lost. */

import { Decoder, type FrameMessage } from "rtseg";
import { describe, expect, it } from "vitest";

import { isRepeat } from "../../src/core/repeats.js";
import { frame, name, outline, uint } from "./packets.js";

const square = [
  [3, 5],
  [3, 6],
  [4, 6],
  [4, 5],
] as const;
const moved = [
  [4, 5],
  [4, 6],
  [5, 6],
  [5, 5],
] as const;

function decoded(...packets: readonly Uint8Array[]): FrameMessage[] {
  const decoder = new Decoder();
  return packets.flatMap((packet) => {
    const message = decoder.decode(packet);
    return message.kind === "frame" ? [message] : [];
  });
}

/** Whether the second of two packets repeats the first. */
function repeats(first: Uint8Array, second: Uint8Array): boolean {
  const [one, other] = decoded(first, second);
  if (one === undefined || other === undefined) throw new Error("not two frames");
  return isRepeat(other, one);
}

describe("a frame that comes a second time", () => {
  const cat = frame({}, outline({ trackId: 1, rings: [square, moved] }), name(1, "cat"));

  it("is a repeat, and the first of all is none", () => {
    expect(repeats(cat, cat)).toBe(true);
    expect(repeats(frame({}), frame({}))).toBe(true);
    const [one] = decoded(cat);
    expect(one && isRepeat(one, null)).toBe(false);
  });

  it.each<[string, Uint8Array]>([
    ["another frame", frame({ id: 2 }, outline({ trackId: 1, rings: [square, moved] }))],
    ["another size", frame({ width: 641 }, outline({ trackId: 1, rings: [square, moved] }))],
    ["another object", frame({}, outline({ trackId: 2, rings: [square, moved] }))],
    ["another score", frame({}, outline({ trackId: 1, score: 9, rings: [square, moved] }))],
    ["another age", frame({}, outline({ trackId: 1, ageMs: 9, rings: [square, moved] }))],
    ["another name", frame({}, outline({ trackId: 1, rings: [square, moved] }), name(1, "dog"))],
    ["a vertex elsewhere", frame({}, outline({ trackId: 1, rings: [square, square] }))],
    ["a ring less", frame({}, outline({ trackId: 1, rings: [square] }))],
    ["no object any more", frame({})],
  ])("is none with %s, whatever its frame_id", (_, packet) => {
    expect(repeats(cat, packet)).toBe(false);
  });

  it("is none as long as parts are missing, whatever they say", () => {
    const part = (index: number, count: number, records: readonly number[]) =>
      Uint8Array.from([1, 4, 0, 0, 0, 9, 0, ...uint(640), ...uint(360), index, count, ...records]);
    const [first, second, whole] = decoded(
      part(0, 3, outline({ trackId: 1, rings: [square] })),
      part(1, 3, []),
      part(2, 3, []),
    );
    expect(second?.objects).toEqual(first?.objects);
    expect(second && first && isRepeat(second, first)).toBe(false);
    expect(whole?.isWhole).toBe(true);
    expect(whole && second && isRepeat(whole, second)).toBe(false);
  });
});
