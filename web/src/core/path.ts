/** Geometry of rings. Plain functions from numbers to numbers; y points down. */

/** One closed ring as x, y, x, y …; the last vertex joins the first. */
export type Ring = ArrayLike<number>;

/** What a path is written to: a Path2D, a canvas context, or anything with these verbs. */
export interface PathSink {
  moveTo(x: number, y: number): void;
  lineTo(x: number, y: number): void;
  closePath(): void;
}

export interface CurveSink extends PathSink {
  quadraticCurveTo(controlX: number, controlY: number, x: number, y: number): void;
}

export interface Size {
  readonly width: number;
  readonly height: number;
}

export interface Box {
  readonly xMin: number;
  readonly yMin: number;
  readonly xMax: number;
  readonly yMax: number;
}

/** Write the rings as they are. */
export function trace(rings: readonly Ring[], sink: PathSink): void {
  for (const ring of rings) {
    for (let at = 0; at + 1 < ring.length; at += 2) {
      const [x, y] = [coordinate(ring, at), coordinate(ring, at + 1)];
      if (at === 0) sink.moveTo(x, y);
      else sink.lineTo(x, y);
    }
    sink.closePath();
  }
}

/**
 * A ring with the vertices that lie on the frame's edge pushed `distance` beyond it.
 *
 * There the camera's picture ends, not the object: a line along it would be a lie, and a rounded
 * corner a gap. Drawn clipped to the frame, a bled ring has neither.
 */
export function bleed(ring: Ring, width: number, height: number, distance: number): Ring {
  return Array.from(ring, (value, at) => {
    if (value <= 0) return -distance;
    const side = at % 2 === 0 ? width : height;
    return value >= side ? side + distance : value;
  });
}

/** The rings as the `d` of an SVG path. */
export function toSvgPath(rings: readonly Ring[]): string {
  let d = "";
  trace(rings, {
    moveTo: (x, y) => (d += `M${x} ${y}`),
    lineTo: (x, y) => (d += `L${x} ${y}`),
    closePath: () => (d += "Z"),
  });
  return d;
}

/** The box around the rings; null around nothing. */
export function bounds(rings: readonly Ring[]): Box | null {
  let [xMin, yMin, xMax, yMax] = [Infinity, Infinity, -Infinity, -Infinity];
  for (const ring of rings) {
    for (let at = 0; at + 1 < ring.length; at += 2) {
      const [x, y] = [coordinate(ring, at), coordinate(ring, at + 1)];
      xMin = Math.min(xMin, x);
      yMin = Math.min(yMin, y);
      xMax = Math.max(xMax, x);
      yMax = Math.max(yMax, y);
    }
  }
  return xMin <= xMax ? { xMin, yMin, xMax, yMax } : null;
}

/** How much two boxes share, in square units; 0 where they only touch. */
export function overlap(a: Box, b: Box): number {
  const across = Math.min(a.xMax, b.xMax) - Math.max(a.xMin, b.xMin);
  const down = Math.min(a.yMax, b.yMax) - Math.max(a.yMin, b.yMin);
  return Math.max(0, across) * Math.max(0, down);
}

/** Area in square units: counter-clockwise rings (as seen on the screen) count, clockwise are holes. */
export function area(rings: readonly Ring[]): number {
  let doubled = 0;
  eachEdge(rings, (ax, ay, bx, by) => {
    doubled += bx * ay - ax * by;
  });
  return doubled / 2;
}

/**
 * Whether the point lies inside, by the nonzero rule. On an edge, it belongs to the side that is
 * right of or below it.
 */
export function contains(rings: readonly Ring[], x: number, y: number): boolean {
  let winding = 0;
  eachEdge(rings, (ax, ay, bx, by) => {
    if (ay > y === by > y || x < ax + ((y - ay) / (by - ay)) * (bx - ax)) return;
    winding += by > ay ? 1 : -1;
  });
  return winding !== 0;
}

/** The place on the rings that is nearest to another one; null without rings. */
export function nearestOn(rings: readonly Ring[], x: number, y: number): [number, number] | null {
  let best: [number, number] | null = null;
  let least = Infinity;
  eachEdge(rings, (ax, ay, bx, by) => {
    const [dx, dy] = [bx - ax, by - ay];
    const along = ((x - ax) * dx + (y - ay) * dy) / (dx * dx + dy * dy || 1);
    const t = Math.max(0, Math.min(1, along));
    const [px, py] = [ax + t * dx, ay + t * dy];
    const distance = (px - x) ** 2 + (py - y) ** 2;
    if (distance >= least) return;
    best = [px, py];
    least = distance;
  });
  return best;
}

function eachEdge(
  rings: readonly Ring[],
  visit: (ax: number, ay: number, bx: number, by: number) => void,
): void {
  for (const ring of rings) {
    const length = ring.length - (ring.length % 2);
    for (let at = 0; at < length; at += 2) {
      const next = (at + 2) % length;
      visit(
        coordinate(ring, at),
        coordinate(ring, at + 1),
        coordinate(ring, next),
        coordinate(ring, next + 1),
      );
    }
  }
}

function coordinate(ring: Ring, at: number): number {
  return ring[at] ?? 0;
}
