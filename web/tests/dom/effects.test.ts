/** Scenes on a canvas of paper, that writes down how it was filled. */

import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import type { Stage } from "../../src/core/messages.js";
import type { Blur } from "../../src/dom/blur.js";
import { type Effect, paintScene, type Scene } from "../../src/dom/effects.js";

const noBlur = { draw: vi.fn() } as unknown as Blur;

/** What was called, by name, with what. */
function paint(effect: Effect, stage: Stage = "fine"): [string, unknown[]][] {
  const calls: [string, unknown[]][] = [];
  const context = new Proxy(
    {},
    {
      get:
        (_, name) =>
        (...given: unknown[]) =>
          calls.push([String(name), given]),
      set: () => true,
    },
  ) as unknown as CanvasRenderingContext2D;
  const ring = Uint16Array.of(10, 10, 10, 60, 60, 60, 60, 10);
  const scene: Scene = {
    video: {} as HTMLVideoElement,
    frame: {
      kind: "frame",
      frameId: 1,
      width: 100,
      height: 80,
      objects: [
        {
          trackId: 1,
          label: "person",
          score: 1,
          ageMs: 0,
          stage,
          frameId: 1,
          rings: [ring],
        },
      ],
      isWhole: true,
      timing: null,
    },
    placement: { scale: 1, x: 0, y: 0 },
    density: 1,
    effect,
    background: { kind: "colour", colour: "#000" },
    lineWidth: 3,
    emphasised: [],
    sinceArrivalMs: 0,
  };
  paintScene(context, scene, noBlur);
  return calls;
}

describe("what is inside an outline", () => {
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
      const calls = paint(effect, "box");
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
