/** The shapes of the chart: stages stacked over the last minute. Pure. */

import { type Bin, BINS, sumOf } from "./history.js";

/** Milliseconds at the top of the chart, one of a few, so that it stands still as a rule. */
const CEILINGS = [50, 100, 200, 400, 800, 1600, 3200];

/** @param now the ceiling so far: it comes down only when there is room to spare. */
export function ceilingOf(bins: readonly Bin[], now: number): number {
  const highest = Math.max(0, ...bins.map(({ spent }) => (spent === null ? 0 : sumOf(spent))));
  const fitting = (needed: number) => CEILINGS.find((one) => one >= needed) ?? 6400;
  const least = fitting(highest * 1.05);
  return least < now && fitting(highest * 1.4) >= now ? now : least;
}

/**
 * SVG path data of each stage's area, in columns from 0 to `BINS` and from 0 at the top to 1 at
 * 0 ms. What is above the ceiling is cut.
 */
export function layers(bins: readonly Bin[], stages: number, ceilingMs: number): string[] {
  const shapes = Array.from({ length: stages }, () => "");
  bins.forEach(({ spent }, column) => {
    if (spent === null) return;
    let from = 0;
    for (let stage = 0; stage < stages; stage++) {
      const to = from + (spent[stage] ?? 0) / ceilingMs;
      const [top, bottom] = [Math.min(1, to), Math.min(1, from)];
      from = to;
      if (top <= bottom) continue;
      const box = `M${column} ${down(bottom)}V${down(top)}h1V${down(bottom)}z`;
      shapes[stage] = (shapes[stage] ?? "") + box;
    }
  });
  return shapes;
}

/** Marks under the columns in which camera frames got no outline. */
export function marks(bins: readonly Bin[]): string {
  return bins.map(({ missed }, column) => (missed > 0 ? `M${column} 0h1v1h-1z` : "")).join("");
}

/** The column at this part of the chart's width, 0 … 1. */
export function columnAt(part: number): number {
  return Math.min(BINS - 1, Math.max(0, Math.floor(part * BINS)));
}

function down(part: number): string {
  return (1 - part).toFixed(3);
}
