import { traceRounded } from "rtseg";
import { describe, expect, it } from "vitest";

import { sampleRounded, traceDense } from "../../src/core/curve.js";
import { nearestOn } from "../../src/core/path.js";

/** A thing of long edges, blunt corners and a spike. */
const thing = [10, 10, 12, 80, 30, 95, 60, 99, 64, 180, 68, 99, 110, 90, 120, 40, 60, 5];

function distances(places: readonly number[], ring: readonly number[]): number[] {
  return places.flatMap((x, at) => {
    if (at % 2 === 1) return [];
    const [nearX, nearY] = nearestOn([ring], x, places[at + 1] ?? 0) ?? [Infinity, Infinity];
    return [Math.hypot(nearX - x, nearY - (places[at + 1] ?? 0))];
  });
}

describe("a curve around a ring", () => {
  it.each([0.5, 1, 2, 4])("stays within a deviation of %f", (deviation) => {
    const places = sampleRounded(thing, deviation, 1);
    expect(Math.max(...distances(places, thing))).toBeLessThanOrEqual(deviation);
    expect(Math.max(...distances(thing, places))).toBeLessThanOrEqual(deviation + 0.3);
  });

  it("gives back a part of what the corners lose: .0085 of this circle, where .0127 was lost", () => {
    const circle = Array.from({ length: 16 }, (_, at) => {
      const angle = (Math.PI * at) / 8;
      return [50 * Math.cos(angle), 50 * Math.sin(angle)];
    }).flat();
    const size = (ring: readonly number[]) => {
      let doubled = 0;
      for (let at = 0; at < ring.length; at += 2) {
        const next = (at + 2) % ring.length;
        doubled +=
          (ring[at] ?? 0) * (ring[next + 1] ?? 0) - (ring[next] ?? 0) * (ring[at + 1] ?? 0);
      }
      return Math.abs(doubled) / 2;
    };
    expect(size(sampleRounded(circle, 2, 0.5)) / size(circle)).toBeGreaterThan(0.991);
  });

  it("has no two neighbours further apart than asked", () => {
    const places = sampleRounded(thing, 2, 6);
    for (let at = 0; at < places.length; at += 2) {
      const next = (at + 2) % places.length;
      const [dx, dy] = [
        (places[next] ?? 0) - (places[at] ?? 0),
        (places[next + 1] ?? 0) - (places[at + 1] ?? 0),
      ];
      expect(Math.hypot(dx, dy)).toBeLessThanOrEqual(6 + 1e-9);
    }
  });

  it("has nothing to say of rings that are none", () => {
    expect(sampleRounded([], 2, 6)).toEqual([]);
    expect(sampleRounded([1, 1, 2, 2], 2, 6)).toEqual([]);
    expect(sampleRounded([5, 5, 5, 5, 5, 5], 2, 6).some(Number.isNaN)).toBe(false);
    const calls: number[][] = [];
    const call = (...at: number[]) => calls.push(at);
    const sink = { moveTo: call, lineTo: call, quadraticCurveTo: call, closePath: call };
    traceRounded([[], [1, 1]], 2, sink);
    traceDense([[], [1, 1]], sink);
    expect(calls).toEqual([]);
  });

  it("is drawn through the middles of its places, closed", () => {
    const calls: string[] = [];
    const call =
      (verb: string) =>
      (...at: number[]) => {
        calls.push(verb + at.join(" "));
      };
    const sink = {
      moveTo: call("M"),
      lineTo: call("L"),
      quadraticCurveTo: call("Q"),
      closePath: call("Z"),
    };
    traceDense([[0, 0, 0, 4, 4, 4]], sink);
    expect(calls).toEqual(["M2 2", "Q0 0 0 2", "Q0 4 2 4", "Q4 4 2 2", "Z"]);
  });
});
