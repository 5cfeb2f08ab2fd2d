import { describe, expect, it } from "vitest";

import { type Press, pressBox, slopOf } from "../../demo/src/press.js";

const press = (toX: number, toY: number): Press => ({
  x: 100,
  y: 50,
  toX,
  toY,
  slopPx: slopOf("mouse"),
  at: { x: 0.5, y: 0.5 },
  frame: null,
});
/** A picture of 200 × 100 in the window's corner. */
const toPicture = (x: number, y: number) => ({ x: x / 200, y: y / 100 });
const mirrored = (x: number, y: number) => ({ x: 1 - x / 200, y: y / 100 });

describe("pressBox", () => {
  it("is the box between the corners, whichever came first", () => {
    const box = { xMin: 0.25, yMin: 0.1, xMax: 0.5, yMax: 0.5 };
    expect(pressBox(press(50, 10), toPicture)).toEqual(box);
    expect(pressBox(press(150, 10), mirrored)).toEqual(box);
  });

  it("is none for a click, however unsteady, and none for a line", () => {
    expect(pressBox(press(100, 50), toPicture)).toBe(null);
    expect(pressBox(press(105, 55), toPicture)).toBe(null);
    expect(pressBox(press(190, 52), toPicture)).toBe(null);
    expect(slopOf("touch")).toBeGreaterThan(slopOf("mouse"));
  });

  it("ends where the picture ends", () => {
    expect(pressBox(press(500, -80), toPicture)).toEqual({
      xMin: 0.5,
      yMin: 0,
      xMax: 1,
      yMax: 0.5,
    });
  });

  it("is none while there is no picture", () => {
    expect(pressBox(press(50, 10), () => null)).toBe(null);
  });
});
