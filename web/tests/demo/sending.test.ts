import { expect, it } from "vitest";

import { readSending } from "../../demo/src/sending.js";

const video = (frames: number, seconds: number, more = {}) => ({
  type: "outbound-rtp",
  kind: "video",
  framesEncoded: frames,
  totalEncodeTime: seconds,
  frameWidth: 640,
  frameHeight: 360,
  framesPerSecond: 30,
  qualityLimitationReason: "none",
  ...more,
});
const pair = {
  type: "candidate-pair",
  nominated: true,
  state: "succeeded",
  currentRoundTripTime: 0.004,
};

it("tells what a frame takes lately, not since the beginning", () => {
  const before = readSending([video(100, 2), pair], null);
  expect(before).toMatchObject({ compressMs: 20, roundTripMs: 4, isConnected: true, limit: null });
  const now = readSending([video(130, 2.15), pair], before);
  expect(now.compressMs).toBeCloseTo(5);
  // No frame went out since: what is known stays.
  expect(readSending([video(130, 2.15)], now)).toMatchObject({
    compressMs: now.compressMs,
    isConnected: false,
    roundTripMs: null,
  });
  // Another connection counts from nothing.
  expect(readSending([video(10, 0.1)], now).compressMs).toBeCloseTo(10);
});

it("tells why the picture is smaller", () => {
  const sending = readSending([video(1, 0, { qualityLimitationReason: "bandwidth" })], null);
  expect(sending).toMatchObject({ limit: "bandwidth", size: { width: 640, height: 360 }, fps: 30 });
  expect(readSending([], null)).toMatchObject({ size: null, fps: null, compressMs: null });
});
