/** A press of the picture, from where the pointer came down to where it is. */

import type { PromptBox } from "rtseg";

export interface Press {
  /** CSS pixels in the window. */
  readonly x: number;
  readonly y: number;
  readonly toX: number;
  readonly toY: number;
  /** Moved by less than this, a press is a click. */
  readonly slopPx: number;
  /** Where it began, in [0, 1] of the picture. */
  readonly at: { readonly x: number; readonly y: number };
  /** The camera frame that was on the screen then. */
  readonly frame: number | null;
}

/** Fingers are broader and less steady than a mouse. */
export function slopOf(pointerType: string): number {
  return pointerType === "mouse" ? 6 : 14;
}

/** The box that was drawn, cut to the picture; null for a click, however unsteady. */
export function pressBox(
  { x, y, toX, toY, slopPx, at }: Press,
  toPicture: (x: number, y: number) => { x: number; y: number } | null,
): PromptBox | null {
  // A line is no box: it was meant as a click.
  if (Math.abs(toX - x) < slopPx || Math.abs(toY - y) < slopPx) return null;
  const to = toPicture(toX, toY);
  if (to === null) return null;
  const [endX, endY] = [cut(to.x), cut(to.y)];
  const box = {
    xMin: Math.min(at.x, endX),
    yMin: Math.min(at.y, endY),
    xMax: Math.max(at.x, endX),
    yMax: Math.max(at.y, endY),
  };
  return box.xMin < box.xMax && box.yMin < box.yMax ? box : null;
}

function cut(value: number): number {
  return Math.min(1, Math.max(0, value));
}
