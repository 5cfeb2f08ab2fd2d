import { describe, expect, it } from "vitest";

import { Labels, type Placed, type Wanted } from "../../src/core/labels.js";

const ROOM = {
  box: { xMin: 0, yMin: 0, xMax: 640, yMax: 360 },
  gap: 6,
  isStill: false,
};

function square(id: number, x: number, y: number, side = 80): Wanted {
  const rings = [[x, y, x, y + side, x + side, y + side, x + side, y]];
  return { id, rings, width: 90, height: 24 };
}

function boxOf({ x, y }: Placed) {
  return { left: x - 45, right: x + 45, top: y - 12, bottom: y + 12 };
}

function overlap(a: Placed, b: Placed): boolean {
  const [one, other] = [boxOf(a), boxOf(b)];
  return (
    one.left < other.right &&
    other.left < one.right &&
    one.top < other.bottom &&
    other.top < one.bottom
  );
}

describe("labels", () => {
  it("stand above the middle of their object", () => {
    expect(new Labels().place([square(1, 200, 150)], ROOM, 0)).toEqual([
      { id: 1, x: 240, y: 150 - 6 - 12 },
    ]);
  });

  it("never stand outside of the picture", () => {
    for (const [x, y, side] of [
      [-60, 100, 80],
      [600, 100, 80],
      [200, -20, 80],
      [200, 330, 80],
      [-10, -10, 660],
      [610, 340, 20],
    ] as const) {
      const [placed] = new Labels().place([square(1, x, y, side)], ROOM, 0);
      const { left, right, top, bottom } = boxOf(placed ?? { id: 1, x: NaN, y: NaN });
      expect(left >= 0 && right <= 640 && top >= 0 && bottom <= 360).toBe(true);
    }
  });

  it("do not stand on one another where there is another way", () => {
    const wanted = [square(1, 200, 150), square(2, 215, 148), square(3, 190, 152)];
    const placed = new Labels().place(wanted, ROOM, 0);
    expect(placed.map(({ id }) => id)).toEqual([1, 2, 3]);
    for (const a of placed) {
      for (const b of placed) if (a.id !== b.id) expect(overlap(a, b)).toBe(false);
    }
  });

  it("do not tremble with their object, and follow it", () => {
    const labels = new Labels();
    const at = (x: number, now: number) => labels.place([square(1, x, 150)], ROOM, now)[0]?.x ?? 0;
    const first = at(200, 0);
    expect(at(202, 33)).toBe(first);
    expect(labels.isMoving).toBe(false);
    const next = at(240, 66);
    expect(next).toBeGreaterThan(first + 5);
    expect(next).toBeLessThan(first + 40);
    expect(labels.isMoving).toBe(true);
    for (let now = 100; now < 900; now += 33) at(240, now);
    expect(Math.abs(at(240, 933) - 280)).toBeLessThan(4);
    expect(labels.isMoving).toBe(false);
  });

  it("stand at once where they belong, for those who want nothing to glide", () => {
    const labels = new Labels();
    const room = { ...ROOM, isStill: true };
    labels.place([square(1, 200, 150)], room, 0);
    expect(labels.place([square(1, 300, 150)], room, 33)[0]?.x).toBe(340);
    expect(labels.isMoving).toBe(false);
    expect(labels.place([square(1, 310, 150)], room, 66)[0]?.x).toBe(340);
  });

  it("do not jump between two places that are as good", () => {
    const labels = new Labels();
    const ys: number[] = [];
    for (let frame = 0; frame < 20; frame++) {
      // At the upper edge, where above is barely too little room, and then enough.
      const [placed] = labels.place([square(1, 200, frame % 2 ? 27 : 23)], ROOM, 33 * frame);
      ys.push(placed?.y ?? 0);
    }
    expect(Math.max(...ys) - Math.min(...ys)).toBeLessThan(12);
  });

  it("are not there without an outline", () => {
    expect(new Labels().place([{ id: 1, rings: [], width: 9, height: 9 }], ROOM, 0)).toEqual([]);
  });
});
