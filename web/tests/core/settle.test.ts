import { describe, expect, it } from "vitest";

import { settling } from "../../src/core/settle.js";

const COARSE = [[0, 0, 0, 10, 10, 10, 10, 0]];
const FINE = [
  [2, 1, 1, 8, 9, 9, 9, 2],
  [4, 4, 6, 4, 6, 5],
];

describe("an outline that settles", () => {
  it("begins on the coarse one", () => {
    const [outer, hole] = settling(COARSE, FINE)(0);
    expect(outer).toEqual([2, 0, 0, 8, 9, 10, 10, 2]);
    for (let at = 0; at < (hole?.length ?? 0); at += 2) {
      const [x = -1, y = -1] = [hole?.[at], hole?.[at + 1]];
      expect([0, 10].includes(x) || [0, 10].includes(y)).toBe(true);
    }
  });

  it("ends as the fine one, exactly", () => {
    expect(settling(COARSE, FINE)(1)).toEqual(FINE);
  });

  it("moves straight", () => {
    expect(settling(COARSE, FINE)(0.5)[0]?.slice(0, 4)).toEqual([2, 0.5, 0.5, 8]);
  });

  it("stands at once where nothing came before", () => {
    expect(settling([], FINE)(0)).toEqual(FINE);
  });
});
