import { describe, expect, it } from "vitest";

import type { Finding } from "../../demo/src/findings.js";
import type { State } from "../../demo/src/store.js";
import { news } from "../../demo/src/tidings.js";
import { confidenceWords, findingWords } from "../../demo/src/words.js";

function finding(kind: Finding["kind"], confidence: number | null = null): Finding {
  return { kind, objects: [1], confidence };
}

describe("what is heard", () => {
  const heard = (before: Finding, now: Finding) => {
    const list = { prompts: [{ id: "a", text: "dog" }] };
    const state = { list, active: [], found: new Map([["a", now]]) } as unknown as State;
    return news(state, new Map([["a", before]]));
  };

  it("is what changed for the worse, or back", () => {
    expect(heard(finding("found", 0.9), finding("uncertain", 0.4))).toEqual([
      "dog: It is in view, but its outline may be wrong.",
    ]);
    expect(heard(finding("found"), finding("lost"))[0]).toMatch(/^dog: It is out of sight/);
    expect(heard(finding("lost"), finding("again"))[0]).toMatch(/found again\.$/);
  });

  it("is not how a number goes up and down", () => {
    expect(heard(finding("uncertain", 0.4), finding("uncertain", 0.3))).toEqual([]);
    expect(heard(finding("looking"), finding("found", 0.9))).toEqual([]);
  });
});

describe("a chip", () => {
  it("says state and confidence", () => {
    const both = (one: Finding) => findingWords(one) + confidenceWords(one);
    expect(both(finding("found", 0.874))).toBe("in view · 87 %");
    expect(both({ ...finding("found", 0.9), objects: [1, 2] })).toBe("2 in view · 90 %");
    expect(both(finding("uncertain", 0.4))).toBe("not sure · 40 %");
    // A number that the state contradicts is of the state before.
    expect(both(finding("uncertain", 0.9))).toBe("not sure");
    expect(both(finding("found", 0.3))).toBe("in view");
    expect(findingWords(finding("found"))).toBe("in view");
    expect(findingWords(finding("again", 0.6))).toBe("back in view");
    expect(findingWords(finding("lost"))).toBe("out of sight");
  });
});
