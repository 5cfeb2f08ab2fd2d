import { boxOf, distanceTo, objectAt } from "rtseg";
import { describe, expect, it } from "vitest";

/** Counter-clockwise as seen on the screen, as outer rings are. */
const square = (x: number, y: number, side: number) => [
  x,
  y,
  x,
  y + side,
  x + side,
  y + side,
  x + side,
  y,
];
const hole = (x: number, y: number, side: number) => [
  x,
  y,
  x + side,
  y,
  x + side,
  y + side,
  x,
  y + side,
];
const frame = {
  width: 200,
  height: 100,
  objects: [
    { trackId: 1, rings: [square(20, 20, 60), hole(40, 40, 20)] },
    { trackId: 2, rings: [square(60, 60, 30)] },
    { trackId: 3, rings: [] },
  ],
};
const at = (x: number, y: number) => [x / 200, y / 100] as const;

describe("objectAt", () => {
  it("finds whose outline holds a place", () => {
    expect(objectAt(frame, ...at(30, 30))).toBe(1);
    expect(objectAt(frame, ...at(85, 85))).toBe(2);
    expect(objectAt(frame, ...at(150, 50))).toBe(null);
  });

  it("sees through holes, and takes the smaller of two that overlap", () => {
    expect(objectAt(frame, ...at(50, 50))).toBe(null);
    expect(objectAt(frame, ...at(70, 70))).toBe(2);
    const reversed = { ...frame, objects: [...frame.objects].reverse() };
    expect(objectAt(reversed, ...at(70, 70))).toBe(2);
  });
});

describe("distanceTo", () => {
  it("is none inside, and that to the nearest edge outside", () => {
    expect(distanceTo(frame, 1, ...at(30, 30))).toBe(0);
    expect(distanceTo(frame, 1, ...at(10, 50))).toBeCloseTo(10, 6);
    expect(distanceTo(frame, 1, ...at(17, 16))).toBeCloseTo(5, 6);
    // In the hole, it is its edge; along the closing edge too.
    expect(distanceTo(frame, 1, ...at(50, 43))).toBeCloseTo(3, 6);
    expect(distanceTo(frame, 1, ...at(50, 12))).toBeCloseTo(8, 6);
  });

  it("is endless to what is not there", () => {
    expect(distanceTo(frame, 3, 0.5, 0.5)).toBe(Infinity);
    expect(distanceTo(frame, 9, 0.5, 0.5)).toBe(Infinity);
  });
});

describe("boxOf", () => {
  it("is in parts of the frame's sides", () => {
    expect(boxOf(frame, 2)).toEqual({ xMin: 0.3, yMin: 0.6, xMax: 0.45, yMax: 0.9 });
    expect(boxOf(frame, 3)).toBe(null);
  });
});
