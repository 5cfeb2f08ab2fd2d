import { describe, expect, it } from "vitest";

import { judge } from "../../src/core/retry.js";

describe("judge", () => {
  const problem = (code: string) => ({ code, message: "" });

  it("waits longer and longer, up to four seconds", () => {
    const waits = [1, 2, 3, 4, 5, 9].map((attempt) => judge(problem("stream_lost"), attempt));
    expect(waits.map((wait) => (wait.kind === "retry" ? wait.afterMs : null))).toEqual([
      500, 1000, 2000, 4000, 4000, 4000,
    ]);
  });

  it("does as the server asks, is slow where a person must act, and gives up where none can", () => {
    expect(judge(problem("too_many_sessions"), 1, 7000)).toEqual({ kind: "retry", afterMs: 7000 });
    expect(judge(problem("model_missing"), 1)).toEqual({ kind: "retry", afterMs: 5000 });
    for (const code of ["unknown_prompt", "missing_api_key", "invalid_api_key"]) {
      expect(judge(problem(code), 1)).toEqual({ kind: "give-up" });
    }
  });
});
