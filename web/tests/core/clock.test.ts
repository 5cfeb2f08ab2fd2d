import { CaptureClock, ntpToUnixMs } from "rtseg";
import { describe, expect, it } from "vitest";

/** NTP of a moment in Unix milliseconds. */
const ntp = (unixMs: number) =>
  (BigInt(Math.floor(unixMs / 1000) + 2_208_988_800) << 32n) |
  BigInt(Math.round(((unixMs % 1000) / 1000) * 2 ** 32));

describe("CaptureClock", () => {
  const origin = 1_768_000_000_000.25;

  it("knows nothing before a report", () => {
    expect(new CaptureClock(origin).captureTime(5)).toBe(null);
  });

  it("counts from the report in both directions", () => {
    const clock = new CaptureClock(origin);
    clock.update({ rtp: 900_000, ntp: ntp(origin + 10_000) });
    expect(clock.captureTime(900_000)).toBeCloseTo(10_000, 2);
    expect(clock.captureTime(900_000 + 3000)).toBeCloseTo(10_000 + 1000 / 30, 2);
    expect(clock.captureTime(900_000 - 90)).toBeCloseTo(9_999, 2);
  });

  it("does not see the wrap of RTP time", () => {
    const clock = new CaptureClock(origin);
    clock.update({ rtp: 0xffffffff, ntp: ntp(origin + 500) });
    expect(clock.captureTime(89)).toBeCloseTo(501, 2);
    clock.update({ rtp: 44, ntp: ntp(origin + 500) });
    expect(clock.captureTime(2 ** 32 - 46)).toBeCloseTo(499, 2);
  });

  it("names the frame of a moment, and is the inverse of itself", () => {
    const clock = new CaptureClock(origin);
    expect(clock.frameId(10_000)).toBe(null);
    clock.update({ rtp: 900_000, ntp: ntp(origin + 10_000) });
    expect(clock.frameId(10_000 + 1000 / 30)).toBe(900_000 + 3000);
    expect(clock.frameId(NaN)).toBe(null);
    // Before the wrap of RTP time, after it, and across it.
    for (const rtp of [5, 0x7fffffff, 0x80000000, 0xffffffff]) {
      clock.update({ rtp, ntp: ntp(origin + 10_000) });
      for (const ticks of [-90_000, -1, 0, 1, 90_000]) {
        const frameId = (rtp + ticks) >>> 0;
        expect(clock.frameId(clock.captureTime(frameId) ?? NaN)).toBe(frameId);
      }
    }
  });

  it("goes on after the NTP era ends in 2036", () => {
    const march2036 = Date.UTC(2036, 2, 1);
    const seconds = BigInt(march2036 / 1000 + 2_208_988_800) & 0xffffffffn;
    expect(ntpToUnixMs(seconds << 32n)).toBe(march2036);
  });
});
