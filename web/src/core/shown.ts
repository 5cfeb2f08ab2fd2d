/** What is on show, docs/wire.md: never older than it was, and each object of the newest it can be. */

import { type Frame, HISTORY, isOlder, type Known, type TrackKey } from "./frames.js";

/** An object on show, and at which of the frames that were shown it was last told of. */
interface OnShow {
  readonly known: Known;
  readonly toldAt: number;
}

export class Shown {
  #frameId: number | null = null;
  #width = 0;
  #height = 0;
  #objects: ReadonlyMap<TrackKey, OnShow> = new Map();
  /** How many frames were shown. */
  #count = 0;
  /** The newest frame, newer than the one on show, that could not be decoded. */
  #missed: number | null = null;

  get isStale(): boolean {
    return this.#missed !== null;
  }

  get(key: TrackKey): Known | undefined {
    return this.#objects.get(key)?.known;
  }

  get objects(): Known[] {
    return Array.from(this.#objects.values(), ({ known }) => known);
  }

  /** Whether it is too late to show a frame. */
  isLate(frameId: number): boolean {
    return this.#frameId !== null && isOlder(frameId, this.#frameId);
  }

  /** Show a frame that is whole, and nothing else. */
  showWhole(frame: Frame): void {
    this.#begin(frame);
    this.#objects = new Map(
      Array.from(frame.objects, ([key, known]) => [key, { known, toldAt: this.#count }]),
    );
  }

  /** Show a part of a frame, and of the other objects what is on show, if it is in the roll. */
  showPart(part: Frame, roll: ReadonlySet<TrackKey> | null): void {
    const isOtherSize = part.width !== this.#width || part.height !== this.#height;
    this.#begin(part);
    const objects = new Map(isOtherSize ? [] : this.#objects);
    for (const [key, known] of part.objects) objects.set(key, { known, toldAt: this.#count });
    for (const [key, { toldAt }] of objects) {
      const isGone = roll !== null && !roll.has(key);
      if (isGone || this.#count - toldAt >= HISTORY) objects.delete(key);
    }
    this.#objects = objects;
  }

  /** A frame could not be decoded. */
  miss(frameId: number): void {
    if (this.#frameId === frameId || this.isLate(frameId)) return;
    if (this.#missed === null || !isOlder(frameId, this.#missed)) this.#missed = frameId;
  }

  #begin({ frameId, width, height }: Frame): void {
    if (this.#frameId !== frameId) this.#count++;
    this.#frameId = frameId;
    this.#width = width;
    this.#height = height;
    if (this.#missed !== null && !isOlder(frameId, this.#missed)) this.#missed = null;
  }
}
