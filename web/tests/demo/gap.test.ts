import { describe, expect, it } from "vitest";

import { gapText } from "../../demo/src/gap.js";
import { rememberedShowing, rememberShowing } from "../../demo/src/memory.js";
import { Presented } from "../../demo/src/presented.js";

const live = { showing: "live", why: null, gapMs: 51.2, heldMs: 0 } as const;
const inStep = { showing: "in step", why: null, gapMs: 0, heldMs: 43 } as const;

describe("how far apart picture and outline are", () => {
  it("is said in words", () => {
    expect(gapText(live).brief.join("")).toBe("outline 51 ms behind");
    expect(gapText(live).long).toBe("Picture at once, outline 51 ms behind and moved on.");
    expect(gapText(inStep).brief.join("")).toBe("picture 43 ms behind");
    expect(gapText({ ...inStep, gapMs: 251 }).brief.join("")).toBe("outline 251 ms off");
    expect(gapText(inStep).long).toBe("Picture 43 ms behind, outline exact.");
    expect(gapText({ ...inStep, gapMs: -17 }).long).toBe(
      "Picture 43 ms behind, outline 17 ms off.",
    );
    expect(gapText({ ...live, gapMs: null }).long).toBe("Picture at once, no outline on it.");
  });

  it("is said in seconds where it is long", () => {
    expect(gapText({ ...live, gapMs: 1432 }).brief.join("")).toBe("outline 1.4 s behind");
  });

  it("says why it is not as it is wished", () => {
    const { long } = gapText({ ...live, why: "no outlines" });
    expect(long).toContain("In step as soon as outlines come again.");
  });

  it("is calm: what is usual lately, of one way of showing", () => {
    const presented = new Presented();
    expect(presented.read(0, "in step")).toMatchObject({ showing: "in step", gapMs: null });
    for (const [at, gapMs] of [50, 52, 51, 300, 49].entries())
      presented.add({ ...live, at, gapMs });
    expect(presented.read(10, "live").gapMs).toBe(51);
    presented.add({ ...inStep, at: 11 });
    expect(presented.read(12, "live")).toMatchObject({ showing: "in step", gapMs: 0, heldMs: 43 });
  });
});

describe("the way of showing", () => {
  it("is remembered where the browser allows it", () => {
    const items = new Map<string, string>();
    const storage = () =>
      ({
        getItem: (name: string) => items.get(name) ?? null,
        setItem: (name: string, value: string) => items.set(name, value),
      }) as unknown as Storage;
    expect(rememberedShowing(storage)).toBeNull();
    rememberShowing("in step", storage);
    expect(rememberedShowing(storage)).toBe("in step");
    items.set("rtseg.showing", "sideways");
    expect(rememberedShowing(storage)).toBeNull();
    const forbidden = () => {
      throw new Error("SecurityError");
    };
    expect(rememberedShowing(forbidden)).toBeNull();
    expect(() => {
      rememberShowing("live", forbidden);
    }).not.toThrow();
  });
});
