import type { ActivePrompt, FrameMessage } from "rtseg";
import { beforeEach, describe, expect, it } from "vitest";

import { findings, PATIENCE_MS, type Search } from "../../demo/src/findings.js";

const triangle = Uint16Array.of(0, 0, 0, 9, 9, 9);
const frame = (...visible: number[]): FrameMessage => ({
  kind: "frame",
  frameId: 1,
  width: 640,
  height: 360,
  objects: [1, 2, 3].map((trackId) => ({
    trackId,
    score: 1,
    ageMs: 0,
    label: null,
    stage: "fine",
    frameId: 1,
    rings: visible.includes(trackId) ? [triangle] : [],
  })),
  isWhole: true,
  timing: null,
});
const active: ActivePrompt[] = [
  { id: "a", text: "cat", points: [], box: null, label: "cat", model: "m", objects: [1, 2] },
];

describe("findings", () => {
  let searches: Map<string, Search>;
  beforeEach(() => {
    searches = new Map();
  });
  const at = (now: number, shown: FrameMessage | null, answers = active) =>
    findings([{ id: "a", text: "cat" }], answers, shown, searches, now).get("a");

  it("is looking as long as there is a box and no outline", () => {
    const { objects, ...rest } = frame(1);
    const boxed = { ...rest, objects: objects.map((one) => ({ ...one, stage: "box" as const })) };
    expect(at(0, boxed)?.kind).toBe("looking");
    expect(at(0, frame(1))?.kind).toBe("found");
  });

  it("is looking until the server has answered, however long that takes", () => {
    expect(at(0, frame(), [])).toEqual({ kind: "looking", objects: [] });
    expect(at(99_999, frame(), [])?.kind).toBe("looking");
    expect(at(99_999, null)?.kind).toBe("looking");
  });

  it("gives up what is not there after a while, and finds it later all the same", () => {
    expect(at(1000, frame(3))?.kind).toBe("looking");
    expect(at(1000 + PATIENCE_MS, frame(3))?.kind).toBe("looking");
    expect(at(1001 + PATIENCE_MS, frame(3))?.kind).toBe("away");
    expect(at(9000, frame(1))).toEqual({ kind: "found", objects: [1] });
  });

  it("counts those of its objects that are in view", () => {
    expect(at(0, frame(1, 2, 3))).toEqual({ kind: "found", objects: [1, 2] });
    expect(at(1, frame(2, 3))).toEqual({ kind: "found", objects: [2] });
  });

  it("does not blink when an object is lost for a few frames", () => {
    at(0, frame(1));
    expect(at(600, frame())?.kind).toBe("found");
    expect(at(800, frame())?.kind).toBe("away");
    expect(at(900, frame(2))?.kind).toBe("found");
  });
});
