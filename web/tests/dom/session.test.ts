/** The session's life, over a network and a browser that are made of paper. */

import { connect, type Session, type SessionEvent } from "rtseg";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import { frame, outline } from "../core/packets.js";

class FakePeer extends EventTarget {
  connectionState = "new";
  iceGatheringState = "complete";
  localDescription = { sdp: "v=0 offer" };
  sender = {
    getParameters: () => ({}),
    setParameters: () => Promise.resolve(),
    replaceTrack: vi.fn(() => Promise.resolve()),
  };
  addTransceiver = () => ({ sender: this.sender });
  setLocalDescription = () => Promise.resolve();
  setRemoteDescription = () => Promise.resolve();
  close = vi.fn();
  constructor() {
    super();
    peers.push(this);
  }
}

class FakeSocket extends EventTarget {
  static readonly OPEN = 1;
  readyState = 1;
  binaryType = "blob";
  sent: unknown[] = [];
  readonly url: string;
  readonly protocols: string[];
  constructor(url: URL, protocols: string[]) {
    super();
    this.url = url.href;
    this.protocols = protocols;
    sockets.push(this);
  }
  send(text: string) {
    this.sent.push(JSON.parse(text));
  }
  close() {
    this.readyState = 3;
  }
  says(data: object | Uint8Array) {
    const message = new Event("message") as Event & { data: unknown };
    message.data = data instanceof Uint8Array ? data.slice().buffer : JSON.stringify(data);
    this.dispatchEvent(message);
  }
  drops(code: number) {
    this.dispatchEvent(new FakeCloseEvent(code));
  }
}

class FakeCloseEvent extends Event {
  readonly code: number;
  constructor(code: number) {
    super("close");
    this.code = code;
  }
}

class FakeTrack extends EventTarget {
  readyState = "live";
}

let peers: FakePeer[];
let sockets: FakeSocket[];
let requests: { method: string; url: string; body: unknown }[];
let answer: () => Response;
let session: Session;
let events: SessionEvent[];

const prompts = [{ text: "person", track_id: 1, label: "person", model: "person" }];
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
  [peers, sockets, requests, events] = [[], [], [], []];
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
