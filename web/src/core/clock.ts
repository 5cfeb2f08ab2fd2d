import { RTP_TICKS_PER_MS } from "./frames.js";
import type { ClockMessage } from "./wire.js";

/** From the epoch of NTP, 1900, to that of Unix, 1970. */
const NTP_TO_UNIX_S = 2_208_988_800;

/**
 * Turns a frame's RTP timestamp into the moment at which the camera took it, and back.
 *
 * The sender's own report pairs an RTP timestamp with its wall clock; all else is a difference.
 * Measured against Chromium's capture times, the result is right to 0.2 … 1 ms. It only means
 * something on the machine that sent the frames.
 */
export class CaptureClock {
  readonly #timeOriginMs: number;
  #report: { readonly rtp: number; readonly pageMs: number } | null = null;

  /** @param timeOriginMs `performance.timeOrigin` of the page that sent the frames. */
  constructor(timeOriginMs: number) {
    this.#timeOriginMs = timeOriginMs;
  }

  update({ rtp, ntp }: Pick<ClockMessage, "rtp" | "ntp">): void {
    this.#report = { rtp, pageMs: ntpToUnixMs(ntp) - this.#timeOriginMs };
  }

  /** When the frame was captured, on the scale of `performance.now()`; null before any report. */
  captureTime(frameId: number): number | null {
    if (this.#report === null) return null;
    // RTP time wraps every 13 hours; the signed 32-bit difference does not see it.
    const ticks = (this.#report.rtp - frameId) | 0;
    return this.#report.pageMs - ticks / RTP_TICKS_PER_MS;
  }

  /**
   * The RTP timestamp of the frame that was captured at this moment, to within a millisecond's
   * ticks of the sender's own; null before any report. The inverse of `captureTime`.
   */
  frameId(captureTimeMs: number): number | null {
    if (this.#report === null || !Number.isFinite(captureTimeMs)) return null;
    const ticks = Math.round((this.#report.pageMs - captureTimeMs) * RTP_TICKS_PER_MS);
    return (this.#report.rtp - ticks) >>> 0;
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
