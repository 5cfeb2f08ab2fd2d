import { describe, expect, it } from "vitest";

import { held, panned, placed, WHOLE, zoomed } from "../../../demo/src/images/look.js";

const PICTURE = { width: 400, height: 300 };
const AREA = { left: 10, top: 60, width: 800, height: 500 };

describe("the look at a picture", () => {
  it("shows all of it in the middle of the room", () => {
    const { scale, x, y } = placed(PICTURE, AREA, WHOLE);
    expect(scale).toBeCloseTo(500 / 300);
    expect(y).toBeCloseTo(60);
    expect(x + (400 * scale) / 2).toBeCloseTo(10 + 400);
  });

  it("keeps what lies under the pointer while it is zoomed", () => {
    let look = WHOLE;
    const at = { x: 450, y: 330 };
    const before = placed(PICTURE, AREA, look);
    const [px, py] = [(at.x - before.x) / before.scale, (at.y - before.y) / before.scale];
    for (const factor of [1.5, 2, 1.2, 0.7]) {
      look = zoomed(look, PICTURE, AREA, factor, at);
      const { scale, x, y } = placed(PICTURE, AREA, look);
      expect(x + px * scale).toBeCloseTo(at.x);
      expect(y + py * scale).toBeCloseTo(at.y);
    }
  });

  it("is never smaller than the whole, nor so large that pixels are tiles", () => {
    expect(zoomed(WHOLE, PICTURE, AREA, 0.1, { x: 0, y: 0 })).toEqual(WHOLE);
    const closest = zoomed(WHOLE, PICTURE, AREA, 1e6, { x: 410, y: 310 });
    expect(placed(PICTURE, AREA, closest).scale).toBeCloseTo(24);
  });

  it("ends at the picture's edges", () => {
    const close = zoomed(WHOLE, PICTURE, AREA, 4, { x: 410, y: 310 });
    const moved = panned(close, PICTURE, AREA, 1e5, -1e5);
    const { scale, x, y } = placed(PICTURE, AREA, moved);
    expect(x).toBeCloseTo(AREA.left);
    expect(y + 300 * scale).toBeCloseTo(AREA.top + AREA.height);
    expect(panned(WHOLE, PICTURE, AREA, 50, 50)).toEqual(WHOLE);
  });

  it("of no picture is harmless", () => {
    const none = { width: 0, height: 0 };
    expect(held(WHOLE, none, AREA)).toEqual(WHOLE);
    expect(zoomed(WHOLE, none, AREA, 2, { x: 0, y: 0 })).toEqual(WHOLE);
  });
});
