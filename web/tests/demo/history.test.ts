import { describe, expect, it } from "vitest";

import { STAGES } from "../../demo/src/budget.js";
import { momentText } from "../../demo/src/chart.js";
import { type Bin, BIN_MS, BINS, History, missedBetween, SPAN_MS } from "../../demo/src/history.js";
import { ceilingOf, columnAt, layers, marks } from "../../demo/src/layers.js";

const spentOf = (ms: number) => STAGES.map((_, stage) => (stage === 0 ? ms : 1));
const bin = (ms: number): Bin => ({ frames: 1, missed: 0, spent: [ms] });

describe("the last minute", () => {
  it("is one column for each half second, the newest last", () => {
    const history = new History();
    history.add(10_000, spentOf(20));
    history.add(10_100, spentOf(40));
    history.miss(10_200, 3);
    const bins = history.bins(10_000 + 2 * BIN_MS);
    expect(bins).toHaveLength(BINS);
    expect(bins.at(-3)).toMatchObject({ frames: 2, missed: 3 });
    expect(bins.at(-3)?.spent?.[0]).toBe(30);
    expect(bins.at(-1)?.spent).toBeNull();
  });

  it("forgets what is older", () => {
    const history = new History();
    history.add(0, spentOf(500));
    history.add(SPAN_MS + 1, spentOf(20));
    expect(history.quantiles(SPAN_MS + 1)?.stages[0]).toEqual({ p50: 20, p95: 20 });
    expect(history.bins(SPAN_MS + 1).filter(({ spent }) => spent !== null)).toHaveLength(1);
    expect(history.quantiles(3 * SPAN_MS)).toBeNull();
  });

  it("says what half, and what one in twenty, take longer than; of each frame as a whole too", () => {
    const history = new History();
    for (let ms = 1; ms <= 100; ms++) history.add(1000 + ms, spentOf(ms));
    const quantiles = history.quantiles(1200);
    expect(quantiles?.stages[0]).toEqual({ p50: 51, p95: 96 });
    expect(quantiles?.total).toEqual({ p50: 50 + STAGES.length, p95: 95 + STAGES.length });
  });

  it("counts the camera's frames that got no outline", () => {
    const frame = 3000;
    expect(missedBetween(frame, 30)).toBe(0);
    expect(missedBetween(3 * frame, 30)).toBe(2);
    // A camera's own trembling is none.
    expect(missedBetween(frame * 1.3, 30)).toBe(0);
    // Through the end of the 32 bits.
    expect(missedBetween(2 * frame - 2 ** 32, 30)).toBe(1);
    expect(missedBetween(100 * 90_000, 30)).toBe(0);
  });
});

describe("the chart", () => {
  it("lays stages upon each other, and cuts what is above it", () => {
    const [first, second] = layers([{ frames: 1, missed: 0, spent: [25, 150] }], 2, 100);
    expect(first).toBe("M0 1.000V0.750h1V1.000z");
    expect(second).toBe("M0 0.750V0.000h1V0.750z");
  });

  it("leaves room where nothing came", () => {
    expect(layers([{ frames: 0, missed: 4, spent: null }, bin(50)], 1, 100)).toEqual([
      "M1 1.000V0.500h1V1.000z",
    ]);
    expect(marks([{ frames: 0, missed: 4, spent: null }, bin(50)])).toBe("M0 0h1v1h-1z");
  });

  it("changes its scale when it must, and comes down only with room to spare", () => {
    expect(ceilingOf([bin(40)], 0)).toBe(50);
    expect(ceilingOf([bin(60)], 50)).toBe(100);
    expect(ceilingOf([bin(45)], 100)).toBe(100);
    expect(ceilingOf([bin(30)], 100)).toBe(50);
  });

  it("is read by its columns, in words", () => {
    expect([columnAt(-1), columnAt(0), columnAt(0.5), columnAt(1)]).toEqual([
      0,
      0,
      BINS / 2,
      BINS - 1,
    ]);
    const spent = STAGES.map(({ id }) => (id === "track" ? 12 : id === "paint" ? 8 : 0.2));
    expect(momentText({ frames: 1, missed: 2, spent }, BINS - 21)).toBe(
      "10 s ago: 22 milliseconds, 2 without an outline. track 12, paint 8",
    );
    expect(momentText(undefined, BINS - 1)).toBe("now: no outline");
  });
});
