/** Outlines of one drawn shape, as the wire tells them, for tests of what is shown when. */

import { type FrameMessage, type Outline, OutlineMotion } from "rtseg";
import { expect } from "vitest";

export const [WIDTH, HEIGHT] = [640, 360];
export const STEP_MS = 1000 / 30;

export type Place = readonly [number, number];
export type Shape = readonly Place[];

/** Something without symmetry, counter-clockwise on the screen. */
export const SHAPE: Shape = Array.from({ length: 24 }, (_, at) => {
  const angle = (-2 * Math.PI * at) / 24;
  const radius = 50 + 12 * Math.sin(2 * angle + 1) + 8 * Math.cos(3 * angle);
  return [300 + 1.4 * radius * Math.cos(angle), 180 + radius * Math.sin(angle)];
});

export function shifted(right: number, down: number): Shape {
  return SHAPE.map(([x, y]) => [x + right, y + down]);
}

/** On the lattice, as the wire has it, within the frame. */
export function ring(shape: Shape): Uint16Array {
  return Uint16Array.from(
    shape.flatMap(([x, y]) => [
      Math.round(Math.min(WIDTH, Math.max(0, x))),
      Math.round(Math.min(HEIGHT, Math.max(0, y))),
    ]),
  );
}

export function outline(shape: Shape, frameId: number, more: Partial<Outline> = {}): Outline {
  return {
    trackId: 1,
    standing: null,
    rings: [ring(shape)],
    score: 1,
    ageMs: 0,
    label: null,
    stage: "fine",
    frameId,
    ...more,
  };
}

export function frame(objects: readonly Outline[], frameId: number): FrameMessage {
  const size = { width: WIDTH, height: HEIGHT };
  return { kind: "frame", frameId, ...size, objects, isWhole: true, timing: null };
}

export function ticks(ms: number): number {
  return Math.round(90 * ms) >>> 0;
}

/** Show something at those times; `where` tells how it is at one. */
export function played(
  where: (ms: number) => Shape,
  times: readonly number[],
  more: Partial<Outline> = {},
): OutlineMotion {
  const motion = new OutlineMotion();
  for (const ms of times) {
    motion.add(frame([outline(where(ms), ticks(ms), more)], ticks(ms)), ms);
  }
  return motion;
}

export function steadily(count: number): number[] {
  return Array.from({ length: count }, (_, at) => at * STEP_MS);
}

/** How far the vertices are from where they should be, on average. */
export function errorPx(motion: OutlineMotion, ms: number, truth: Shape): number {
  const drawn = motion.at(ms)[0]?.rings[0] ?? [];
  expect(drawn).toHaveLength(2 * truth.length);
  const gaps = truth.map(([x, y], at) =>
    Math.hypot((drawn[2 * at] ?? NaN) - x, (drawn[2 * at + 1] ?? NaN) - y),
  );
  return gaps.reduce((sum, gap) => sum + gap, 0) / gaps.length;
}

export function rightmost(ring: ArrayLike<number>): number {
  return Math.max(...Array.from(ring).filter((_, at) => at % 2 === 0));
}

export function drawnExactly(motion: OutlineMotion, ms: number, shape: Shape): void {
  expect(motion.at(ms)[0]?.rings.map((one) => [...one])).toEqual([[...ring(shape)]]);
}
