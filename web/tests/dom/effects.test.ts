/** Scenes on a canvas of paper, that writes down how it was filled. */

import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import type { Stage, Standing } from "../../src/core/messages.js";
import type { Blur } from "../../src/dom/blur.js";
import { type Effect, paintScene, type Scene } from "../../src/dom/effects.js";

const noBlur = { draw: vi.fn() } as unknown as Blur;

interface Given {
  readonly stage?: Stage;
  readonly standing?: Standing | null;
  readonly ageMs?: number;
  readonly leaving?: number;
}

/** What was called, by name, with what; and what was set. */
function paint(
  effect: Effect,
  { stage = "fine", standing = null, ageMs = 0, leaving }: Given = {},
): [string, unknown[]][] {
  const calls: [string, unknown[]][] = [];
  const context = new Proxy(
    {},
    {
      get:
        (_, name) =>
        (...given: unknown[]) =>
          calls.push([String(name), given]),
      set: (_, name, value) => calls.push([String(name), [value]]) > 0,
    },
  ) as unknown as CanvasRenderingContext2D;
  const rings = [Uint16Array.of(10, 10, 10, 60, 60, 60, 60, 10)];
  const one = { trackId: 1, label: "person", score: 1, standing, ageMs, stage, frameId: 1, rings };
  const scene: Scene = {
    picture: null,
    frame: {
      kind: "frame",
      frameId: 1,
      width: 100,
      height: 80,
      objects: leaving === undefined ? [one] : [{ ...one, rings: [] }],
      isWhole: true,
      timing: null,
    },
    placement: { scale: 1, x: 0, y: 0 },
    density: 1,
    effect,
    background: { kind: "colour", colour: "#000" },
    lineWidth: 3,
    emphasised: [],
    uncertain: { opacity: 0.5, dash: [4, 2] },
    leaving: leaving === undefined ? [] : [{ outline: one, left: leaving }],
    sinceArrivalMs: 0,
  };
  paintScene(context, scene, noBlur);
  return calls;
}

beforeEach(() => {
  const Path = class {
    addPath = vi.fn();
    moveTo = vi.fn();
    lineTo = vi.fn();
    quadraticCurveTo = vi.fn();
    closePath = vi.fn();
  };
  vi.stubGlobal("Path2D", Path);
});

afterEach(() => {
  vi.unstubAllGlobals();
});

describe("what is inside an outline", () => {
  // docs/wire.md: a simplified ring may cross itself, and is inside there all the same.
  it.each(["fill", "spotlight", "blur", "replace"] as const)(
    "is what the nonzero rule says, in %s",
    (effect) => {
      const fills = paint(effect).filter(([name]) => name === "fill");
      expect(fills).toHaveLength(1);
      expect(fills[0]?.[1].slice(1)).toEqual([]);
    },
  );

  it.each(["outline", "fill", "spotlight", "blur", "replace"] as const)(
    "is not known while there is a box: it is a dashed line and nothing else, in %s",
    (effect) => {
      const calls = paint(effect, { stage: "box" });
      const named = (wanted: string) => calls.filter(([name]) => name === wanted);
      expect(named("fill")).toEqual([]);
      expect(named("setLineDash")).toHaveLength(1);
      expect(new Set(named("roundRect").map(([, given]) => given.slice(0, 4).join()))).toEqual(
        new Set(["10,10,50,50"]),
      );
      expect(named("stroke")).toHaveLength(2);
    },
  );
});

describe("how far an outline can be trusted", () => {
  const line = (given: Given, effect: Effect = "outline") => {
    const calls = paint(effect, given);
    const values = (wanted: string) =>
      calls.filter(([name]) => name === wanted).map(([, [value]]) => value);
    return { alpha: values("globalAlpha"), dash: values("setLineDash") };
  };

  it("is seen: what may be wrong is faint and dashed, by the style that was set", () => {
    const followed = { state: "followed", confidence: 0.9 } as const;
    expect(line({ standing: followed })).toEqual({ alpha: [1], dash: [] });
    const uncertain = { state: "uncertain", confidence: 0.4 } as const;
    expect(line({ standing: uncertain })).toEqual({ alpha: [0.5], dash: [[12, 6]] });
    expect(line({ standing: uncertain }, "fill").alpha).toEqual([0.42 * 0.5, 0.5]);
  });

  it("is the tracker's word, and where there is none the age", () => {
    const standing = { state: "followed", confidence: 0.9 } as const;
    expect(line({ standing, ageMs: 2000 })).toEqual({ alpha: [1], dash: [] });
    expect(line({ ageMs: 2000 })).toEqual({ alpha: [0.4], dash: [[9, 3 * 2.6]] });
  });

  it("fades from an object that was lost, and cuts nothing out", () => {
    expect(line({ leaving: 0.5 }).alpha).toEqual([0.25]);
    expect(paint("spotlight", { leaving: 0.5 }).filter(([name]) => name === "fill")).toEqual([]);
  });
});
