import { describe, expect, it } from "vitest";

import { ApiError, parseCatalogue, parseGrant, parseServerMessage } from "../../src/core/api.js";

describe("the server's JSON", () => {
  it("is taken as it stands in docs/http.md", () => {
    const grant = parseGrant({
      id: "Yb3",
      answer: { type: "answer", sdp: "v=0" },
      stream: { url: "/v1/sessions/Yb3/stream", protocol: "rtseg.v1", token: "q0x" },
      prompts: [{ text: "person", track_id: 1, label: "person", model: "person" }],
    });
    expect(grant).toMatchObject({ id: "Yb3", answerSdp: "v=0", token: "q0x" });
    expect(grant.prompts).toEqual([
      { text: "person", trackId: 1, label: "person", model: "person" },
    ]);
    expect(
      parseServerMessage('{"type":"end","reason":"failed","message":"out of memory"}'),
    ).toEqual({ type: "end", reason: "failed", message: "out of memory" });
    expect(parseServerMessage('{"type":"confetti"}')).toEqual({ type: "unknown" });
  });

  it.each([[null], [[]], [{}], [{ models: [{}] }], [{ models: "none" }]])(
    "or refused: %j",
    (json) => {
      expect(() => parseCatalogue(json)).toThrow(ApiError);
      expect(() => parseGrant(json)).toThrow(ApiError);
    },
  );
});
