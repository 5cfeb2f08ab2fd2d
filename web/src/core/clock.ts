import { RTP_TICKS_PER_MS } from "./frames.js";
import { median } from "./median.js";
import type { ClockMessage } from "./wire.js";

/** From the epoch of NTP, 1900, to that of Unix, 1970. */
const NTP_TO_UNIX_S = 2_208_988_800;
/**
 * So many reports have a say; a sender makes about one a second. Should its two clocks drift apart
 * by 50 parts in a million, the middle of so short a time is 0.2 ms behind.
 */
const REPORTS = 8;
/** Reports err by 0.2 … 1 ms; one that is further off tells of something else. */
const JUMP_MS = 10;
/** So many that jump alike, one after the other, are no accident. */
const ALIKE = 2;
/** So many agreed before, or nothing is known that could still be right. */
const ESTABLISHED = 3;
/** No outline is older than this when it comes, and none comes before its frame was captured. */
const OLDEST_MS = 5000;
const FUTURE_MS = 10;
/** So many of the frames that came last bear witness. */
const WITNESSES = 8;

/**
 * Turns a frame's RTP timestamp into the moment at which the camera took it, and back.
 *
 * The sender's own reports pair an RTP timestamp with its wall clock; all else is a difference.
 * Measured against Chromium's capture times, one report is right to 0.2 … 1 ms; the middle of the
 * last eight counts. It only means something on the machine that sent the frames.
 *
 * A single report that jumps is passed over. Where the next one says the same, something has
 * changed: the frames that came last tell what. If they have plausible ages still, the sender's
 * wall clock was set, which is none of our business; otherwise its RTP time began anew.
 */
export class CaptureClock {
  readonly #timeOriginMs: number;
  /** RTP timestamps are counted from the first one, so that small numbers stay exact. */
  #base: number | null = null;
  #lastTicks = 0;
  /** Page time minus RTP time, by each report; newest last. */
  #offsets: number[] = [];
  /** Reports that say something else, until it is known what they mean. */
  #odd: number[] = [];
  /** By how much the sender's wall clock was set since. */
  #setMs = 0;
  #offset: number | null = null;
  /** Frame ids and when they came. */
  #witnesses: { readonly frameId: number; readonly at: number }[] = [];

  /** @param timeOriginMs `performance.timeOrigin` of the page that sent the frames. */
  constructor(timeOriginMs: number) {
    this.#timeOriginMs = timeOriginMs;
  }

  /** Take a sender report. */
  update({ rtp, ntp }: Pick<ClockMessage, "rtp" | "ntp">): void {
    const pageMs = ntpToUnixMs(ntp) - this.#timeOriginMs;
    const offset = pageMs - this.#rtpMs(rtp) - this.#setMs;
    if (this.#offset === null || Math.abs(offset - this.#offset) <= JUMP_MS) {
      this.#odd = [];
      this.#take([...this.#offsets, offset]);
      return;
    }
    const [last = offset] = this.#odd.slice(-1);
    this.#odd = Math.abs(offset - last) <= JUMP_MS ? [...this.#odd, offset] : [offset];
    if (this.#odd.length < ALIKE) return;
    const isEstablished = this.#offsets.length >= ESTABLISHED;
    if (isEstablished && this.#areWitnessesPlausible(this.#offset))
      this.#setMs += offset - this.#offset;
    else this.#take(this.#odd);
    this.#odd = [];
  }

  /** A packet about a frame came at `nowMs`. */
  arrived(frameId: number, nowMs: number): void {
    this.#witnesses = [...this.#witnesses, { frameId, at: nowMs }].slice(-WITNESSES);
  }

  /** When the frame was captured, on the scale of `performance.now()`; null before any report. */
  captureTime(frameId: number): number | null {
    return this.#offset === null ? null : this.#rtpMs(frameId) + this.#offset;
  }

  /**
   * The RTP timestamp of the frame that was captured at this moment, to within a millisecond's
   * ticks of the sender's own; null before any report. The inverse of `captureTime`.
   */
  frameId(captureTimeMs: number): number | null {
    if (this.#offset === null || !Number.isFinite(captureTimeMs)) return null;
    const ticks = Math.round((captureTimeMs - this.#offset) * RTP_TICKS_PER_MS);
    return ((this.#base ?? 0) + ticks) >>> 0;
  }

  #rtpMs(rtp: number): number {
    this.#base ??= rtp;
    // RTP time wraps every 13 hours: the nearest to the last that was asked for is meant, and the
    // signed 32-bit difference does not see the wrap.
    this.#lastTicks += (rtp - this.#base - this.#lastTicks) | 0;
    return this.#lastTicks / RTP_TICKS_PER_MS;
  }

  #take(offsets: number[]): void {
    this.#offsets = offsets.slice(-REPORTS);
    this.#offset = median(this.#offsets);
  }

  #areWitnessesPlausible(offset: number): boolean {
    const plausible = this.#witnesses.filter(({ frameId, at }) => {
      const age = at - (this.#rtpMs(frameId) + offset);
      return age >= -FUTURE_MS && age <= OLDEST_MS;
    });
    return plausible.length > this.#witnesses.length / 2;
  }
}

/** Unix milliseconds of a 32.32 NTP timestamp, to a fraction of a microsecond. */
export function ntpToUnixMs(ntp: bigint): number {
  const seconds = Number(ntp >> 32n);
  const fraction = Number(ntp & 0xffffffffn) / 2 ** 32;
  // NTP wraps in February 2036: small values are of the era after it (RFC 4330, section 3).
  const era = seconds < 2 ** 31 ? 2 ** 32 : 0;
  return (seconds + era - NTP_TO_UNIX_S + fraction) * 1000;
}
