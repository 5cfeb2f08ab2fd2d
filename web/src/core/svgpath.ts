/**
 * The path texts of the image API: SVG path data in [0, 1] of a box, which itself is in [0, 1] of
 * the picture.
 *
 * What the server writes is understood, M L H V C S Q Z in absolute coordinates, and nothing else. A
 * text that still arrives may end anywhere: what is whole of it can be drawn.
 */

import { ApiError } from "./json.js";
import type { Box, PathSink, Size } from "./path.js";

export interface BezierSink extends PathSink {
  bezierCurveTo(x1: number, y1: number, x2: number, y2: number, x: number, y: number): void;
}

/** One step of a path: where it goes, over which control points. */
export type Step =
  | { readonly kind: "move" | "line"; readonly to: readonly [number, number] }
  | {
      readonly kind: "curve";
      readonly to: readonly [number, number];
      readonly controls: readonly [number, number, number, number];
    }
  | { readonly kind: "close" };

const TOKEN = /\s*,?\s*(?:([A-Za-z])|([-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?))/y;
const NUMBERS: Readonly<Record<string, number>> = {
  M: 2,
  L: 2,
  H: 1,
  V: 1,
  C: 6,
  S: 4,
  Q: 4,
  Z: 0,
};

/**
 * Read a path text.
 *
 * @param isPartial more of it is to come: what is not whole yet at its end is left out.
 * @throws {ApiError} if it is not such a path.
 */
export function parsePath(text: string, isPartial = false): Step[] {
  const reader = new StepReader();
  const body = isPartial ? text.replace(/[^\sA-Za-z,]*$/, "") : text;
  let command = "";
  let wanted = 0;
  let numbers: number[] = [];
  TOKEN.lastIndex = 0;
  let end = 0;
  for (let token = TOKEN.exec(body); token !== null; token = TOKEN.exec(body)) {
    end = TOKEN.lastIndex;
    if (token[1] !== undefined) {
      if (numbers.length > 0) throw new ApiError(`a path with too few numbers for ${command}`);
      command = token[1];
      const count = NUMBERS[command];
      if (count === undefined) throw new ApiError(`a path with the command ${command}`);
      wanted = count;
      if (wanted === 0) reader.take("Z", []);
      continue;
    }
    if (wanted === 0) throw new ApiError("a path with a number that belongs to no command");
    numbers.push(Number(token[2]));
    if (numbers.length < wanted) continue;
    reader.take(command, numbers);
    numbers = [];
    // Further pairs after a move are lines.
    if (command === "M") command = "L";
  }
  if (body.slice(end).trim() !== "") throw new ApiError("a path with something else than numbers");
  if (!isPartial && numbers.length > 0) throw new ApiError("a path that ends in the middle");
  return reader.steps;
}

class StepReader {
  readonly steps: Step[] = [];
  #at: [number, number] = [0, 0];
  #start: [number, number] = [0, 0];
  /** The second control point of the curve before, if there was one. */
  #handle: [number, number] | null = null;

  take(command: string, n: readonly number[]): void {
    const [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0] = n;
    const [x, y] = this.#at;
    if (this.steps.length === 0 && command !== "M") {
      throw new ApiError("a path that does not begin with M");
    }
    switch (command) {
      case "M":
        this.#start = [a, b];
        this.#go("move", a, b);
        break;
      case "L":
        this.#go("line", a, b);
        break;
      case "H":
        this.#go("line", a, y);
        break;
      case "V":
        this.#go("line", x, a);
        break;
      case "C":
        this.#curve(a, b, c, d, e, f);
        break;
      case "S": {
        const [hx, hy] = this.#handle ?? [x, y];
        this.#curve(2 * x - hx, 2 * y - hy, a, b, c, d);
        break;
      }
      case "Q":
        this.#curve(
          x + ((a - x) * 2) / 3,
          y + ((b - y) * 2) / 3,
          c + ((a - c) * 2) / 3,
          d + ((b - d) * 2) / 3,
          c,
          d,
        );
        break;
      default:
        this.steps.push({ kind: "close" });
        this.#at = this.#start;
        this.#handle = null;
    }
  }

  #go(kind: "move" | "line", x: number, y: number): void {
    this.steps.push({ kind, to: [x, y] });
    this.#at = [x, y];
    this.#handle = null;
  }

  #curve(x1: number, y1: number, x2: number, y2: number, x: number, y: number): void {
    this.steps.push({ kind: "curve", to: [x, y], controls: [x1, y1, x2, y2] });
    this.#at = [x, y];
    this.#handle = [x2, y2];
  }
}

/**
 * Draw steps into a picture of a size: `ctx`, a `Path2D`, or anything else with these verbs.
 *
 * @param box that the steps are normalised to, in [0, 1] of the picture.
 */
export function traceSteps(
  steps: readonly Step[],
  box: Box,
  { width, height }: Size,
  sink: BezierSink,
): void {
  const atX = (x: number) => (box.xMin + x * (box.xMax - box.xMin)) * width;
  const atY = (y: number) => (box.yMin + y * (box.yMax - box.yMin)) * height;
  for (const step of steps) {
    if (step.kind === "close") {
      sink.closePath();
      continue;
    }
    const [x, y] = step.to;
    if (step.kind === "curve") {
      const [x1, y1, x2, y2] = step.controls;
      sink.bezierCurveTo(atX(x1), atY(y1), atX(x2), atY(y2), atX(x), atY(y));
    } else if (step.kind === "move") sink.moveTo(atX(x), atY(y));
    else sink.lineTo(atX(x), atY(y));
  }
}

/**
 * Draw a path text of the API into a picture of a size.
 *
 *     const outline = new Path2D();
 *     drawPath(found.path, found.bbox, canvas, outline);
 *     context.fill(outline);
 *
 * @param isPartial it is a coarse path that still arrives.
 * @throws {ApiError} if it is not such a path.
 */
export function drawPath(
  path: string,
  bbox: Box,
  size: Size,
  sink: BezierSink,
  isPartial = false,
): void {
  traceSteps(parsePath(path, isPartial), bbox, size, sink);
}

/** So many straight pieces stand for a curve: a hundredth of its length is less than a line wide. */
const PIECES = 8;

/** The rings of a path text, curves as short straight pieces, in the picture's pixels. */
export function ringsOf(steps: readonly Step[], box: Box, size: Size): number[][] {
  const rings: number[][] = [];
  let ring: number[] = [];
  traceSteps(steps, box, size, {
    moveTo(x, y) {
      ring = [x, y];
      rings.push(ring);
    },
    lineTo(x, y) {
      ring.push(x, y);
    },
    bezierCurveTo(x1, y1, x2, y2, x, y) {
      const [x0 = 0, y0 = 0] = ring.slice(-2);
      for (let piece = 1; piece <= PIECES; piece++) {
        const t = piece / PIECES;
        const u = 1 - t;
        const [a, b, c, d] = [u * u * u, 3 * u * u * t, 3 * u * t * t, t * t * t];
        ring.push(a * x0 + b * x1 + c * x2 + d * x, a * y0 + b * y1 + c * y2 + d * y);
      }
    },
    closePath() {
      // The last vertex joins the first anyway.
    },
  });
  return rings.filter(({ length }) => length >= 6);
}
