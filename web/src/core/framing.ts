/** From what records tell to a frame that others can build upon. */

import type { Frame, Known, TrackKey } from "./frames.js";
import type { Stage, WireRing } from "./messages.js";
import type { Header, ToldObject } from "./records.js";
import { Draft } from "./sections.js";

/** Put a frame together from what was told of it. */
export function frameOf(
  { frameId, width, height }: Header,
  objects: ReadonlyMap<TrackKey, ToldObject>,
): Frame {
  const known = new Map<TrackKey, Known>();
  for (const [key, { trackId, scoreU8, age, label, standing, shape }] of objects) {
    const [score, ageMs] = [scoreU8 / 255, Number(age)];
    const outline = { trackId, score, standing, ageMs, label, ...drawn(shape), frameId };
    known.set(key, { outline, scoreU8, age });
  }
  return { frameId, width, height, objects: known };
}

function drawn(shape: ToldObject["shape"]): { stage: Stage; rings: readonly WireRing[] } {
  if (!(shape instanceof Draft)) return shape;
  return { stage: shape.isFine ? "fine" : "coarse", rings: shape.outline() };
}
