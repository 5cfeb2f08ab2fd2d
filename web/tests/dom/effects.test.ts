/** Scenes on a canvas of paper, that writes down how it was filled. */

import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import type { Stage, Standing } from "../../src/core/messages.js";
import type { Blur } from "../../src/dom/blur.js";
import { Effects } from "../../src/dom/effects.js";
import type { Effect, Naming, Scene } from "../../src/dom/scene.js";
import { rounded } from "../../src/dom/shapes.js";

const noBlur = { draw: vi.fn() } as unknown as Blur;

interface Given {
  readonly stage?: Stage;
  readonly standing?: Standing | null;
  readonly ageMs?: number;
  readonly leaving?: number;
  readonly labels?: Naming;
  readonly mirrored?: boolean;
}

/** What was called, by name, with what; and what was set. */
function paint(
  effect: Effect,
  {
    stage = "fine",
    standing = null,
    ageMs = 0,
    leaving,
    labels = false,
    mirrored = false,
  }: Given = {},
  withPicture = false,
): [string, unknown[]][] {
  const calls: [string, unknown[]][] = [];
  const context = new Proxy(
    {},
    {
      get: (_, name) => {
        if (name === "canvas") return { width: 100, height: 80 };
        return (...given: unknown[]) => {
          calls.push([String(name), given]);
          return { width: 40 };
        };
      },
      set: (_, name, value) => calls.push([String(name), [value]]) > 0,
    },
  ) as unknown as CanvasRenderingContext2D;
  const rings = [Uint16Array.of(10, 10, 10, 60, 60, 60, 60, 10)];
  const one = { trackId: 1, label: "person", score: 1, standing, ageMs, stage, frameId: 1, rings };
  const scene: Scene = {
    picture: { image: {} as CanvasImageSource, width: 100, height: 80 },
    frame: {
      kind: "frame",
      frameId: 1,
      width: 100,
      height: 80,
      objects: [],
      isWhole: true,
      timing: null,
    },
    objects: leaving === undefined ? [rounded(one, { width: 100, height: 80 })] : [],
    placement: { scale: 1, x: 0, y: 0 },
    density: 1,
    effect,
    background: { kind: "colour", colour: "#000" },
    lineWidth: 3,
    emphasised: [],
    uncertain: { opacity: 0.5, dash: [4, 2] },
    labels,
    mirrored,
    isStill: false,
    leaving: leaving === undefined ? [] : [{ outline: one, left: leaving }],
    sinceArrivalMs: 0,
    now: 0,
  };
  new Effects(noBlur).paint(context, scene, withPicture);
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
  vi.stubGlobal("document", { createElement: () => ({ getContext: () => null }) });
});

afterEach(() => {
  vi.unstubAllGlobals();
});

describe("what is inside an outline", () => {
  // docs/wire.md: a simplified ring may cross itself, and is inside there all the same.
  it.each(["fill", "glow", "spotlight", "cutout", "blur", "replace"] as const)(
    "is what the nonzero rule says, in %s",
    (effect) => {
      const fills = paint(effect).filter(([name]) => name === "fill");
      expect(fills).toHaveLength(1);
      expect(fills[0]?.[1].slice(1)).toEqual([]);
    },
  );

  it.each(["outline", "fill", "glow", "spotlight", "cutout", "blur", "replace"] as const)(
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

describe("a picture of it", () => {
  const operations = (effect: Effect, withPicture: boolean) =>
    paint(effect, {}, withPicture).flatMap(([name, [value]], at, calls) =>
      name === "globalCompositeOperation" && calls[at + 1]?.[0] === "drawImage" ? [value] : [],
    );

  it("has the camera's picture under what is painted", () => {
    expect(operations("outline", true)).toEqual(["destination-over"]);
    expect(operations("replace", true)).toEqual(["destination-over"]);
    expect(operations("outline", false)).toEqual([]);
  });

  it("has nothing around a cut-out, on the screen as elsewhere", () => {
    expect(operations("cutout", true)).toEqual(["source-out"]);
    expect(operations("cutout", false)).toEqual(["source-out"]);
  });
});

describe("a label", () => {
  const texts = (given: Given) =>
    paint("outline", given).flatMap(([name, [text]]) => (name === "fillText" ? [text] : []));
  const uncertain = { state: "uncertain", confidence: 0.418 } as const;

  it("is the object's own, or what is made of it, or none", () => {
    expect(texts({ labels: true })).toEqual(["person"]);
    expect(texts({ labels: ({ trackId }) => `no. ${trackId}` })).toEqual(["no. 1"]);
    expect(texts({ labels: () => null })).toEqual([]);
    expect(texts({})).toEqual([]);
  });

  it("says how sure its outline is, where that is in doubt", () => {
    expect(texts({ labels: true, standing: uncertain })).toEqual(["person · 42 %"]);
  });

  it("is cut where it is long", () => {
    expect(texts({ labels: () => "x".repeat(100) })).toEqual([`${"x".repeat(27)}…`]);
  });

  it("can be read in a mirror", () => {
    const scales = (mirrored: boolean) =>
      paint("outline", { labels: true, mirrored }).filter(([name]) => name === "scale");
    expect(scales(false)).toEqual([["scale", [1, 1]]]);
    expect(scales(true)).toEqual([["scale", [-1, 1]]]);
  });
});
