import { describe, expect, it } from "vitest";

import { ApiError } from "../../src/core/json.js";
import {
  parseSegmentation,
  parseSegmentMessage,
  requestOf,
  segmentBody,
} from "../../src/core/segment.js";

const BBOX = { x_min: 0.1, y_min: 0.2, x_max: 0.6, y_max: 0.9 };
const BOX = { xMin: 0.1, yMin: 0.2, xMax: 0.6, yMax: 0.9 };
const INSTANCE = {
  id: 1,
  label: "cat",
  score: 0.93,
  model: "things",
  prompt: 0,
  bbox: BBOX,
  path: "M 0 0 L 1 0 L 1 1 Z",
  area_px: 812,
  later: "?",
};
const ANSWER = {
  path: INSTANCE.path,
  bbox: BBOX,
  label: "cat",
  score: 0.93,
  model: "things",
  area_px: 812,
  instances: [INSTANCE],
};

describe("a request", () => {
  it("is in the words of Moondream's clients where these can say it", () => {
    expect(segmentBody(requestOf([{ id: "p1", text: "cat" }]))).toEqual({ object: "cat" });
    expect(segmentBody(requestOf([{ points: [{ x: 0.5, y: 0.3 }], box: BOX }]))).toEqual({
      spatial_refs: [
        [0.5, 0.3],
        [0.1, 0.2, 0.6, 0.9],
      ],
    });
    expect(segmentBody(requestOf([{ text: "cat", points: [{ x: 1, y: 0 }], model: "m" }]))).toEqual(
      { object: "cat", spatial_refs: [[1, 0]], model: "m" },
    );
  });

  it("is a list of prompts where they cannot", () => {
    const points = [
      { x: 0.5, y: 0.3 },
      { x: 0.1, y: 0.1, positive: false },
    ];
    expect(segmentBody(requestOf([{ text: "cat", points }]))).toEqual({
      prompts: [
        {
          text: "cat",
          points: [
            { x: 0.5, y: 0.3, positive: true },
            { x: 0.1, y: 0.1, positive: false },
          ],
        },
      ],
    });
    expect(segmentBody(requestOf([{ text: "cat" }, { text: "dog" }]))).toEqual({
      prompts: [{ text: "cat" }, { text: "dog" }],
    });
  });
});

describe("an answer", () => {
  it("is checked and typed, and kept as it was", () => {
    const read = parseSegmentation(ANSWER);
    expect(read.instances[0]).toEqual({
      id: 1,
      label: "cat",
      score: 0.93,
      model: "things",
      prompt: 0,
      bbox: BOX,
      path: INSTANCE.path,
      areaPx: 812,
    });
    expect(read.bbox).toEqual(BOX);
    expect(read.json).toEqual(ANSWER);
  });

  it("may be that nothing is there", () => {
    const read = parseSegmentation({ path: "", bbox: null, instances: [] });
    expect([read.path, read.bbox, read.instances]).toEqual(["", null, []]);
  });

  for (const [what, json] of [
    ["a list", []],
    ["without a path", { bbox: BBOX }],
    ["with half a box", { path: "", bbox: { x_min: 0 } }],
    ["with an instance without a box", { ...ANSWER, instances: [{ ...INSTANCE, bbox: null }] }],
  ] as const) {
    it(`is refused: ${what}`, () => {
      expect(() => parseSegmentation(json)).toThrow(ApiError);
    });
  }
});

describe("a message", () => {
  const read = (json: unknown) => parseSegmentMessage(JSON.stringify(json));

  it("has its kind", () => {
    expect(read({ type: "bbox", bbox: BBOX })).toEqual({ type: "bbox", bbox: BOX });
    expect(read({ type: "path_delta", chunk: " L 1 0", completed: false })).toEqual({
      type: "path_delta",
      chunk: " L 1 0",
    });
    const problem = { code: "model_failed", message: "it broke" };
    expect(read({ type: "error", error: problem, completed: true })).toEqual({
      type: "error",
      problem,
    });
    expect(read({ type: "tomorrow" })).toEqual({ type: "unknown" });
  });

  it("that is the last has the plain answer, without what belongs to the stream", () => {
    const last = read({ type: "final", ...ANSWER, completed: true });
    expect(last.type === "final" && last.segmentation).toEqual(parseSegmentation(ANSWER));
  });

  it("is refused if it is none", () => {
    expect(() => parseSegmentMessage("{")).toThrow(ApiError);
    expect(() => read([])).toThrow(ApiError);
    expect(() => read({ type: "bbox" })).toThrow(ApiError);
    expect(() => read({ type: "path_delta", chunk: 1 })).toThrow(ApiError);
  });
});
