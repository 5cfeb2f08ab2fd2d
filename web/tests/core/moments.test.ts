/** Which outlines are drawn at which moment, and frames that come in parts. */

import { OutlineMotion } from "rtseg";
import { describe, expect, it } from "vitest";

import {
  drawnExactly,
  errorPx,
  frame,
  outline,
  played,
  SHAPE,
  shifted,
  steadily,
  STEP_MS,
  ticks,
} from "./moving.js";

describe("moments", () => {
  const walking = (ms: number) => shifted(0.3 * ms, 0);
  const motion = played(walking, [0, 40, 80, 120]);

  it("that are known are drawn as they were told", () => {
    for (const ms of [0, 40, 80, 120]) drawnExactly(motion, ms, walking(ms));
  });

  it("between two frames are on the way, and go on smoothly from the one to the other", () => {
    for (const ms of [50, 60, 70, 110]) expect(errorPx(motion, ms, walking(ms))).toBeLessThan(0.7);
    const [before, behind] = [59.99, 60.01].map((ms) => motion.at(ms)[0]?.rings[0] ?? []);
    const most = Math.max(...(before ?? []).map((x, at) => Math.abs(x - (behind?.[at] ?? NaN))));
    expect(most).toBeLessThan(1.5);
  });

  it("before all frames are those of the first", () => {
    drawnExactly(motion, -500, walking(0));
  });

  it("without a frame have nothing", () => {
    expect(new OutlineMotion().at(0)).toEqual([]);
    const cleared = played(walking, [0, 40]);
    cleared.clear();
    expect(cleared.at(40)).toEqual([]);
  });

  it("know what is tracked no more, and what is new", () => {
    const both = played(walking, [0, 40]);
    both.add(frame([outline(SHAPE, ticks(80), { trackId: 2 })], ticks(80)), 80);
    expect(both.at(120).map(({ trackId }) => trackId)).toEqual([2]);
    expect(both.at(10).map(({ trackId }) => trackId)).toEqual([1]);
  });

  it("keep what an outline is beside its rings", () => {
    const [drawn] = motion.at(130);
    const told = outline(SHAPE, ticks(120));
    expect({ ...drawn, rings: told.rings }).toEqual(told);
  });
});

describe("frames in parts", () => {
  const walking = (ms: number) => shifted(0.3 * ms, 0);

  it("know an outline of an older frame by its own time", () => {
    const motion = played(walking, steadily(6));
    const [older, ms] = [5 * STEP_MS, 6 * STEP_MS];
    const part = frame([outline(walking(older), ticks(older))], ticks(ms));
    motion.add({ ...part, isWhole: false }, ms);
    expect(errorPx(motion, ms, walking(ms))).toBeLessThan(1.5);
  });

  it("take more of the newest frame for the same step", () => {
    const motion = played(walking, steadily(6));
    const ms = 6 * STEP_MS;
    const id = ticks(ms);
    const coarse = outline(
      walking(ms).filter((_, at) => at % 2 === 0),
      id,
      { stage: "coarse" },
    );
    motion.add({ ...frame([coarse], id), isWhole: false }, ms);
    motion.add(frame([outline(walking(ms), id)], id), ms);
    expect(motion.at(ms)[0]?.stage).toBe("fine");
    expect(errorPx(motion, ms + STEP_MS, walking(ms + STEP_MS))).toBeLessThan(1.5);
  });
});
