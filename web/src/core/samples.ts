/** Places along outlines, evenly apart, and which way the outline faces there. */

import type { Ring } from "./path.js";

/** Columns of `count` places; those of one ring stand together, in its direction. */
export interface Samples {
  readonly count: number;
  readonly x: readonly number[];
  readonly y: readonly number[];
  /** Unit normals, all to the same side of the object. */
  readonly normalX: readonly number[];
  readonly normalY: readonly number[];
  /** 0 where the picture ends rather than the object, else 1. */
  readonly weight: readonly number[];
  /** Where the places of each ring begin. The first is its vertex 0. */
  readonly rings: readonly RingSamples[];
}

export interface RingSamples {
  readonly start: number;
  readonly end: number;
  /** Length of outline from one place to the next, pixels. */
  readonly step: number;
}

const FEWEST_OF_RING = 4;

/**
 * Take places along rings, together about `wanted`.
 *
 * @param width of the frame, @param height of the frame: what lies on its edge weighs nothing.
 */
export function sample(
  rings: readonly Ring[],
  wanted: number,
  width: number,
  height: number,
): Samples {
  const edges = rings.map(edgeLengths);
  const lengths = edges.map((ring) => ring.reduce((sum, length) => sum + length, 0));
  const apart = lengths.reduce((sum, length) => sum + length, 0) / wanted || 1;
  const columns: Columns = { x: [], y: [], normalX: [], normalY: [] };
  const placed = rings.map((ring, index) => {
    const start = columns.x.length;
    const length = lengths[index] ?? 0;
    const count = Math.max(FEWEST_OF_RING, Math.round(length / apart));
    const places = { start, end: start + count, step: length / count };
    walk(ring, edges[index] ?? [], places, columns);
    face(places, columns);
    return places;
  });
  const weight = columns.x.map((x, at) => {
    const y = columns.y[at] ?? 0;
    return x <= 0 || y <= 0 || x >= width || y >= height ? 0 : 1;
  });
  return { count: weight.length, ...columns, weight, rings: placed };
}

/** The length of the edge behind each vertex. */
export function edgeLengths(ring: Ring): number[] {
  const lengths: number[] = [];
  for (let at = 0; at + 1 < ring.length; at += 2) {
    const next = (at + 2) % ring.length;
    const [dx, dy] = [
      (ring[next] ?? 0) - (ring[at] ?? 0),
      (ring[next + 1] ?? 0) - (ring[at + 1] ?? 0),
    ];
    lengths.push(Math.sqrt(dx * dx + dy * dy));
  }
  return lengths;
}

interface Columns {
  readonly x: number[];
  readonly y: number[];
  readonly normalX: number[];
  readonly normalY: number[];
}

function walk(
  ring: Ring,
  edges: readonly number[],
  { end, step }: RingSamples,
  { x, y }: Columns,
): void {
  let along = 0;
  edges.forEach((length, vertex) => {
    const at = 2 * vertex;
    const next = (at + 2) % ring.length;
    const [ax, ay] = [ring[at] ?? 0, ring[at + 1] ?? 0];
    const [dx, dy] = [(ring[next] ?? 0) - ax, (ring[next + 1] ?? 0) - ay];
    // What rounding leaves over stands at the end of the last edge.
    for (; x.length < end && (along < length || next === 0); along += step) {
      const share = length > 0 ? Math.min(1, along / length) : 0;
      x.push(ax + share * dx);
      y.push(ay + share * dy);
    }
    along -= length;
  });
}

/** Across the line from the place before to the one behind. */
function face({ start, end }: RingSamples, { x, y, normalX, normalY }: Columns): void {
  const count = end - start;
  for (let at = 0; at < count; at++) {
    const before = start + ((at + count - 1) % count);
    const behind = start + ((at + 1) % count);
    const [dx, dy] = [(x[behind] ?? 0) - (x[before] ?? 0), (y[behind] ?? 0) - (y[before] ?? 0)];
    const length = Math.sqrt(dx * dx + dy * dy) || 1;
    normalX.push(-dy / length);
    normalY.push(dx / length);
  }
}
