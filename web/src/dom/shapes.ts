/** Outlines as the canvas takes them. */

import { sampleRounded, traceDense } from "../core/curve.js";
import { RTP_TICKS_PER_MS } from "../core/frames.js";
import { bleed, type Size } from "../core/path.js";
import type { Outline } from "../core/wire.js";
import type { Drawn, Named, Scene } from "./scene.js";

/** From here on an outline is less and less certain … */
export const UNSURE_MS = 500;
/** … and drawn dashed. */
const DASHED_MS = 900;
const AGED_DASH = [3, 2.6];
/** How far rounding may leave the outline, in camera pixels: about the outline's own error. */
const ROUNDING_PX = 2;
/** Far enough for the thickest line and its shadow to lie outside, in camera pixels. */
const BLEED_PX = 40;
/** So close that what stands between two places can be told from them. */
const SPACING_PX = 6;

export interface Shape {
  readonly object: Drawn;
  readonly path: Path2D;
  readonly certainty: number;
  /** In widths of the line. */
  readonly dash: readonly number[] | null;
}

/** The outline as a smooth one, which runs on beyond the picture where that cuts it off. */
export function rounded(object: Outline, { width, height }: Size): Drawn {
  if (object.stage === "box") return object;
  const rings = object.rings.map((ring) =>
    sampleRounded(bleed(ring, width, height, BLEED_PX), ROUNDING_PX, SPACING_PX),
  );
  return { ...object, rings };
}

export function shapeOf(object: Drawn, scene: Scene): Shape {
  const smooth = new Path2D();
  traceDense(object.rings, smooth);
  const path = new Path2D();
  const { scale, x, y } = scene.placement;
  path.addPath(smooth, { a: scale, d: scale, e: x, f: y });
  return { object, path, ...trust(object, scene) };
}

/** How an outline is drawn, by how far it can be trusted. */
function trust(
  { standing, ageMs, frameId }: Named,
  { frame, sinceArrivalMs, uncertain }: Scene,
): Pick<Shape, "certainty" | "dash"> {
  // Where a part of the frame is missing, the outline is still that of an older one.
  const behindMs = Math.max(0, (frame.frameId - frameId) | 0) / RTP_TICKS_PER_MS;
  // A tracker that says how sure it is has thought of the age of its evidence.
  const unsureMs = behindMs + sinceArrivalMs + (standing === null ? ageMs : 0);
  const certainty = Math.max(0.4, 1 - Math.max(0, unsureMs - UNSURE_MS) / 1500);
  if (standing?.state === "uncertain") {
    return { certainty: Math.min(certainty, uncertain.opacity), dash: uncertain.dash };
  }
  return { certainty, dash: unsureMs > DASHED_MS ? AGED_DASH : null };
}
