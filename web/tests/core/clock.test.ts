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
    const after = new CaptureClock(origin);
    after.update({ rtp: 44, ntp: ntp(origin + 500) });
    expect(after.captureTime(2 ** 32 - 46)).toBeCloseTo(499, 2);
  });

  it("names the frame of a moment, and is the inverse of itself", () => {
    const clock = new CaptureClock(origin);
    expect(clock.frameId(10_000)).toBe(null);
    clock.update({ rtp: 900_000, ntp: ntp(origin + 10_000) });
    expect(clock.frameId(10_000 + 1000 / 30)).toBe(900_000 + 3000);
    expect(clock.frameId(NaN)).toBe(null);
    // Before the wrap of RTP time, after it, and across it.
    for (const rtp of [5, 0x7fffffff, 0x80000000, 0xffffffff]) {
      const clock = new CaptureClock(origin);
      clock.update({ rtp, ntp: ntp(origin + 10_000) });
      for (const ticks of [-90_000, -1, 0, 1, 90_000]) {
        const frameId = (rtp + ticks) >>> 0;
        expect(clock.frameId(clock.captureTime(frameId) ?? NaN)).toBe(frameId);
      }
    }
  });

  /** A sender that reports once a second, and whose frames are 40 ms old when they are told of. */
  class Sender {
    readonly clock = new CaptureClock(origin);
    rtpStart = 4_294_000_000;
    wallMs = 0;
    now = 1000;

    rtp(at: number): number {
      return (this.rtpStart + Math.round(at * 90)) >>> 0;
    }

    run(seconds: number, errorMs: (second: number) => number = () => 0): this {
      for (let second = 0; second < seconds; second++) {
        for (let frame = 0; frame < 30; frame++) {
          this.now += 1000 / 30;
          this.clock.arrived(this.rtp(this.now - 40), this.now);
        }
        const ms = origin + this.now + this.wallMs + errorMs(second);
        this.clock.update({ rtp: this.rtp(this.now), ntp: ntp(ms) });
      }
      return this;
    }

    /** How far off the clock is. */
    get errorMs(): number {
      return (this.clock.captureTime(this.rtp(this.now - 40)) ?? NaN) - (this.now - 40);
    }
  }

  it("takes the middle of what the last reports say", () => {
    const sender = new Sender().run(8, (second) => (second % 2 === 0 ? 0.8 : -0.2));
    expect(Math.abs(sender.errorMs)).toBeLessThan(0.9);
    sender.run(8, (second) => (second === 7 ? 1 : 0.1));
    expect(sender.errorMs).toBeCloseTo(0.1, 1);
  });

  it.each([-3_600_000, -900, -60, 60, 900, 3_600_000])(
    "passes over one report %d ms off",
    (off) => {
      const sender = new Sender().run(4);
      sender.run(1, () => off);
      expect(sender.errorMs).toBeCloseTo(0, 1);
      expect(sender.run(6).errorMs).toBeCloseTo(0, 1);
    },
  );

  it("follows a drift of 50 parts in a million", () => {
    let total = 0;
    const sender = new Sender().run(60, () => (total += 0.05));
    expect(Math.abs(sender.errorMs - total)).toBeLessThan(0.3);
  });

  it.each([-7_200_000, -200, 200, 7_200_000])(
    "does not mind a wall clock that is set by %d ms",
    (ms) => {
      const sender = new Sender().run(5);
      sender.wallMs = ms;
      sender.run(6);
      expect(sender.errorMs).toBeCloseTo(0, 1);
      sender.wallMs += 40;
      expect(sender.run(6).errorMs).toBeCloseTo(0, 1);
    },
  );

  it("goes on listening after that", () => {
    const sender = new Sender().run(5);
    sender.wallMs = 5000;
    sender.run(4);
    let total = 0;
    sender.run(40, () => (total += 0.05));
    expect(Math.abs(sender.errorMs - total)).toBeLessThan(0.3);
  });

  it("begins anew with RTP time that does", () => {
    const sender = new Sender().run(5);
    sender.rtpStart = 77;
    expect(sender.run(2).errorMs).toBeCloseTo(0, 1);
  });

  it("gets over a first report that is wrong", () => {
    const sender = new Sender().run(1, () => 250);
    expect(sender.run(2).errorMs).toBeCloseTo(0, 1);
  });

  it("goes on after the NTP era ends in 2036", () => {
    const march2036 = Date.UTC(2036, 2, 1);
    const seconds = BigInt(march2036 / 1000 + 2_208_988_800) & 0xffffffffn;
    expect(ntpToUnixMs(seconds << 32n)).toBe(march2036);
  });
});
