import { describe, expect, it } from "vitest";

import { Lag } from "../../src/core/lag.js";

describe("Lag", () => {
  it("says so after a moment, and once", () => {
    const lag = new Lag();
    expect([lag.update(false, 0), lag.update(true, 100), lag.update(true, 400)]).toEqual([
      false,
      false,
      false,
    ]);
    expect(lag.update(true, 401)).toBe(true);
    expect(lag.isLong).toBe(true);
    expect(lag.update(true, 9000)).toBe(false);
    expect(lag.update(false, 9001)).toBe(true);
    expect(lag.isLong).toBe(false);
  });

  it("begins anew when it was right in between", () => {
    const lag = new Lag();
    lag.update(true, 0);
    lag.update(false, 200);
    lag.update(true, 250);
    expect(lag.update(true, 501)).toBe(false);
    expect(lag.update(true, 551)).toBe(true);
  });
});
