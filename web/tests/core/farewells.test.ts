/** Outlines that are going, by a clock that the test turns. */

import type { FrameMessage, Outline, Standing, WireRing } from "rtseg";
import { beforeEach, describe, expect, it } from "vitest";

import { Farewells } from "../../src/core/farewells.js";

const FADE_MS = 200;
const rings = [Uint16Array.of(0, 0, 0, 9, 9, 9)];
const FOLLOWED: Standing = { state: "followed", confidence: 0.9 };
const LOST: Standing = { state: "lost", confidence: 0 };

function object(trackId: number, standing: Standing | null, drawn: WireRing[] = []): Outline {
  return {
    trackId,
    standing,
    rings: drawn,
    score: 1,
    ageMs: 0,
    label: null,
    stage: "fine",
    frameId: 1,
  };
}

function frame(objects: Outline[], width = 640): FrameMessage {
  return { kind: "frame", frameId: 1, width, height: 360, objects, isWhole: true, timing: null };
}

describe("what is lost", () => {
  const there = frame([object(1, FOLLOWED, rings), object(2, FOLLOWED, rings)]);
  const oneLost = frame([object(1, LOST), object(2, FOLLOWED, rings)]);
  let farewells: Farewells;
  beforeEach(() => {
    farewells = new Farewells();
    farewells.take(there, null, 0);
    farewells.take(oneLost, there, 1000);
  });
  const left = (now: number) =>
    farewells.left(now, FADE_MS).map(({ outline, left }) => [outline.trackId, left]);

  it("fades as it was last seen, however many frames come, and is gone", () => {
    expect(left(1000)).toEqual([[1, 1]]);
    expect(farewells.left(1000, FADE_MS)[0]?.outline.rings).toBe(rings);
    farewells.take(oneLost, oneLost, 1050);
    expect(left(1150)).toEqual([[1, 0.25]]);
    expect(left(1200)).toEqual([]);
    expect(left(1100)).toEqual([]);
  });

  it("does not fade when it is there again, or is not asked for any more", () => {
    farewells.take(there, oneLost, 1050);
    expect(left(1050)).toEqual([]);
    farewells.take(oneLost, there, 1100);
    expect(left(1100)).toEqual([[1, 1]]);
    farewells.take(frame([object(2, FOLLOWED, rings)]), oneLost, 1110);
    expect(left(1110)).toEqual([]);
  });

  it("ends with the picture's size, and at once", () => {
    farewells.take(frame([object(1, LOST)], 320), oneLost, 1050);
    expect(left(1050)).toEqual([]);
    farewells.take(there, null, 1100);
    farewells.take(oneLost, there, 1100);
    expect(farewells.left(1100, 0)).toEqual([]);
  });

  it("is only what the tracker calls lost", () => {
    const other = new Farewells();
    other.take(frame([object(1, null), object(2, FOLLOWED)]), there, 0);
    expect(other.left(0, FADE_MS)).toEqual([]);
    const box = frame([{ ...object(1, null, rings), stage: "box" }]);
    other.take(frame([object(1, LOST)]), box, 0);
    expect(other.left(0, FADE_MS)).toEqual([]);
  });
});
