/** Scenes on a canvas of paper, that writes down how it was filled. */

import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import type { Blur } from "../../src/dom/blur.js";
import { type Effect, paintScene, type Scene } from "../../src/dom/effects.js";

const noBlur = { draw: vi.fn() } as unknown as Blur;

function paint(effect: Effect): unknown[][] {
  const fills: unknown[][] = [];
  const context = new Proxy(
    { fill: (...given: unknown[]) => fills.push(given) },
    { get: (target, name) => (name === "fill" ? target.fill : vi.fn()), set: () => true },
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
          stage: "fine",
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
  return fills;
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
      const fills = paint(effect);
      expect(fills).toHaveLength(1);
      expect(fills[0]?.slice(1)).toEqual([]);
    },
  );
});
