/** What the server told of the last frames, by when the camera took them. */

import type { FrameMessage } from "./messages.js";

/** So many are kept: two seconds at 30 frames a second, more than any picture is held back. */
const KEPT = 64;

export interface Told {
  readonly frame: FrameMessage;
  readonly capturedAt: number;
}

export class ToldFrames {
  /** By capture time, oldest first. */
  #kept: Told[] = [];

  /** Add what was told; a frame of which a part was told already is told anew. */
  add(frame: FrameMessage, capturedAt: number): void {
    const others = this.#kept.filter((told) => told.frame.frameId !== frame.frameId);
    let at = others.length;
    while (at > 0 && (others[at - 1]?.capturedAt ?? 0) > capturedAt) at--;
    others.splice(at, 0, { frame, capturedAt });
    this.#kept = others.slice(-KEPT);
  }

  /** The frame of this very picture: the nearest, if it is nearer than `reachMs`. */
  of(capturedAt: number, reachMs: number): Told | null {
    let found: Told | null = null;
    let least = reachMs;
    for (const told of this.#kept) {
      const distance = Math.abs(told.capturedAt - capturedAt);
      if (distance >= least) continue;
      least = distance;
      found = told;
    }
    return found;
  }

  /** The newest frame that was captured by then; the oldest that there is, if all came after. */
  before(capturedAt: number): Told | null {
    return this.#kept.findLast((told) => told.capturedAt <= capturedAt) ?? this.#kept[0] ?? null;
  }

  clear(): void {
    this.#kept = [];
  }
}
