/** The session's life, over a network and a browser that are made of paper. */

import { connect, type Session, type SessionEvent } from "rtseg";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import { clock, frame, outline } from "../core/packets.js";
import {
  FakeCloseEvent,
  FakePeer,
  FakeSocket,
  FakeTrack,
  forget,
  peers,
  sockets,
} from "./fakes.js";

let requests: { method: string; url: string; body: unknown }[];
let answer: () => Response;
let session: Session;
let events: SessionEvent[];

const prompts = [
  {
    id: "1",
    text: "person",
    points: [],
    box: null,
    label: "person",
    model: "person",
    objects: [1],
  },
];
const granted = () =>
  Response.json({
    id: "Yb3",
    answer: { type: "answer", sdp: "v=0" },
    stream: { url: "/v1/sessions/Yb3/stream", protocol: "rtseg.v1", token: "q0x" },
    prompts,
  });
const refused = (status: number, code: string, headers = {}) =>
  Response.json({ error: { code, message: `because ${code}` } }, { status, headers });

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "setInterval", "clearInterval"] });
  [requests, events] = [[], []];
  forget();
  answer = granted;
  vi.stubGlobal("RTCPeerConnection", FakePeer);
  vi.stubGlobal("WebSocket", FakeSocket);
  vi.stubGlobal("CloseEvent", FakeCloseEvent);
  vi.stubGlobal("document", { baseURI: "http://rtseg.test/page/" });
  vi.stubGlobal("fetch", (url: URL, init: RequestInit) => {
    const body = typeof init.body === "string" ? (JSON.parse(init.body) as unknown) : null;
    requests.push({ method: init.method ?? "GET", url: url.href, body });
    return new Promise<Response>((resolve) => {
      resolve(answer());
    });
  });
});

afterEach(() => {
  session.close();
  vi.unstubAllGlobals();
  vi.useRealTimers();
});

async function start(track = new FakeTrack()): Promise<FakeTrack> {
  const stream = { getVideoTracks: () => [track] } as unknown as MediaStream;
  session = connect({ stream, server: "http://rtseg.test/", prompts: [{ text: "person" }] });
  session.subscribe((event) => events.push(event));
  await settle();
  return track;
}

const settle = () => vi.advanceTimersByTimeAsync(0);
const states = () => events.flatMap((event) => (event.type === "state" ? [event.state.kind] : []));
const last = () => sockets.at(-1) ?? expect.fail("no socket");

async function startLive(): Promise<FakeTrack> {
  const track = await start();
  last().says({ type: "hello", session: "Yb3", prompts });
  return track;
}

describe("Session", () => {
  it("offers, opens the stream with its token, and is live with the first word", async () => {
    await startLive();
    expect(requests[0]).toMatchObject({
      method: "POST",
      url: "http://rtseg.test/v1/sessions",
      body: { offer: { type: "offer", sdp: "v=0 offer" }, prompts: [{ text: "person" }] },
    });
    expect(last().url).toBe("ws://rtseg.test/v1/sessions/Yb3/stream");
    expect(last().protocols).toEqual(["rtseg.v1", "rtseg.token.q0x"]);
    expect(session.state).toEqual({ kind: "live" });
  });

  it("hands out frames, and says so when a packet is none", async () => {
    await startLive();
    last().says(frame({}, outline({ trackId: 1, rings: [] })));
    last().says(Uint8Array.of(7, 7));
    expect(events.at(-2)).toMatchObject({ type: "frame", frame: { frameId: 1 }, capturedAt: null });
    expect(events.at(-1)).toMatchObject({ type: "problem", problem: { code: "bad_packet" } });
    expect(session.state.kind).toBe("live");
  });

  it("comes back by itself when the server restarts", async () => {
    await startLive();
    last().drops(1012);
    expect(session.state).toMatchObject({ kind: "reconnecting", attempt: 1 });
    answer = () => {
      throw new TypeError("connection refused");
    };
    await vi.advanceTimersByTimeAsync(500);
    expect(session.state).toMatchObject({ attempt: 2, reason: { code: "server_unreachable" } });
    answer = granted;
    await vi.advanceTimersByTimeAsync(1000);
    last().says({ type: "hello", session: "Yb3", prompts });
    expect(states()).toEqual([
      "live",
      "reconnecting",
      "connecting",
      "reconnecting",
      "connecting",
      "live",
    ]);
    expect(peers.slice(0, -1).every((peer) => peer.close.mock.calls.length > 0)).toBe(true);
  });

  it("says that the camera does not get through, though the stream does", async () => {
    FakePeer.letsThrough = false;
    await startLive();
    await vi.advanceTimersByTimeAsync(9000);
    last().says({ type: "pong", id: 0 });
    expect(session.state.kind).toBe("live");
    await vi.advanceTimersByTimeAsync(1000);
    expect(session.state).toMatchObject({ kind: "reconnecting", reason: { code: "no_media" } });
  });

  it("takes silence after a ping for the end", async () => {
    await startLive();
    last().dispatchEvent(new Event("open"));
    await vi.advanceTimersByTimeAsync(5000);
    expect(last().sent).toEqual([{ type: "ping", id: 0 }]);
    last().says({ type: "pong", id: 0 });
    await vi.advanceTimersByTimeAsync(5000);
    expect(session.state.kind).toBe("live");
    await vi.advanceTimersByTimeAsync(5000);
    expect(session.state).toMatchObject({ kind: "reconnecting", reason: { code: "silent" } });
  });

  it("gives up what cannot be mended, until it is asked for something else", async () => {
    answer = () => refused(400, "unknown_prompt");
    await start();
    expect(session.state).toEqual({
      kind: "failed",
      code: "unknown_prompt",
      message: "because unknown_prompt",
    });
    answer = granted;
    session.setPrompts([{ text: "cat" }]);
    await settle();
    expect(requests.at(-1)?.body).toMatchObject({ prompts: [{ text: "cat" }] });
    expect(session.state.kind).toBe("connecting");
  });

  it("waits as long as a full server asks", async () => {
    answer = () => refused(503, "too_many_sessions", { "retry-after": "7" });
    await start();
    await vi.advanceTimersByTimeAsync(6900);
    expect(requests).toHaveLength(1);
    await vi.advanceTimersByTimeAsync(100);
    expect(requests).toHaveLength(2);
  });

  it("changes prompts over the stream", async () => {
    await startLive();
    session.setPrompts([]);
    expect(last().sent).toEqual([{ type: "prompts", prompts: [] }]);
    expect(requests).toHaveLength(1);
  });

  it("sends every touch as docs/http.md has it", async () => {
    await startLive();
    session.setPrompts([
      {
        id: "a",
        points: [
          { x: 0.5, y: 0.25, frame: 7 },
          { x: 1, y: 0, positive: false },
        ],
      },
      { id: "b", text: "cup", box: { xMin: 0, yMin: 0.1, xMax: 0.2, yMax: 0.3, frame: null } },
    ]);
    expect(last().sent).toEqual([
      {
        type: "prompts",
        prompts: [
          {
            id: "a",
            points: [
              { x: 0.5, y: 0.25, positive: true, frame: 7 },
              { x: 1, y: 0, positive: false },
            ],
          },
          { id: "b", text: "cup", box: { x_min: 0, y_min: 0.1, x_max: 0.2, y_max: 0.3 } },
        ],
      },
    ]);
  });

  it("sends what was asked for while it connected, once the stream is open", async () => {
    await start();
    last().readyState = 0;
    session.setPrompts([{ text: "cat" }]);
    session.setPrompts([{ text: "cup" }]);
    expect(last().sent).toEqual([]);
    last().readyState = 1;
    last().dispatchEvent(new Event("open"));
    expect(last().sent).toEqual([{ type: "prompts", prompts: [{ text: "cup" }] }]);
    expect(requests).toHaveLength(1);
  });

  it("keeps its prompts in a new connection, but not the old one's names of frames", async () => {
    await startLive();
    session.setPrompts([{ id: "a", points: [{ x: 0.5, y: 0.5, frame: 7 }] }]);
    last().drops(1012);
    await vi.advanceTimersByTimeAsync(500);
    expect(requests.at(-1)?.body).toMatchObject({
      prompts: [{ id: "a", points: [{ x: 0.5, y: 0.5, positive: true }] }],
    });
    expect(JSON.stringify(requests.at(-1)?.body)).not.toContain("frame");
  });

  it("names the frame of a moment as soon as the sender's clock is known", async () => {
    await startLive();
    expect(session.frameIdAt(performance.now())).toBe(null);
    const unixMs = performance.timeOrigin + 1000;
    const ntp =
      (BigInt(Math.floor(unixMs / 1000) + 2_208_988_800) << 32n) |
      BigInt(Math.round(((unixMs % 1000) / 1000) * 2 ** 32));
    last().says(clock(90_000, ntp));
    expect(session.frameIdAt(1000)).toBe(90_000);
    expect(session.frameIdAt(1000 + 1000 / 30)).toBe(93_000);
  });

  it("fails when the camera ends, and goes on with another", async () => {
    const track = await startLive();
    track.dispatchEvent(new Event("ended"));
    expect(session.state).toMatchObject({ kind: "failed", code: "camera_ended" });
    const other = new FakeTrack();
    session.replaceStream({ getVideoTracks: () => [other] } as unknown as MediaStream);
    await settle();
    expect(session.state.kind).toBe("connecting");
  });

  it("says goodbye once, however often it is closed", async () => {
    await startLive();
    session.close();
    session.close();
    session.retry();
    expect(requests.map(({ method }) => method)).toEqual(["POST", "DELETE"]);
    expect(session.state).toEqual({ kind: "closed" });
    expect(vi.getTimerCount()).toBe(0);
  });

  it("lets go of the peer when its goodbye was heard, not before", async () => {
    await startLive();
    session.close();
    expect(requests.at(-1)?.method).toBe("DELETE");
    expect(peers[0]?.close).not.toHaveBeenCalled();
    await settle();
    expect(peers[0]?.close).toHaveBeenCalledOnce();
  });
});
