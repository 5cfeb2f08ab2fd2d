/** Outlines that move on, by times that the test gives. */

import { OutlineMotion, type OutlineRing, type Standing } from "rtseg";
import { describe, expect, it } from "vitest";

import {
  drawnExactly,
  errorPx,
  frame,
  outline,
  played,
  type Place,
  rightmost,
  ring,
  SHAPE,
  shifted,
  steadily,
  STEP_MS,
  ticks,
  WIDTH,
} from "./moving.js";

describe("an outline that moves", () => {
  const walking = (ms: number) => shifted(0.24 * ms, -0.06 * ms);

  it("is led on by its own motion", () => {
    const motion = played(walking, steadily(8));
    const newest = 7 * STEP_MS;
    for (const [later, most] of [
      [STEP_MS, 1.2],
      [2 * STEP_MS, 2.9],
      [3 * STEP_MS, 5],
    ] as const) {
      expect(errorPx(motion, newest + later, walking(newest + later))).toBeLessThan(most);
    }
  });

  it("is led on by the times of its frames, however far apart they are", () => {
    const times = [0, 33, 100, 133, 167, 267, 300];
    expect(errorPx(played(walking, times), 340, walking(340))).toBeLessThan(1.8);
  });

  it("turns and grows on", () => {
    const turning = (ms: number) => {
      const [angle, size] = [ms / 700, 1 + ms / 2000];
      return SHAPE.map(([x, y]): Place => {
        const [dx, dy] = [size * (x - 300), size * (y - 180)];
        const [sine, cosine] = [Math.sin(angle), Math.cos(angle)];
        return [300 + cosine * dx - sine * dy, 180 + sine * dx + cosine * dy];
      });
    };
    const motion = played(turning, steadily(8));
    const [newest, later] = [7 * STEP_MS, 8.5 * STEP_MS];
    const behind = errorPx(motion, newest, turning(later));
    expect(errorPx(motion, later, turning(later))).toBeLessThan(0.6 * behind);
  });

  it("moves a limb on that moves alone", () => {
    const reach = (ms: number) =>
      SHAPE.map(([x, y], at): Place => (at >= 10 && at <= 13 ? [x - 0.15 * ms, y] : [x, y]));
    const motion = played(reach, steadily(10));
    const newest = 9 * STEP_MS;
    const later = newest + STEP_MS;
    expect(errorPx(motion, later, reach(later))).toBeLessThan(
      0.85 * errorPx(motion, newest, reach(later)),
    );
  });

  it("does not go far past where it stops", () => {
    const stopping = (ms: number) => walking(Math.min(ms, 5 * STEP_MS));
    const stopped = stopping(9 * STEP_MS);
    const [first, second] = [6, 7].map((count) =>
      errorPx(played(stopping, steadily(count)), count * STEP_MS, stopped),
    );
    expect(first).toBeGreaterThan(2);
    expect(second).toBeLessThan(1.5);
    drawnExactly(played(stopping, steadily(10)), 10 * STEP_MS, stopped);
  });

  it("is led on less and less: nothing flies off while no news comes", () => {
    const motion = played(walking, steadily(8));
    const newest = 7 * STEP_MS;
    expect(errorPx(motion, newest + 60_000, walking(newest))).toBeLessThan(0.33 * 320);
    expect(motion.at(newest + 60_000)).toEqual(motion.at(newest + 90_000));
  });

  it("keeps what ends at the picture's edge there, and nothing leaves the picture", () => {
    const entering = (ms: number) => shifted(-300 + 0.3 * ms, 0);
    const motion = played(entering, steadily(8));
    const newest = ring(entering(7 * STEP_MS));
    const drawn = motion.at(8.5 * STEP_MS)[0]?.rings[0] ?? [];
    newest.forEach((value, at) => {
      if (at % 2 === 0 && value === 0) expect(drawn[at]).toBe(0);
    });
    expect(rightmost(drawn)).toBeGreaterThan(rightmost(newest) + 8);
    const leaving = played((ms) => shifted(180 + 0.3 * ms, 0), steadily(8)).at(9 * STEP_MS);
    expect(rightmost(leaving[0]?.rings[0] ?? [])).toBe(WIDTH);
  });
});

describe("an outline that does not move", () => {
  it("stays exactly as it is", () => {
    drawnExactly(
      played(() => SHAPE, steadily(6)),
      7 * STEP_MS,
      SHAPE,
    );
  });

  it("trembles no more than its masks do", () => {
    let seed = 7;
    const random = () => {
      seed = (seed * 48271) % 2147483647;
      return seed / 2147483647;
    };
    const motion = new OutlineMotion();
    let [ahead, told] = [0, 0];
    let before: OutlineRing | undefined;
    let beforeTold: Uint16Array | undefined;
    for (let at = 0; at < 60; at++) {
      const [right, down] = [1.6 * random() - 0.8, 1.6 * random() - 0.8];
      const trembling = shifted(right, down).map(([x, y]): Place => [
        x + random() - 0.5,
        y + random() - 0.5,
      ]);
      motion.add(
        frame([outline(trembling, ticks(at * STEP_MS))], ticks(at * STEP_MS)),
        at * STEP_MS,
      );
      const drawn = motion.at((at + 1.5) * STEP_MS)[0]?.rings[0] ?? new Float32Array();
      const now = ring(trembling);
      if (at > 8) {
        drawn.forEach((value, index) => (ahead += Math.abs(value - (before?.[index] ?? value))));
        now.forEach((value, index) => (told += Math.abs(value - (beforeTold?.[index] ?? value))));
      }
      [before, beforeTold] = [drawn, now];
    }
    expect(told).toBeGreaterThan(0);
    expect(ahead).toBeLessThan(1.1 * told);
  });
});

describe("what is no motion", () => {
  const walking = (ms: number) => shifted(0.24 * ms, 0);

  it("is a cut: what is somewhere else at once", () => {
    const cut = (ms: number) =>
      ms < 5 * STEP_MS ? walking(ms) : SHAPE.map(([x, y]): Place => [y + 350, x / 2 - 40]);
    drawnExactly(played(cut, steadily(6)), 7 * STEP_MS, cut(6 * STEP_MS));
  });

  it("is what was lost and is found again", () => {
    const motion = played(walking, steadily(4));
    const found: Standing = { state: "found again", confidence: 0.9 };
    const [ms, there] = [5 * STEP_MS, shifted(60, 0)];
    motion.add(frame([outline(there, ticks(ms), { standing: found })], ticks(ms)), ms);
    drawnExactly(motion, ms + STEP_MS, there);
  });

  it("is what comes back after a while without an outline", () => {
    const motion = played(walking, steadily(4));
    const [lostAt, ms] = [4 * STEP_MS, 5 * STEP_MS];
    motion.add(frame([outline([], ticks(lostAt), { rings: [] })], ticks(lostAt)), lostAt);
    expect(motion.at(lostAt)[0]?.rings).toEqual([]);
    motion.add(frame([outline(walking(ms), ticks(ms))], ticks(ms)), ms);
    drawnExactly(motion, ms + STEP_MS, walking(ms));
  });

  it("is what follows upon nothing for a quarter of a second", () => {
    drawnExactly(played(walking, [0, 33, 67, 100, 400]), 430, walking(400));
  });

  it("is what a box becomes", () => {
    const motion = new OutlineMotion();
    const box = Uint16Array.of(200, 100, 200, 300, 420, 300, 420, 100);
    motion.add(frame([outline([], 0, { stage: "box", rings: [box] })], 0), 0);
    motion.add(frame([outline(SHAPE, ticks(33))], ticks(33)), 33);
    drawnExactly(motion, 66, SHAPE);
  });

  it("is another picture size, or a camera that began anew", () => {
    const motion = played(walking, steadily(4));
    const ms = 4 * STEP_MS;
    motion.add({ ...frame([outline(walking(ms), ticks(ms))], ticks(ms)), height: 480 }, ms);
    drawnExactly(motion, ms + STEP_MS, walking(ms));
    drawnExactly(motion, 0, walking(ms));
    const restarted = played(walking, steadily(4));
    const anew = 0x8000_0000;
    restarted.add(frame([outline(walking(ms), anew)], anew), ms);
    drawnExactly(restarted, ms + STEP_MS, walking(ms));
  });

  it("is followed less where the tracker is unsure", () => {
    const newest = 7 * STEP_MS;
    const way = (confidence: number) =>
      errorPx(
        played(walking, steadily(8), { standing: { state: "uncertain", confidence } }),
        newest + STEP_MS,
        walking(newest),
      );
    expect(way(0.25)).toBeLessThan(0.35 * way(1));
  });
});
