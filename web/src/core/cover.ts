/** Which pixels of a small picture outlines cover. */

import type { Ring, Size } from "./path.js";

/**
 * Fill rings by the even-odd rule.
 *
 * @param rings in pixels of the picture, from its edges.
 * @returns 1 for each pixel whose centre is inside, else 0, row by row.
 */
export function coverOf(rings: readonly Ring[], { width, height }: Size): Uint8Array {
  const cover = new Uint8Array(width * height);
  const crossings: number[][] = [];
  for (const ring of rings) {
    for (let at = 0; at + 1 < ring.length; at += 2) {
      const next = (at + 2) % ring.length;
      cross(
        ring[at] ?? 0,
        ring[at + 1] ?? 0,
        ring[next] ?? 0,
        ring[next + 1] ?? 0,
        height,
        crossings,
      );
    }
  }
  crossings.forEach((row, y) => {
    row.sort((one, other) => one - other);
    for (let at = 0; at + 1 < row.length; at += 2) {
      const from = Math.max(0, Math.ceil((row[at] ?? 0) - 0.5));
      const to = Math.min(width, Math.ceil((row[at + 1] ?? 0) - 0.5));
      if (to > from) cover.fill(1, y * width + from, y * width + to);
    }
  });
  return cover;
}

/** Note where an edge crosses the middle of each row. */
function cross(
  ax: number,
  ay: number,
  bx: number,
  by: number,
  height: number,
  crossings: number[][],
): void {
  const first = Math.max(0, Math.ceil(Math.min(ay, by) - 0.5));
  const end = Math.min(height, Math.ceil(Math.max(ay, by) - 0.5));
  const slope = (bx - ax) / (by - ay);
  for (let y = first; y < end; y++) (crossings[y] ??= []).push(ax + (y + 0.5 - ay) * slope);
}
