/** Outlines of objects that were lost, for as long as they fade. Without a clock of its own. */

import type { FrameMessage, Outline } from "./messages.js";

/** An outline that is going. */
export interface Leaving {
  /** As it was last seen. */
  readonly outline: Outline;
  /** How much of it is left, from 1 down to above 0. */
  readonly left: number;
}

interface Farewell {
  readonly outline: Outline;
  readonly since: number;
}

export class Farewells {
  readonly #leaving = new Map<number, Farewell>();

  /**
   * Take the frame that is shown from now on.
   *
   * @param before the one that was; null if there was none.
   * @param now in milliseconds, as in `left`.
   */
  take(frame: FrameMessage, before: FrameMessage | null, now: number): void {
    if (before?.width !== frame.width || before.height !== frame.height) this.clear();
    const objects = new Map(frame.objects.map((object) => [object.trackId, object]));
    // What is back, or is not tracked any more, does not fade.
    for (const trackId of this.#leaving.keys()) {
      if (!isLost(objects.get(trackId))) this.#leaving.delete(trackId);
    }
    for (const outline of before?.objects ?? []) {
      if (outline.rings.length === 0 || outline.stage === "box") continue;
      if (!isLost(objects.get(outline.trackId))) continue;
      this.#leaving.set(outline.trackId, { outline, since: now });
    }
  }

  /** What is still to be seen of those that were lost less than so long ago. */
  left(now: number, fadeMs: number): Leaving[] {
    const seen: Leaving[] = [];
    for (const [trackId, { outline, since }] of this.#leaving) {
      const left = 1 - (now - since) / fadeMs;
      if (left > 0) seen.push({ outline, left: Math.min(1, left) });
      else this.#leaving.delete(trackId);
    }
    return seen;
  }

  clear(): void {
    this.#leaving.clear();
  }
}

function isLost(object: Outline | undefined): boolean {
  return object?.standing?.state === "lost" && object.rings.length === 0;
}
