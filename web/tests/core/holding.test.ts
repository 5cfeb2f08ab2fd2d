import { describe, expect, it } from "vitest";

import { Holding } from "../../src/core/holding.js";

const BOUND_MS = 600;
const STEP_MS = 1000 / 30;

/** A camera whose outlines come so many milliseconds after each picture, from then to then. */
function play(holding: Holding, from: number, to: number, latencyMs: number): void {
  for (let captured = from; captured < to; captured += STEP_MS) {
    holding.picture(captured);
    holding.outlined(captured, captured + latencyMs, BOUND_MS);
  }
}

describe("the delay", () => {
  it("is gone some seconds after a bad moment, however long that made it", () => {
    const holding = new Holding();
    play(holding, 0, 5000, 40);
    const usual = holding.ms;
    play(holding, 5000, 9000, 900);
    expect(holding.ms).toBe(BOUND_MS);
    // What is known of the last five seconds has to pass first.
    play(holding, 9900, 15_000, 40);
    const from = holding.ms;
    play(holding, 15_000, 20_000, 40);
    expect(from - usual).toBeGreaterThan(300);
    expect(holding.ms - usual).toBeLessThan(50);
    play(holding, 20_000, 22_000, 40);
    expect(holding.ms - usual).toBeLessThan(15);
  });

  it("is not that of pictures which were there before there were any outlines", () => {
    const holding = new Holding();
    for (let captured = -3000; captured < 0; captured += STEP_MS) holding.picture(captured);
    play(holding, 0, 500, 40);
    expect(holding.ms).toBeLessThan(50);
  });

  it("falls by no more than nobody sees where little is too much", () => {
    const holding = new Holding();
    play(holding, 0, 5000, 70);
    play(holding, 5000, 10_000, 40);
    const from = holding.ms;
    play(holding, 10_000, 10_500, 40);
    expect(from - holding.ms).toBeLessThanOrEqual(0.02 * 500 + 1e-6);
    expect(holding.ms).toBeLessThan(from);
  });
});
