/** A session whose outlines come on a channel that may lose them. */

import { connect, type Session, type SessionEvent } from "rtseg";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import { frame, outline, record, uint } from "../core/packets.js";
import { FakeCloseEvent, FakePeer, FakeTrack, forget, peers } from "./fakes.js";

let session: Session;
let events: SessionEvent[];

const triangle = [
  [10, 10],
  [10, 50],
  [60, 50],
] as const;
const whole = (id: number) => frame({ id }, outline({ trackId: 1, rings: [triangle] }));
const changed = (id: number, since: number) =>
  Uint8Array.from([1, 3, 0, 0, id >> 8, id & 255, ...uint(since), ...record(7, [1])]);
const ack = (id: number) => [1, 5, 0, 0, id >> 8, id & 255];

beforeEach(async () => {
  vi.useFakeTimers({
    toFake: ["setTimeout", "clearTimeout", "setInterval", "clearInterval", "performance"],
  });
  events = [];
  forget();
  vi.stubGlobal("RTCPeerConnection", FakePeer);
  vi.stubGlobal("CloseEvent", FakeCloseEvent);
  vi.stubGlobal("document", { baseURI: "http://rtseg.test/page/" });
  vi.stubGlobal("fetch", () =>
    Promise.resolve(
      Response.json({
        id: "Yb3",
        answer: { type: "answer", sdp: "v=0" },
        stream: { url: "/stream", protocol: "rtseg.v1", token: "q0x" },
        prompts: [],
      }),
    ),
  );
  const stream = { getVideoTracks: () => [new FakeTrack()] } as unknown as MediaStream;
  session = connect({ stream, channel: "datachannel", prompts: [{ text: "person" }] });
  session.subscribe((event) => events.push(event));
  await vi.advanceTimersByTimeAsync(0);
  for (const channel of channels()) channel.dispatchEvent(new Event("open"));
});

afterEach(() => {
  session.close();
  vi.unstubAllGlobals();
  vi.useRealTimers();
});

function channels() {
  const [outlines, texts] = peers[0]?.channels ?? [];
  if (outlines === undefined || texts === undefined) throw new Error("not two channels");
  return [outlines, texts] as const;
}

function frames() {
  return events.flatMap((event) => (event.type === "frame" ? [event] : []));
}

describe("a session on data channels", () => {
  it("opens one that may lose, and one that may not", () => {
    const [outlines, texts] = channels();
    expect(outlines).toMatchObject({ label: "rtseg.v1", options: { ordered: false } });
    expect(outlines.options.maxRetransmits).toBe(0);
    expect(texts).toMatchObject({ label: "rtseg.v1.text", options: {} });
    texts.says({ type: "hello", session: "Yb3", prompts: [] });
    expect(session.state).toEqual({ kind: "live" });
    session.setPrompts([{ text: "cup" }]);
    expect(texts.sent).toEqual([
      { type: "prompts", prompts: [expect.objectContaining({ text: "cup" })] },
    ]);
    expect(outlines.sent).toEqual([]);
  });

  it("acknowledges what it can decode, and nothing else", () => {
    const [outlines, texts] = channels();
    outlines.says(whole(1000));
    outlines.says(changed(1300, 300));
    outlines.says(changed(1900, 300)); // upon a frame that was lost
    outlines.says(changed(1100, 100)); // late
    outlines.says(changed(1300, 300)); // twice
    outlines.says(Uint8Array.of(1, 99)); // of a later version
    expect(outlines.sent).toEqual([ack(1000), ack(1300), ack(1300), ack(1300)]);
    expect(texts.sent).toEqual([]);
    expect(frames().map(({ frame: { frameId } }) => frameId)).toEqual([1000, 1300]);
  });

  it("hands out a frame once, and counts the bytes of what drew nothing with the next", () => {
    const [outlines] = channels();
    const [first, next, last] = [whole(1000), changed(1900, 900), whole(2200)];
    const idle = [first, changed(1600, 100), changed(900, 100), first];
    for (const packet of [first, ...idle, next, last, last]) outlines.says(packet);
    expect(frames().map(({ frame: { frameId }, bytes }) => [frameId, bytes])).toEqual([
      [1000, first.length],
      [1900, idle.reduce((sum, { length }) => sum + length, next.length)],
      [2200, last.length],
    ]);
  });

  it("says that it is stale when that lasts, and that it is over", () => {
    const [outlines] = channels();
    const told = () => events.flatMap((one) => (one.type === "stale" ? [one.isStale] : []));
    outlines.says(whole(1000));
    for (let id = 4000; id <= 16_000; id += 3000) {
      outlines.says(changed(id, 2000));
      vi.advanceTimersByTime(33);
    }
    expect(told()).toEqual([]);
    vi.advanceTimersByTime(200);
    outlines.says(changed(19_000, 2000));
    outlines.says(changed(22_000, 2000));
    expect(told()).toEqual([true]);
    outlines.says(changed(25_000, 24_000));
    expect(told()).toEqual([true, false]);
  });

  it("ends when either of them closes, once", () => {
    const [outlines, texts] = channels();
    texts.dispatchEvent(new Event("close"));
    outlines.dispatchEvent(new Event("close"));
    expect(session.state).toMatchObject({ kind: "reconnecting", reason: { code: "stream_lost" } });
    expect([outlines.readyState, texts.readyState]).toEqual(["closed", "closed"]);
    expect(events.filter(({ type }) => type === "state")).toHaveLength(1);
  });
});
