/** Frames that come in parts, docs/wire.md, until they are whole. */

import { WireError } from "./errors.js";
import type { TrackKey } from "./frames.js";
import type { Told, ToldObject } from "./records.js";
import { Draft } from "./sections.js";

/** So many frames of which parts are missing are kept. */
const MOST_FRAMES = 4;

/** What all parts of one frame agree upon. */
export interface PartHeader {
  readonly frameId: number;
  readonly since: number;
  /** As the part says it; null where the base does. */
  readonly size: readonly [width: number, height: number] | null;
  readonly count: number;
}

/** A frame, and what has come of it. */
export interface PartialFrame {
  readonly header: PartHeader;
  /** Which parts came. */
  readonly parts: ReadonlySet<number>;
  /** In the order in which they came. */
  readonly objects: ReadonlyMap<TrackKey, ToldObject>;
  readonly roll: ReadonlySet<TrackKey> | null;
}

/** Begin a frame of which nothing has come yet. */
export function noParts(header: PartHeader): PartialFrame {
  return { header, parts: new Set(), objects: new Map(), roll: null };
}

/** Whether another part may be of the same frame. */
export function agrees(header: PartHeader, other: PartHeader): boolean {
  return (
    header.since === other.since &&
    header.count === other.count &&
    header.size?.[0] === other.size?.[0] &&
    header.size?.[1] === other.size?.[1]
  );
}

/**
 * Add a part.
 *
 * @throws {WireError} if it tells an object that another part has told, or a second roll.
 */
export function withPart(partial: PartialFrame, index: number, told: Told): PartialFrame {
  if (partial.roll !== null && told.roll !== null) throw new WireError("two rolls in a frame");
  const objects = new Map(partial.objects);
  for (const [key, object] of told.objects) {
    const other = objects.get(key);
    if (other === undefined) objects.set(key, object);
    else objects.set(key, joined(key, other, object, told));
  }
  return {
    header: partial.header,
    parts: new Set(partial.parts).add(index),
    objects,
    roll: partial.roll ?? told.roll,
  };
}

function joined(
  key: TrackKey,
  one: ToldObject,
  other: ToldObject,
  { names, standings }: Told,
): ToldObject {
  if (!(one.shape instanceof Draft) || !(other.shape instanceof Draft)) {
    throw new WireError(`object ${key} in two parts of a frame`);
  }
  const standing = standings.get(key);
  return {
    ...one,
    shape: one.shape.joined(other.shape),
    label: names.get(key) ?? one.label,
    standing: standing === undefined ? one.standing : standing,
  };
}

/** The objects of a whole frame: in the order of the roll, and behind it those that it leaves out. */
export function inOrder({ objects, roll }: PartialFrame): Map<TrackKey, ToldObject> {
  return only(objects, new Set([...(roll ?? []), ...objects.keys()]));
}

/** Those of the objects that have these track ids, in their order. */
export function only(
  objects: ReadonlyMap<TrackKey, ToldObject>,
  keys: Iterable<TrackKey>,
): Map<TrackKey, ToldObject> {
  const found = new Map<TrackKey, ToldObject>();
  for (const key of keys) {
    const object = objects.get(key);
    if (object !== undefined) found.set(key, object);
  }
  return found;
}

/** Frames of which parts are missing, those that began last. */
export class PartialFrames {
  readonly #frames = new Map<number, PartialFrame>();

  get(frameId: number): PartialFrame | undefined {
    return this.#frames.get(frameId);
  }

  set(partial: PartialFrame): void {
    this.#frames.set(partial.header.frameId, partial);
    for (const frameId of this.#frames.keys()) {
      if (this.#frames.size <= MOST_FRAMES) return;
      this.#frames.delete(frameId);
    }
  }

  delete(frameId: number): void {
    this.#frames.delete(frameId);
  }
}
