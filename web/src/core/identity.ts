/**
 * Which camera frame is which: the server speaks of frames by RTP timestamps, the page sees
 * pictures with capture times. Reads no clock.
 *
 * The sender's reports say it to a millisecond. That is near enough to find the very picture that
 * a frame is, or the very frame: the nearest one, within half of their distance. Where reports are
 * missing or wrong, the rhythm of the pictures says the same.
 */

import { Cadence } from "./cadence.js";
import { CaptureClock } from "./clock.js";
import { RTP_TICKS_PER_MS } from "./frames.js";
import { median } from "./median.js";
import { nearestIndex, reachMs } from "./pairing.js";
import type { ClockMessage } from "./wire.js";

/** Two seconds at 60 pictures a second. */
const PICTURES = 128;
const FRAMES = 64;
const SPACINGS = 15;
/** So many matches tell how much later the page thinks that pictures were captured … */
const MATCHES = 31;
/** … and, from so many on, how well it knows: in Chromium to a millisecond. */
const LEAST_MATCHES = 15;
const LEAST_REACH_MS = 1.5;
const SPREADS = 5;
/** The rhythm is asked once in so many frames: it takes a millisecond. */
const RHYTHM_EVERY = 60;
/** Nearer, the rhythm says what the reports and the lag say. */
const NEWS_MS = 3;

export class FrameIdentity {
  readonly #clock: CaptureClock;
  readonly #cadence = new Cadence();
  #pictures: number[] = [];
  /** The frames that were told of, each with the time that the page gave it. */
  #frames: { readonly frameId: number; readonly capturedAt: number }[] = [];
  /** Picture's time minus the clock's, of the last that were matched. */
  #lags: number[] = [];
  #misses = 0;
  #told = 0;
  /** Page time minus RTP time by the rhythm, at a frame near which it holds. */
  #rhythm: { readonly frameId: number; readonly pageMs: number } | null = null;

  /** @param timeOriginMs `performance.timeOrigin` of the page that sends the frames. */
  constructor(timeOriginMs: number) {
    this.#clock = new CaptureClock(timeOriginMs);
  }

  report(message: Pick<ClockMessage, "rtp" | "ntp">): void {
    this.#clock.update(message);
  }

  /** The page has seen a picture that was captured at this time. */
  picture(capturedAt: number): void {
    if (capturedAt <= (this.#pictures.at(-1) ?? -Infinity)) return;
    this.#pictures = [...this.#pictures, capturedAt].slice(-PICTURES);
    this.#cadence.picture(capturedAt);
  }

  /**
   * A packet of a frame came.
   *
   * @returns when it was captured: exactly the time of the page's own picture, where that was seen.
   */
  frame(frameId: number, nowMs: number): number | null {
    this.#clock.arrived(frameId, nowMs);
    this.#cadence.frame(frameId, nowMs);
    if (this.#told++ % RHYTHM_EVERY === RHYTHM_EVERY - 1) this.#askRhythm(frameId);
    const reckoned = this.#reckon(frameId);
    if (reckoned === null) return null;
    const capturedAt = this.#snap(reckoned);
    const others = this.#frames.filter((frame) => frame.frameId !== frameId);
    this.#frames = [...others, { frameId, capturedAt }].slice(-FRAMES);
    return capturedAt;
  }

  /**
   * The name of the frame that was captured at this moment: exactly, where it was told of, and to
   * within a millisecond's ticks otherwise; null while nothing is known.
   */
  frameId(captureTimeMs: number): number | null {
    if (!Number.isFinite(captureTimeMs)) return null;
    let found: number | null = null;
    let least = this.#reachMs();
    for (const { frameId, capturedAt } of this.#frames) {
      const distance = Math.abs(capturedAt - captureTimeMs);
      if (distance >= least) continue;
      least = distance;
      found = frameId;
    }
    return found ?? this.#name(captureTimeMs - this.#lag());
  }

  /** When a frame was captured, by the reports; by the rhythm where there are none. */
  #reckon(frameId: number): number | null {
    const byReports = this.#clock.captureTime(frameId);
    if (byReports !== null || this.#rhythm === null) return byReports;
    const ticks = (frameId - this.#rhythm.frameId) | 0;
    return this.#rhythm.pageMs + ticks / RTP_TICKS_PER_MS;
  }

  #name(reckonedMs: number): number | null {
    const byReports = this.#clock.frameId(reckonedMs);
    if (byReports !== null || this.#rhythm === null) return byReports;
    const ticks = Math.round((reckonedMs - this.#rhythm.pageMs) * RTP_TICKS_PER_MS);
    return (this.#rhythm.frameId + ticks) >>> 0;
  }

  /** The time of the very picture, if it was seen. */
  #snap(reckoned: number): number {
    const expected = reckoned + this.#lag();
    const picture = this.#pictures[nearestIndex(this.#pictures, expected)];
    if (picture === undefined || Math.abs(picture - expected) >= this.#reachMs()) {
      // One may not have been seen; none at all means that the lag is of another clock.
      if (++this.#misses >= MATCHES) this.#lags = [];
      return expected;
    }
    this.#misses = 0;
    this.#lags = [...this.#lags, picture - reckoned].slice(-MATCHES);
    return picture;
  }

  /** Where pictures' times are guessed, or reports err always alike: by so much. */
  #lag(): number {
    return this.#lags.length === 0 ? 0 : median(this.#lags);
  }

  /**
   * So near, a frame and a picture are the same. A busy camera may take two pictures within few
   * milliseconds, of which the page sees one: no further than the clock errs.
   */
  #reachMs(): number {
    const last = this.#pictures.slice(-SPACINGS - 1);
    const widest = reachMs(last.slice(1).map((time, at) => time - (last[at] ?? time)));
    if (this.#lags.length < LEAST_MATCHES) return widest;
    const middle = median(this.#lags);
    const spread = median(this.#lags.map((lag) => Math.abs(lag - middle)));
    return Math.min(widest, LEAST_REACH_MS + SPREADS * spread);
  }

  /** Ask the pictures' rhythm: where it speaks it is right, for it has no clock to be wrong. */
  #askRhythm(frameId: number): void {
    const offset = this.#cadence.offset();
    if (offset === null) return;
    const pageMs = offset + frameId / RTP_TICKS_PER_MS;
    this.#rhythm = { frameId, pageMs };
    const reckoned = this.#reckon(frameId) ?? pageMs;
    const isNews = Math.abs(reckoned + this.#lag() - pageMs) > NEWS_MS;
    if (isNews) this.#lags = [pageMs - reckoned];
  }
}
