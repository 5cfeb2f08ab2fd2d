/**
 * Finds which frames are which pictures by their rhythm alone, without any report.
 *
 * A camera is never quite regular, and the sender's RTP time is that of the capture: taken minus
 * the pictures' own times it is one constant, to half a millisecond. Every frame is held against
 * all pictures that it could be; the differences that many frames share are the constant.
 */

import { RTP_TICKS_PER_MS } from "./frames.js";
import { median } from "./median.js";

/** A frame whose packet comes is of a picture of this time before. */
const OLDEST_MS = 1000;
const PICTURES = 128;
const FRAMES = 40;
const LEAST_FRAMES = 24;
/** Differences of the same frames lie so near each other. */
const WIDTH_MS = 1.2;
/** Of the frames, so many have to agree … */
const AGREED = 0.9;
/** … and not more than so many, in relation, on anything else: a camera may be all too regular. */
const RIVAL = 0.7;

export class Cadence {
  #pictures: number[] = [];
  /** Of each frame: the differences between its pictures' times and its own. */
  #candidates: { readonly frameId: number; readonly offsets: readonly number[] }[] = [];

  picture(capturedAt: number): void {
    this.#pictures = [...this.#pictures, capturedAt].slice(-PICTURES);
  }

  /** A packet of a frame came at `nowMs`. */
  frame(frameId: number, nowMs: number): void {
    if (this.#candidates.at(-1)?.frameId === frameId) return;
    // Wrapped RTP time: two candidates of one camera differ by the same whole turn, or by none.
    const rtpMs = frameId / RTP_TICKS_PER_MS;
    const offsets = this.#pictures
      .filter((time) => time < nowMs && time > nowMs - OLDEST_MS)
      .map((time) => time - rtpMs);
    if (offsets.length === 0) return;
    this.#candidates = [...this.#candidates, { frameId, offsets }].slice(-FRAMES);
  }

  /** Page time minus RTP time, modulo the turn of RTP time; null while it cannot be told. */
  offset(): number | null {
    const frames = this.#candidates.length;
    if (frames < LEAST_FRAMES) return null;
    // Typed, for that sorts four times as fast.
    const all = Float64Array.from(this.#candidates.flatMap(({ offsets }) => offsets)).sort();
    let end = 0;
    const counts = Array.from(all, (low, at) => {
      while (end < all.length && (all[end] ?? 0) - low <= WIDTH_MS) end++;
      return end - at;
    });
    const most = Math.max(...counts);
    if (most < AGREED * frames) return null;
    const at = counts.indexOf(most);
    const found = median(Array.from(all.subarray(at, at + most)));
    const rival = counts.reduce((rest, count, index) => {
      const isApart = Math.abs((all[index] ?? 0) - found) > 3 * WIDTH_MS;
      return isApart ? Math.max(rest, count) : rest;
    }, 0);
    return rival <= RIVAL * most ? found : null;
  }
}
