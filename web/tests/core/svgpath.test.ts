import { describe, expect, it } from "vitest";

import { ApiError } from "../../src/core/json.js";
import { area } from "../../src/core/path.js";
import { drawPath, parsePath, ringsOf } from "../../src/core/svgpath.js";

const WHOLE = { xMin: 0, yMin: 0, xMax: 1, yMax: 1 };

/** What is drawn, as text. */
function drawn(
  path: string,
  box = WHOLE,
  size = { width: 1, height: 1 },
  isPartial = false,
): string[] {
  const said: string[] = [];
  const say =
    (verb: string) =>
    (...numbers: number[]) => {
      said.push([verb, ...numbers.map((value) => Number(value.toFixed(6)))].join(" "));
    };
  drawPath(
    path,
    box,
    size,
    {
      moveTo: say("M"),
      lineTo: say("L"),
      bezierCurveTo: say("C"),
      closePath: say("Z"),
    },
    isPartial,
  );
  return said;
}

describe("a path text", () => {
  it("is drawn where its box lies in the picture", () => {
    const box = { xMin: 0.25, yMin: 0.5, xMax: 0.75, yMax: 1 };
    expect(drawn("M 0 0 L 1 0 L 1 1 Z", box, { width: 400, height: 200 })).toEqual([
      "M 100 100",
      "L 300 100",
      "L 300 200",
      "Z",
    ]);
  });

  it("may leave out what SVG lets it leave out", () => {
    const written = drawn("M0 0L1,0L1-1e0L.5.5Z");
    expect(written).toEqual(["M 0 0", "L 1 0", "L 1 -1", "L 0.5 0.5", "Z"]);
    expect(drawn("M 0 0 1 0 1 1 z".replace("z", "Z"))).toEqual(["M 0 0", "L 1 0", "L 1 1", "Z"]);
    expect(drawn("M 0 0 H 1 V 0.5 Z")).toEqual(["M 0 0", "L 1 0", "L 1 0.5", "Z"]);
  });

  it("goes on smoothly with S, and without a curve before it from where it is", () => {
    expect(drawn("M 0 0 C 0 1 1 2 2 2 S 4 3 4 4 Z")).toEqual([
      "M 0 0",
      "C 0 1 1 2 2 2",
      "C 3 2 4 3 4 4",
      "Z",
    ]);
    expect(drawn("M 1 1 S 4 3 4 4")).toEqual(["M 1 1", "C 1 1 4 3 4 4"]);
    // Every further four numbers are another S.
    expect(drawn("M 0 0 S 1 0 1 1 0 2 0 1").at(-1)).toBe("C 1 2 0 2 0 1");
  });

  it("has quadratics as cubics", () => {
    expect(drawn("M 0 0 Q 0.5 1 1 0").at(-1)).toBe("C 0.333333 0.666667 0.666667 0.666667 1 0");
  });

  it("of nothing draws nothing", () => {
    expect(drawn("")).toEqual([]);
  });

  for (const bad of [
    "L 0 0",
    "0 0",
    "M 0",
    "M 0 0 L 1",
    "M 0 0 l 1 1",
    "M 0 0 A 1 1 0 0 0 1 1",
    "M 0 0 Z 1",
    "M 0 0 L NaN 1",
    "M 0 0 #",
    "M 0 0 C 1 1 2 2 3",
  ]) {
    it(`is refused as a whole: ${bad}`, () => {
      expect(() => parsePath(bad)).toThrow(ApiError);
    });
  }
});

describe("a path that still arrives", () => {
  const whole = "M 0 0.125 L 0.5 0 L 1 0.75 Z M 0.25 0.25 L 0.5 0.5 L 0.75 0.25 Z";

  it("can be drawn wherever it is cut, and never says what it will not say later", () => {
    const all = drawn(whole);
    for (let end = 0; end <= whole.length; end++) {
      const part = drawn(whole.slice(0, end), WHOLE, { width: 1, height: 1 }, true);
      expect(part).toEqual(all.slice(0, part.length));
    }
  });

  it("lags by one number at most", () => {
    expect(drawn("M 0 0.125 L 0.5 0 L", WHOLE, { width: 1, height: 1 }, true)).toHaveLength(2);
    expect(drawn("M 0 0.125 L 0.5 0", WHOLE, { width: 1, height: 1 }, true)).toHaveLength(1);
  });
});

describe("rings", () => {
  it("are in the picture's pixels, and follow the curves", () => {
    // A circle of four cubics.
    const k = 0.5522847498 / 2;
    const circle =
      `M 1 0.5 C 1 ${0.5 + k} ${0.5 + k} 1 0.5 1 C ${0.5 - k} 1 0 ${0.5 + k} 0 0.5 ` +
      `C 0 ${0.5 - k} ${0.5 - k} 0 0.5 0 C ${0.5 + k} 0 1 ${0.5 - k} 1 0.5 Z`;
    const box = { xMin: 0.5, yMin: 0, xMax: 1, yMax: 1 };
    const rings = ringsOf(parsePath(circle), box, { width: 400, height: 200 });
    expect(rings).toHaveLength(1);
    expect(Math.abs(area(rings))).toBeGreaterThan(0.99 * Math.PI * 100 * 100);
    expect(Math.abs(area(rings))).toBeLessThan(Math.PI * 100 * 100);
    expect(Math.min(...(rings[0] ?? []).filter((_, at) => at % 2 === 0))).toBeCloseTo(200);
  });

  it("leave out what is no area", () => {
    expect(ringsOf(parsePath("M 0 0 L 1 1 Z"), WHOLE, { width: 9, height: 9 })).toEqual([]);
  });
});
