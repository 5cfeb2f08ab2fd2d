/** What an overlay tells of each picture that it puts on the screen. */

import type { FrameMessage } from "./messages.js";

/**
 * How pictures and outlines are brought together: each picture as soon as it is there, with the
 * newest outlines moved on to it; or held back until its own outlines have come.
 */
export type Showing = "live" | "in step";

/**
 * Why pictures are shown live although "in step" was asked for: the browser does not say when they
 * were captured; the server has not said yet when its frames were; or no outlines come.
 */
export type WhyLive = "no capture times" | "no clock" | "no outlines";

export interface ShownShape {
  readonly trackId: number;
  /** Closed rings, each x, y, x, y … in camera pixels, as they were drawn. */
  readonly rings: readonly (readonly number[])[];
}

/** All times are on the scale of `performance.now()`. */
export interface Presentation {
  /** When it was drawn. */
  readonly at: number;
  /** As it is, not as it was asked for. */
  readonly showing: Showing;
  readonly why: WhyLive | null;
  /** When the camera took the picture on the screen; null where that is not known. */
  readonly pictureCapturedAt: number | null;
  /** What the server said of the outlines; null if there are none to draw. */
  readonly frame: FrameMessage | null;
  /** When the camera took the frame that they are right for. */
  readonly outlineCapturedAt: number | null;
  /** The picture's time minus theirs; 0 if they are of this very picture. */
  readonly gapMs: number | null;
  /** By how much the picture is held back on purpose; 0 in "live". */
  readonly heldMs: number;
  readonly shapes: readonly ShownShape[];
}
