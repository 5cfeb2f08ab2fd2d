/** How a coarse outline becomes a fine one: every place of the fine one comes from the coarse one. */

import { nearestOn, type Ring } from "./path.js";

/** The rings on their way: 0 lies on the coarse outline, 1 is the fine one. */
export type Settling = (progress: number) => number[][];

/**
 * Let every vertex of the fine rings begin at the nearest place of the coarse ones. Neither their
 * numbers nor their directions have to agree; without coarse rings the fine ones stand at once.
 */
export function settling(coarse: readonly Ring[], fine: readonly Ring[]): Settling {
  const from = fine.map((ring) => onto(ring, coarse));
  return (progress) =>
    fine.map((ring, index) => {
      const begin = from[index] ?? ring;
      return Array.from(ring, (value, at) => {
        const start = begin[at] ?? value;
        return start + (value - start) * progress;
      });
    });
}

function onto(ring: Ring, rings: readonly Ring[]): number[] {
  const moved: number[] = [];
  for (let at = 0; at + 1 < ring.length; at += 2) {
    const [x, y] = [ring[at] ?? 0, ring[at + 1] ?? 0];
    moved.push(...(nearestOn(rings, x, y) ?? [x, y]));
  }
  return moved;
}
