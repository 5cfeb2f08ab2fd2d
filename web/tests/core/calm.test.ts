/** Outlines that tremble, move and change, one after the other. */

import { describe, expect, it } from "vitest";

import { Calm } from "../../src/core/calm.js";
import type { Ring } from "../../src/core/path.js";

const SIZE = { width: 640, height: 360 };
const FRAME_MS = 33;
const PLACES = 60;

/** A circle; `rough` is how far each place of it is off. */
function circle(x: number, y: number, rough: (place: number) => number = () => 0): number[] {
  return Array.from({ length: PLACES }, (_, place) => {
    const angle = (2 * Math.PI * place) / PLACES;
    const radius = 50 + rough(place);
    return [x + radius * Math.cos(angle), y + radius * Math.sin(angle)];
  }).flat();
}

/** The same each time, and evenly spread over ±`most`. */
function noise(most: number): (place: number) => number {
  return (place) => {
    seed = (seed * 1103515245 + 12345 + place) % 2147483648;
    return most * ((2 * seed) / 2147483648 - 1);
  };
}
let seed = 7;

function led(frames: readonly Ring[], strength: number): Ring[] {
  const calm = new Calm();
  return frames.map((ring, at) => {
    const [one] = calm.take([{ trackId: 1, rings: [ring] }], SIZE, at * FRAME_MS, strength);
    return one?.rings[0] ?? [];
  });
}

/** Mean distance of corresponding places. */
function apart(a: Ring, b: Ring): number {
  let sum = 0;
  for (let at = 0; at < a.length; at += 2) {
    sum += Math.hypot((a[at] ?? 0) - (b[at] ?? 0), (a[at + 1] ?? 0) - (b[at + 1] ?? 0));
  }
  return sum / (a.length / 2);
}

function steps(rings: readonly Ring[]): number {
  const last = rings.slice(-20);
  const each = last.slice(1).map((ring, at) => apart(ring, last[at] ?? []));
  return each.reduce((sum, one) => sum + one, 0) / each.length;
}

describe("calm", () => {
  it("takes most of the trembling from what stands still", () => {
    const frames = Array.from({ length: 60 }, () => circle(200, 150, noise(0.8)));
    expect(steps(led(frames, 0.5))).toBeLessThan(0.5 * steps(frames));
    expect(steps(led(frames, 1))).toBeLessThan(0.3 * steps(frames));
  });

  it("does not keep back what moves: less than a sixth of a frame", () => {
    for (const speed of [2, 6, 15]) {
      const frames = Array.from({ length: 30 }, (_, at) => circle(100 + speed * at, 150));
      const drawn = led(frames, 0.5).at(-1) ?? [];
      expect(apart(drawn, frames.at(-1) ?? [])).toBeLessThan(speed / 6);
    }
  });

  it("never draws a place further off than its leash, whatever comes", () => {
    const frames = Array.from({ length: 60 }, (_, at) =>
      circle(200 + 20 * Math.sin(at), 150, noise(6)),
    );
    for (const [at, drawn] of led(frames, 1).entries()) {
      for (const [index, value] of Array.from(drawn).entries()) {
        expect(Math.abs(value - (frames[at]?.[index] ?? 0))).toBeLessThanOrEqual(2.5);
      }
    }
  });

  it("draws what was told when there is nothing to go by", () => {
    const [first, later] = [circle(200, 150), circle(201, 150)];
    expect(led([first], 1)[0]).toEqual(Float64Array.from(first));
    expect(led([first, later], 0)[1]).toBe(later);
    const calm = new Calm();
    const take = (rings: Ring[], at: number, trackId = 1) =>
      calm.take([{ trackId, rings }], SIZE, at, 1)[0]?.rings[0];
    take([first], 0);
    expect(take([later], 10, 2)).toEqual(Float64Array.from(later)); // another thing
    expect(take([later], 1000)).toEqual(Float64Array.from(later)); // long ago
    expect(take([circle(420, 150)], 1033)).toEqual(Float64Array.from(circle(420, 150))); // elsewhere
    calm.clear();
    expect(take([first], 1066)).toEqual(Float64Array.from(first));
  });

  it("stays the same when the same moment is asked for again", () => {
    const calm = new Calm();
    const take = (ring: Ring, at: number) =>
      calm.take([{ trackId: 1, rings: [ring] }], SIZE, at, 1)[0]?.rings[0] ?? [];
    take(circle(200, 150), 0);
    const other = circle(201, 150, noise(1));
    const once = take(other, 33);
    expect(once).not.toEqual(Float64Array.from(other));
    expect(apart(take(other, 33), once)).toBeLessThan(1e-9);
  });

  it("leaves what lies on the picture's edge where it is", () => {
    const ring = (edge: number, x: number) => [edge, 50, edge, 200, x, 200, x, 125, x, 50];
    const [, drawn = []] = led([ring(2, 100), ring(0, 101)], 1);
    expect(drawn[0]).toBe(0);
    expect(drawn[4]).toBeGreaterThan(100);
    expect(drawn[4]).toBeLessThan(101);
  });
});
