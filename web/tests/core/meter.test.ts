import { Meter } from "rtseg";
import { describe, expect, it } from "vitest";

describe("Meter", () => {
  it("measures over its window, and forgets", () => {
    const meter = new Meter(1000);
    expect([meter.rate(0), meter.mean(0), meter.median(0)]).toEqual([0, null, null]);
    for (let frame = 0; frame <= 60; frame++) meter.add((frame * 1000) / 30, frame % 2 ? 300 : 100);
    expect(meter.rate(2000)).toBeCloseTo(30);
    expect(meter.mean(2000)).toBeCloseTo(200, -1);
    expect(meter.perSecond(2000)).toBeCloseTo(6000, -3);
    expect(meter.rate(9000)).toBe(0);
  });

  it("lets the latest sample grow", () => {
    const meter = new Meter(1000);
    meter.grow(9); // of nothing
    for (const at of [0, 10]) meter.add(at, 5);
    meter.grow(2);
    expect(meter.mean(10)).toBe(6);
    meter.grow(100);
    expect(meter.median(10)).toBe(107);
    expect(meter.rate(10)).toBe(100);
  });

  it("holds a bounded number of samples", () => {
    const meter = new Meter(1e9);
    for (let at = 0; at < 5000; at++) meter.add(at, at);
    expect(meter.mean(5000)).toBeGreaterThan(3900);
  });
});
