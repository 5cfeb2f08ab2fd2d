import { median } from "./median.js";

/** A frame is a picture's own within so much of the pictures' distance: less than half of it. */
const REACH = 0.45;
/** … and within this: clocks err by less, and a slow camera has nothing else near. */
const MAX_REACH_MS = 15;

/**
 * How near in time a frame and a picture are that are the same.
 *
 * @param spacingsMs from one picture to the next, of the last few; none: nothing is near enough but
 * what is as near as a clock errs.
 */
export function reachMs(spacingsMs: readonly number[]): number {
  const usual = median(spacingsMs);
  return Number.isNaN(usual) ? MAX_REACH_MS / 4 : Math.min(MAX_REACH_MS, REACH * usual);
}

/** The place of the value that is nearest to another, of values in order; -1 of none. */
export function nearestIndex(sorted: readonly number[], to: number): number {
  let after = sorted.findIndex((value) => value >= to);
  if (after < 0) after = sorted.length;
  const [below, above] = [sorted[after - 1], sorted[after]];
  if (above === undefined) return after - 1;
  return below !== undefined && to - below < above - to ? after - 1 : after;
}
