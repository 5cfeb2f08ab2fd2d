import type { Frame, Known, TrackKey } from "./frames.js";
import type { Stage, WireRing } from "./messages.js";
import type { Header, ToldObject } from "./records.js";
import { Draft } from "./sections.js";

/**
 * Put a frame together from what was told of it.
 *
 * @param before what there was of an object, whose name it has if none was told.
 */
export function frameOf(
  { frameId, width, height }: Header,
  objects: ReadonlyMap<TrackKey, ToldObject>,
  names: ReadonlyMap<TrackKey, string>,
  before: (key: TrackKey) => Known | undefined,
): Frame {
  const known = new Map<TrackKey, Known>();
  for (const [key, { trackId, scoreU8, age, shape }] of objects) {
    const label = names.get(key) ?? before(key)?.outline.label ?? null;
    const [score, ageMs] = [scoreU8 / 255, Number(age)];
    const outline = { trackId, score, ageMs, label, ...drawn(shape), frameId };
    known.set(key, { outline, scoreU8, age });
  }
  return { frameId, width, height, objects: known };
}

function drawn(shape: ToldObject["shape"]): { stage: Stage; rings: readonly WireRing[] } {
  if (!(shape instanceof Draft)) return shape;
  return { stage: shape.isFine ? "fine" : "coarse", rings: shape.outline() };
}
