import { describe, expect, it } from "vitest";

import type { NamedPrompt } from "rtseg";
import { liveLook } from "../../demo/src/look.js";
import type { Finding } from "../../demo/src/findings.js";
import type { State } from "../../demo/src/store.js";

const said: NamedPrompt = { id: "said", text: "cat" };
const touched: NamedPrompt = { id: "touched", points: [{ x: 0.5, y: 0.5 }] };

function titleOf(prompt: NamedPrompt, kind: Finding["kind"]): string {
  const found = new Map([[prompt.id, { kind, objects: [1], confidence: null }]]);
  const state = { list: { prompts: [prompt] }, found, active: [] } as unknown as State;
  return liveLook(prompt, state).title;
}

describe("a chip that is pointed at", () => {
  it("says how what was touched and lost comes back, for nobody else finds it", () => {
    expect(titleOf(touched, "lost")).toMatch(/^object\. .* touch it again\.$/);
    expect(titleOf(touched, "uncertain")).not.toContain("touch");
    expect(titleOf(said, "lost")).not.toContain("touch");
  });
});
