/** Frames as a decoder keeps them, for others to build upon. */

import type { WireOutline } from "./messages.js";

/** A track id on all of its 64 bits: a number while that is safe, a bigint from there on. */
export type TrackKey = number | bigint;

/** An object of a frame, and what a change builds upon. */
export interface Known {
  readonly outline: WireOutline;
  readonly scoreU8: number;
  /** Exact on 64 bits, as the arithmetic of ages is. */
  readonly age: number | bigint;
}

export interface Frame {
  readonly frameId: number;
  readonly width: number;
  readonly height: number;
  readonly objects: ReadonlyMap<TrackKey, Known>;
}

/** RTP video runs at 90 kHz. */
export const RTP_TICKS_PER_MS = 90;
/** How many frames are kept: at 30 frames a second about two seconds. */
export const HISTORY = 64;
/** Ten seconds of RTP time: a frame that is further back is not late, its camera began anew. */
const LATE_TICKS = 10_000 * RTP_TICKS_PER_MS;

/** Whether a frame is late behind another one; RTP time wraps every 13 hours. */
export function isOlder(frameId: number, than: number): boolean {
  const ticks = (than - frameId) >>> 0;
  return ticks > 0 && ticks <= LATE_TICKS;
}

/** The frames that were decoded last. */
export class KeptFrames {
  readonly #frames = new Map<number, Frame>();

  get(frameId: number): Frame | undefined {
    return this.#frames.get(frameId);
  }

  add(frame: Frame): void {
    // A Map keeps the order of insertion: taken out and put in again, a frame is the latest.
    this.#frames.delete(frame.frameId);
    this.#frames.set(frame.frameId, frame);
    if (this.#frames.size <= HISTORY) return;
    for (const oldest of this.#frames.keys()) {
      this.#frames.delete(oldest);
      return;
    }
  }

  /** The newest of them by capture time; null if there is none. */
  get newestId(): number | null {
    let newest: number | null = null;
    for (const frameId of this.#frames.keys()) {
      if (newest === null || !isOlder(frameId, newest)) newest = frameId;
    }
    return newest;
  }
}
