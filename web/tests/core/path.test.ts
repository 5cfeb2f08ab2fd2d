import { area, bounds, contains, type PathSink, toSvgPath, trace, traceRounded } from "rtseg";
import { describe, expect, it } from "vitest";

// One pixel at column 3, row 5, as docs/wire.md has it, and a frame around a hole.
const pixel = [3, 5, 3, 6, 4, 6, 4, 5];
const outer = [0, 0, 0, 10, 10, 10, 10, 0];
const inner = [4, 4, 6, 4, 6, 6, 4, 6];

function log(): PathSink & { quadraticCurveTo: (...at: number[]) => void; calls: string[] } {
  const calls: string[] = [];
  const call =
    (verb: string) =>
    (...at: number[]) => {
      calls.push(`${verb}${at.map((value) => Math.round(value * 100) / 100).join(" ")}`);
    };
  return {
    calls,
    moveTo: call("M"),
    lineTo: call("L"),
    quadraticCurveTo: call("Q"),
    closePath: call("Z"),
  };
}

describe("path", () => {
  it("writes rings to anything that draws", () => {
    const sink = log();
    trace([pixel], sink);
    expect(sink.calls).toEqual(["M3 5", "L3 6", "L4 6", "L4 5", "Z"]);
    expect(toSvgPath([pixel, new Uint16Array([0, 0, 0, 1, 1, 1])])).toBe(
      "M3 5L3 6L4 6L4 5ZM0 0L0 1L1 1Z",
    );
  });

  it("rounds corners by no more than the radius, and never past the middle of an edge", () => {
    const sink = log();
    traceRounded([[0, 0, 0, 100, 4, 100]], 10, sink);
    expect(sink.calls).toEqual([
      "M0.4 9.99",
      "Q0 0 0 10",
      "L0 90",
      "Q0 100 2 100",
      "L2 100",
      "Q4 100 3.6 90.01",
      "Z",
    ]);
  });

  it("survives rings that are none", () => {
    const sink = log();
    traceRounded([[], [1, 1], [5, 5, 5, 5, 5, 5]], 10, sink);
    expect(sink.calls.every((call) => !call.includes("NaN"))).toBe(true);
    expect(bounds([])).toBe(null);
    expect(area([[]])).toBe(0);
  });

  it("measures", () => {
    expect(bounds([pixel, outer])).toEqual({ xMin: 0, yMin: 0, xMax: 10, yMax: 10 });
    expect(area([pixel])).toBe(1);
    expect(area([outer, inner])).toBe(100 - 4);
  });

  it("knows what is inside", () => {
    expect(contains([outer, inner], 2, 2)).toBe(true);
    expect(contains([outer, inner], 5, 5)).toBe(false);
    expect(contains([outer, inner], -1, 5)).toBe(false);
    // Every pixel's centre belongs to exactly one of two neighbours that share an edge.
    const neighbour = [4, 5, 4, 6, 5, 6, 5, 5];
    expect([contains([pixel], 4, 5.5), contains([neighbour], 4, 5.5)]).toEqual([false, true]);
  });
});
