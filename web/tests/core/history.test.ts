import { describe, expect, it } from "vitest";

import { FrameHistory } from "../../src/core/history.js";

describe("FrameHistory", () => {
  it("finds the latest frames by their id and lets the oldest go", () => {
    const history = new FrameHistory(2);
    const frames = [1, 2, 3].map((frameId) => ({
      kind: "frame" as const,
      frameId,
      width: 1,
      height: 1,
      objects: [],
      isWhole: true,
      timing: null,
    }));
    for (const frame of frames) history.add(frame);
    expect([1, 2, 3].map((id) => history.get(id)?.frameId)).toEqual([undefined, 2, 3]);
  });
});
