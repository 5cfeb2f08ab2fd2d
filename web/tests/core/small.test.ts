import { CaptureClock, Meter, ntpToUnixMs, place } from "rtseg";
import { describe, expect, it } from "vitest";

import { ApiError, parseCatalogue, parseGrant, parseServerMessage } from "../../src/core/api.js";
import { FrameHistory } from "../../src/core/history.js";
import { judge } from "../../src/core/retry.js";
import { withStartBitrate } from "../../src/core/sdp.js";

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

  it("goes on after the NTP era ends in 2036", () => {
    const march2036 = Date.UTC(2036, 2, 1);
    const seconds = BigInt(march2036 / 1000 + 2_208_988_800) & 0xffffffffn;
    expect(ntpToUnixMs(seconds << 32n)).toBe(march2036);
  });
});

describe("Meter", () => {
  it("measures over its window, and forgets", () => {
    const meter = new Meter(1000);
    expect([meter.rate(0), meter.mean(0), meter.median(0)]).toEqual([0, null, null]);
    for (let frame = 0; frame <= 60; frame++) meter.add((frame * 1000) / 30, frame % 2 ? 300 : 100);
    expect(meter.rate(2000)).toBeCloseTo(30);
    expect(meter.mean(2000)).toBeCloseTo(200, -1);
    expect(meter.perSecond(2000)).toBeCloseTo(6000, -3);
    expect(meter.rate(9000)).toBe(0);
  });

  it("holds a bounded number of samples", () => {
    const meter = new Meter(1e9);
    for (let at = 0; at < 5000; at++) meter.add(at, at);
    expect(meter.mean(5000)).toBeGreaterThan(3900);
  });
});

describe("place", () => {
  const box = { width: 800, height: 800 };

  it("shows all of the picture, or fills the box, and keeps its middle", () => {
    expect(place({ width: 400, height: 200 }, box, "contain")).toEqual({ scale: 2, x: 0, y: 200 });
    expect(place({ width: 400, height: 200 }, box, "cover")).toEqual({ scale: 4, x: -400, y: 0 });
    expect(place({ width: 0, height: 0 }, box, "cover").scale).toBe(0);
  });
});

describe("FrameHistory", () => {
  it("finds the latest frames by their id and lets the oldest go", () => {
    const history = new FrameHistory(2);
    const frames = [1, 2, 3].map((frameId) => ({
      kind: "frame" as const,
      frameId,
      width: 1,
      height: 1,
      objects: [],
      timing: null,
    }));
    for (const frame of frames) history.add(frame);
    expect([1, 2, 3].map((id) => history.get(id)?.frameId)).toEqual([undefined, 2, 3]);
  });
});

describe("judge", () => {
  const problem = (code: string) => ({ code, message: "" });

  it("waits longer and longer, up to four seconds", () => {
    const waits = [1, 2, 3, 4, 5, 9].map((attempt) => judge(problem("stream_lost"), attempt));
    expect(waits.map((wait) => (wait.kind === "retry" ? wait.afterMs : null))).toEqual([
      500, 1000, 2000, 4000, 4000, 4000,
    ]);
  });

  it("does as the server asks, is slow where a person must act, and gives up where none can", () => {
    expect(judge(problem("too_many_sessions"), 1, 7000)).toEqual({ kind: "retry", afterMs: 7000 });
    expect(judge(problem("model_missing"), 1)).toEqual({ kind: "retry", afterMs: 5000 });
    expect(judge(problem("unknown_prompt"), 1)).toEqual({ kind: "give-up" });
  });
});

describe("withStartBitrate", () => {
  it("asks in every codec of the video section, and only there", () => {
    const sdp = [
      "v=0",
      "m=audio 9 UDP/TLS/RTP/SAVPF 111",
      "a=rtpmap:111 opus/48000/2",
      "a=fmtp:111 useinbandfec=1",
      "m=video 9 UDP/TLS/RTP/SAVPF 96 97 102",
      "a=rtpmap:96 VP8/90000",
      "a=rtpmap:97 rtx/90000",
      "a=fmtp:97 apt=96",
      "a=rtpmap:102 H264/90000",
      "a=fmtp:102 packetization-mode=1",
      "",
    ];
    const wished = withStartBitrate(sdp.join("\r\n"), 1500).split("\r\n");
    const expected = [...sdp];
    expected[9] = "a=fmtp:102 packetization-mode=1;x-google-start-bitrate=1500";
    expected.splice(6, 0, "a=fmtp:96 x-google-start-bitrate=1500");
    expect(wished).toEqual(expected);
  });
});

describe("the server's JSON", () => {
  it("is taken as it stands in docs/http.md", () => {
    const grant = parseGrant({
      id: "Yb3",
      answer: { type: "answer", sdp: "v=0" },
      stream: { url: "/v1/sessions/Yb3/stream", protocol: "rtseg.v1", token: "q0x" },
      prompts: [{ text: "person", track_id: 1, label: "person", model: "person" }],
    });
    expect(grant).toMatchObject({ id: "Yb3", answerSdp: "v=0", token: "q0x" });
    expect(grant.prompts).toEqual([
      { text: "person", trackId: 1, label: "person", model: "person" },
    ]);
    expect(
      parseServerMessage('{"type":"end","reason":"failed","message":"out of memory"}'),
    ).toEqual({ type: "end", reason: "failed", message: "out of memory" });
    expect(parseServerMessage('{"type":"confetti"}')).toEqual({ type: "unknown" });
  });

  it.each([[null], [[]], [{}], [{ models: [{}] }], [{ models: "none" }]])(
    "or refused: %j",
    (json) => {
      expect(() => parseCatalogue(json)).toThrow(ApiError);
      expect(() => parseGrant(json)).toThrow(ApiError);
    },
  );
});
