import {
  area,
  bleed,
  bounds,
  contains,
  type PathSink,
  toSvgPath,
  trace,
  traceRounded,
} from "rtseg";
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

  it("rounds corners within the deviation, and never past the middle of an edge", () => {
    const sink = log();
    // A right angle may take 2√2 · deviation of its edges; the edges of 2 have less to give. A
    // third of what is cut off is given back: the control point lies outside of the corner.
    traceRounded([[0, 0, 0, 100, 2, 100, 2, 0]], 1, sink);
    expect(sink.calls).toEqual([
      "M1 0",
      "Q-0.08 -0.24 0 2.83",
      "L0 97.17",
      "Q-0.08 100.24 1 100",
      "L1 100",
      "Q2.08 100.24 2 97.17",
      "L2 2.83",
      "Q2.08 -0.24 1 0",
      "Z",
    ]);
  });

  it("leaves no trace of a corner that is none", () => {
    const sink = log();
    traceRounded([[0, 0, 0, 50, 0, 100, 100, 100]], 1, sink);
    expect(sink.calls.slice(2, 4)).toEqual(["L0 25", "Q0 50 0 75"]);
  });

  it("bleeds over the edges of the frame, and only there", () => {
    expect(bleed([0, 20, 0, 36, 64, 36, 30, 10], 64, 36, 9)).toEqual([
      -9, 20, -9, 45, 73, 45, 30, 10,
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
    // Where outer rings overlap is inside, as a canvas fills: docs/wire.md asks for nonzero.
    expect(contains([outer, outer], 5, 5)).toBe(true);
    // Every pixel's centre belongs to exactly one of two neighbours that share an edge.
    const neighbour = [4, 5, 4, 6, 5, 6, 5, 5];
    expect([contains([pixel], 4, 5.5), contains([neighbour], 4, 5.5)]).toEqual([false, true]);
  });
});
