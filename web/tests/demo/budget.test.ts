import { describe, expect, it } from "vitest";

import { type Journey, spend, STAGES, Ways } from "../../demo/src/budget.js";

const ORIGIN = 1_700_000_000_000;
const around = { captureMs: 2, compressMs: 5, roundTripMs: 4 };

/** Captured at 1000 of the page's clock, handed to the decoder `upMs` later. */
function journey(upMs: number, downMs: number, skewMs = 0): Journey {
  const inServer = 15;
  return {
    capturedAt: 1000,
    arrivedAt: 1000 + upMs + inServer + downMs,
    paintedAt: 1000 + upMs + inServer + downMs + 6,
    heldMs: 0,
    timing: {
      handedUs: (ORIGIN + 1000 + upMs + skewMs) * 1000,
      decodeUs: 1000,
      waitUs: 2000,
      trackUs: 8000,
      pathUs: 3000,
      encodeUs: 1000,
      modelUs: 30_000,
    },
  };
}

const named = (spent: readonly number[]) =>
  Object.fromEntries(
    STAGES.map(({ id }, index) => [id, Math.round((spent[index] ?? NaN) * 10) / 10]),
  );
const total = (spent: readonly number[]) => spent.reduce((sum, ms) => sum + ms, 0);

describe("the budget of a frame", () => {
  it("puts every millisecond into one stage", () => {
    const spent = spend(journey(12, 3), around, new Ways(), ORIGIN);
    expect(named(spent)).toEqual({
      capture: 2,
      compress: 5,
      network: 2,
      buffer: 3,
      decode: 1,
      wait: 2,
      track: 8,
      path: 3,
      encode: 1,
      send: 3,
      hold: 0,
      paint: 6,
    });
    expect(total(spent)).toBeCloseTo(12 + 15 + 3 + 6, 3);
  });

  it("tells the wait for a held picture from painting", () => {
    const held = (heldMs: number) =>
      named(spend({ ...journey(12, 3), heldMs }, around, new Ways(), ORIGIN));
    expect(held(4)).toMatchObject({ send: 3, hold: 4, paint: 2 });
    expect(held(110)).toMatchObject({ hold: 6, paint: 0 });
  });

  it("says no more of a stage than the whole way took", () => {
    const spent = spend(journey(4, 1), around, new Ways(), ORIGIN);
    expect(named(spent)).toMatchObject({ capture: 2, compress: 2, network: 0, buffer: 0 });
    expect(total(spent)).toBeCloseTo(4 + 15 + 1 + 6, 3);
  });

  it("leaves to the buffer what the browser does not tell", () => {
    const unknown = { captureMs: null, compressMs: null, roundTripMs: null };
    const spent = spend(journey(12, 3), unknown, new Ways(), ORIGIN);
    expect(named(spent)).toMatchObject({ capture: 0, compress: 0, network: 0, buffer: 12 });
  });

  it.each([500, -500])("shares the ways by the round trip where clocks are %i ms apart", (skew) => {
    const ways = new Ways();
    const spent = spend(journey(12, 3, skew), around, ways, ORIGIN);
    expect(ways.isEstimated).toBe(true);
    expect(named(spent)).toMatchObject({ send: 2 });
    expect(total(spent)).toBeCloseTo(12 + 15 + 3 + 6, 3);
    expect(Math.min(...spent)).toBeGreaterThanOrEqual(0);
  });

  it("believes the clocks again when they agree again", () => {
    const ways = new Ways();
    ways.share(500, -485, 4, 0);
    expect(ways.isEstimated).toBe(true);
    for (const now of [11_000, 22_000]) ways.share(12, 3, 4, now);
    expect(ways.share(12, 3, 4, 33_000)).toEqual([12, 3]);
    expect(ways.isEstimated).toBe(false);
  });
});
