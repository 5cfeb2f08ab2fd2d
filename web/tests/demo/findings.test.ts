import type { ActivePrompt, FrameMessage, TrackState } from "rtseg";
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
    standing: null,
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
    expect(at(0, frame(), [])).toEqual({ kind: "looking", objects: [], confidence: null });
    expect(at(99_999, frame(), [])?.kind).toBe("looking");
    expect(at(99_999, null)?.kind).toBe("looking");
  });

  it("gives up what is not there after a while, and finds it later all the same", () => {
    expect(at(1000, frame(3))?.kind).toBe("looking");
    expect(at(1000 + PATIENCE_MS, frame(3))?.kind).toBe("looking");
    expect(at(1001 + PATIENCE_MS, frame(3))?.kind).toBe("away");
    expect(at(9000, frame(1))).toEqual({ kind: "found", objects: [1], confidence: null });
  });

  it("counts those of its objects that are in view", () => {
    expect(at(0, frame(1, 2, 3))).toEqual({ kind: "found", objects: [1, 2], confidence: null });
    expect(at(1, frame(2, 3))).toEqual({ kind: "found", objects: [2], confidence: null });
  });

  it("does not blink when an object is lost for a few frames", () => {
    at(0, frame(1));
    expect(at(600, frame())?.kind).toBe("found");
    expect(at(800, frame())?.kind).toBe("away");
    expect(at(900, frame(2))?.kind).toBe("found");
  });

  const standing = (states: Partial<Record<number, TrackState>>, confidence = 0.5) => {
    const seen = Object.entries(states).filter(([, state]) => state !== "lost");
    const shown = frame(...seen.map(([trackId]) => Number(trackId)));
    const objects = shown.objects.map((one) => {
      const state = states[one.trackId];
      return state === undefined ? one : { ...one, standing: { state, confidence } };
    });
    return { ...shown, objects };
  };

  it("says what the tracker makes of it: of several the one that is doubted", () => {
    expect(at(0, standing({ 1: "followed" }, 0.9))).toEqual({
      kind: "found",
      objects: [1],
      confidence: 0.9,
    });
    expect(at(1, standing({ 1: "followed", 2: "uncertain" }))?.kind).toBe("uncertain");
    expect(at(2, standing({ 1: "found again", 2: "followed" }))?.kind).toBe("again");
  });

  it("says at once that it is lost, as the server knows it, and keeps its colours", () => {
    at(0, standing({ 1: "followed" }));
    expect(at(1, standing({ 1: "lost" }))).toEqual({
      kind: "lost",
      objects: [1],
      confidence: null,
    });
    expect(at(2, standing({ 1: "lost", 2: "followed" }))?.objects).toEqual([2]);
  });
});
