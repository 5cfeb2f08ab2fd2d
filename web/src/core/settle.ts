/** How a coarse outline becomes a fine one: every place of the fine one comes from the coarse one. */

import type { Ring } from "./path.js";

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
    moved.push(...nearest(ring[at] ?? 0, ring[at + 1] ?? 0, rings));
  }
  return moved;
}

function nearest(x: number, y: number, rings: readonly Ring[]): [number, number] {
  let [bestX, bestY, least] = [x, y, Infinity];
  for (const ring of rings) {
    const length = ring.length - (ring.length % 2);
    for (let at = 0; at < length; at += 2) {
      const next = (at + 2) % length;
      const [ax, ay] = [ring[at] ?? 0, ring[at + 1] ?? 0];
      const [dx, dy] = [(ring[next] ?? 0) - ax, (ring[next + 1] ?? 0) - ay];
      const along = ((x - ax) * dx + (y - ay) * dy) / (dx * dx + dy * dy || 1);
      const t = Math.max(0, Math.min(1, along));
      const [px, py] = [ax + t * dx, ay + t * dy];
      const distance = (px - x) ** 2 + (py - y) ** 2;
      if (distance >= least) continue;
      [bestX, bestY, least] = [px, py, distance];
    }
  }
  return [bestX, bestY];
}
