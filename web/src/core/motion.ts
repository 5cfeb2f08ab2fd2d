/** Outlines at any moment: moved on by their own recent motion. Without a clock of its own. */

import { isOlder, RTP_TICKS_PER_MS } from "./frames.js";
import type { FrameMessage, Outline, OutlineRing } from "./messages.js";
import { ahead, between, seen, type Seen } from "./trail.js";

/** So many outlines of an object are kept, for moments that are past: a third of a second. */
const KEPT = 10;

interface Moment {
  readonly frame: FrameMessage;
  readonly time: number;
}

/**
 * What is known of how outlines move.
 *
 * ```ts
 * motion.add(frame, capturedAt); // as frames come
 * motion.at(overlay.captureTime); // as pictures are drawn
 * ```
 */
export class OutlineMotion {
  readonly #moments: Moment[] = [];
  /** By track id, the oldest first. */
  readonly #trails = new Map<number, Seen[]>();

  /**
   * Take the outlines of a frame: the next one, or more of the newest.
   *
   * @param capturedAt when the camera took that frame, in ms on the scale of `at`.
   */
  add(frame: FrameMessage, capturedAt: number): void {
    const newest = this.#moments.at(-1);
    if (newest !== undefined && !follows(frame, capturedAt, newest)) this.clear();
    if (newest?.frame.frameId === frame.frameId) this.#moments.pop();
    this.#moments.push({ frame, time: capturedAt });
    if (this.#moments.length > KEPT) this.#moments.shift();
    const there = new Set(frame.objects.map(({ trackId }) => trackId));
    for (const trackId of this.#trails.keys())
      if (!there.has(trackId)) this.#trails.delete(trackId);
    for (const outline of frame.objects) this.#follow(outline, frame, capturedAt);
  }

  /**
   * Where the outlines are at a moment: those of the newest frame, moved on; between two frames
   * those of the nearer one, on their way to the other.
   */
  at(captureTime: number): readonly Outline[] {
    const frame = this.#nearest(captureTime);
    if (frame === undefined) return [];
    return frame.objects.map((outline) => ({
      ...outline,
      rings: this.#rings(outline, captureTime),
    }));
  }

  /** Forget everything. */
  clear(): void {
    this.#moments.length = 0;
    this.#trails.clear();
  }

  #follow(outline: Outline, frame: FrameMessage, capturedAt: number): void {
    const trail = this.#trails.get(outline.trackId) ?? [];
    // Where a part of the frame is missing, an outline is still that of an older one.
    const behindMs = ((frame.frameId - outline.frameId) | 0) / RTP_TICKS_PER_MS;
    const time = capturedAt - Math.max(0, behindMs);
    if (trail.at(-1)?.outline.frameId === outline.frameId) trail.pop();
    if (outline.rings.length === 0) {
      this.#trails.delete(outline.trackId);
      return;
    }
    trail.push(seen(outline, time, frame, trail.at(-1) ?? null));
    if (trail.length > KEPT) trail.shift();
    this.#trails.set(outline.trackId, trail);
  }

  #nearest(time: number): FrameMessage | undefined {
    let nearest = this.#moments.at(-1);
    for (const moment of this.#moments) {
      if (nearest === undefined || Math.abs(moment.time - time) < Math.abs(nearest.time - time)) {
        nearest = moment;
      }
    }
    return nearest?.frame;
  }

  #rings(outline: Outline, time: number): readonly OutlineRing[] {
    const trail = this.#trails.get(outline.trackId) ?? [];
    const newest = trail.at(-1);
    if (newest !== undefined && time >= newest.time) return ahead(newest, time - newest.time);
    for (let at = trail.length - 1; at > 0; at--) {
      const [from, to] = [trail[at - 1], trail[at]];
      if (from === undefined || to === undefined || time < from.time) continue;
      return between(from, to, (time - from.time) / (to.time - from.time));
    }
    return outline.rings;
  }
}

/** Whether a frame comes behind another one, or is more of it, of the same camera. */
function follows(
  frame: FrameMessage,
  time: number,
  { frame: newest, time: since }: Moment,
): boolean {
  if (frame.width !== newest.width || frame.height !== newest.height) return false;
  if (frame.frameId === newest.frameId) return true;
  return isOlder(newest.frameId, frame.frameId) && time > since;
}
