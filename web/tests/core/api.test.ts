import { describe, expect, it } from "vitest";

import { parseCatalogue, parseGrant, parseServerMessage } from "../../src/core/api.js";
import { ApiError } from "../../src/core/json.js";

describe("the server's JSON", () => {
  it("is taken as it stands in docs/http.md", () => {
    const grant = parseGrant({
      id: "Yb3",
      answer: { type: "answer", sdp: "v=0" },
      stream: { url: "/v1/sessions/Yb3/stream", protocol: "rtseg.v1", token: "q0x" },
      prompts: [
        {
          id: "cup",
          text: "",
          points: [{ x: 0.5, y: 0.4, positive: false, frame: 7 }],
          box: { x_min: 0.1, y_min: 0.2, x_max: 0.4, y_max: 0.8 },
          label: "object",
          model: "touch",
          objects: [3, 5],
        },
      ],
    });
    expect(grant).toMatchObject({ id: "Yb3", answerSdp: "v=0", token: "q0x" });
    expect(grant.prompts).toEqual([
      {
        id: "cup",
        text: "",
        points: [{ x: 0.5, y: 0.4, positive: false, frame: 7 }],
        box: { xMin: 0.1, yMin: 0.2, xMax: 0.4, yMax: 0.8, frame: null },
        label: "object",
        model: "touch",
        objects: [3, 5],
      },
    ]);
    expect(
      parseServerMessage('{"type":"end","reason":"failed","message":"out of memory"}'),
    ).toEqual({ type: "end", reason: "failed", message: "out of memory" });
    expect(parseServerMessage('{"type":"confetti"}')).toEqual({ type: "unknown" });
  });

  it("names what a model takes", () => {
    const models = [
      { name: "touch", labels: [], takes: ["point", "box"], state: "ready" },
      { name: "all", labels: ["cat"], takes: ["text"], open_vocabulary: true, state: "missing" },
    ];
    const [touch, all] = parseCatalogue({ models }).models;
    expect(touch).toMatchObject({ takes: ["point", "box"], openVocabulary: false });
    expect(all).toMatchObject({ labels: ["cat"], openVocabulary: true, state: "missing" });
  });

  it.each([
    [{ prompts: [{ points: [{ x: "left" }] }] }],
    [{ prompts: [{ box: { x_min: 0 } }] }],
    [{ prompts: [{ objects: ["one"] }] }],
    [{ prompts: {} }],
  ])("refuses prompts that are none: %j", (json) => {
    expect(() => parseServerMessage(JSON.stringify({ type: "prompts", ...json }))).toThrow(
      ApiError,
    );
  });

  it.each([[null], [[]], [{}], [{ models: [{}] }], [{ models: "none" }]])(
    "or refused: %j",
    (json) => {
      expect(() => parseCatalogue(json)).toThrow(ApiError);
      expect(() => parseGrant(json)).toThrow(ApiError);
    },
  );
});
