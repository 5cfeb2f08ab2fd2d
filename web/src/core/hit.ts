/** Which outline a place in the picture belongs to. */

import type { Stage } from "./messages.js";
import { area, bounds, type Box, contains, nearestOn, type Ring } from "./path.js";

/** As much of a frame message as a touch needs; its sides are the unit of the rings. */
export interface OutlinedFrame {
  readonly width: number;
  readonly height: number;
  readonly objects: readonly {
    readonly trackId: number;
    readonly rings: readonly Ring[];
    readonly stage?: Stage;
  }[];
}

/**
 * The object whose outline holds the place; the smallest of several, for it lies in front more
 * often than the others do. A box around something that is not outlined yet holds nothing.
 *
 * @param x in [0, 1] of the width, @param y of the height.
 */
export function objectAt(frame: OutlinedFrame, x: number, y: number): number | null {
  const [atX, atY] = [x * frame.width, y * frame.height];
  let found: number | null = null;
  let least = Infinity;
  for (const { trackId, rings, stage } of frame.objects) {
    if (stage === "box" || !contains(rings, atX, atY)) continue;
    const size = Math.abs(area(rings));
    if (size >= least) continue;
    least = size;
    found = trackId;
  }
  return found;
}

/** How far a place is from an object, in the frame's pixels: 0 inside, Infinity if it is not there. */
export function distanceTo(frame: OutlinedFrame, trackId: number, x: number, y: number): number {
  const [atX, atY] = [x * frame.width, y * frame.height];
  let nearest = Infinity;
  for (const object of frame.objects) {
    if (object.trackId !== trackId) continue;
    if (contains(object.rings, atX, atY)) return 0;
    const edge = nearestOn(object.rings, atX, atY);
    if (edge !== null) nearest = Math.min(nearest, Math.hypot(edge[0] - atX, edge[1] - atY));
  }
  return nearest;
}

/** The box around an object, in [0, 1] of the frame's sides; null if it is not visible. */
export function boxOf(frame: OutlinedFrame, trackId: number): Box | null {
  const box = bounds(frame.objects.find((one) => one.trackId === trackId)?.rings ?? []);
  if (box === null) return null;
  return {
    xMin: box.xMin / frame.width,
    yMin: box.yMin / frame.height,
    xMax: box.xMax / frame.width,
    yMax: box.yMax / frame.height,
  };
}
