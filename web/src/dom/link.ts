/**
 * One life of a connection: a peer, its session on the server and the channel back.
 *
 * A link is made, may become live, and ends once, with a reason. Starting again is the business
 * of the session, which makes a new link.
 */

import { parseServerMessage, type Problem, type SessionGrant } from "../core/api.js";
import { ApiError } from "../core/json.js";
import { type ActivePrompt, type Prompt, toJson } from "../core/prompt.js";
import { type Channel, type ChannelEvents, openDataChannels, openWebSocket } from "./channel.js";
import { createSession, deleteSession, ServerError } from "./http.js";
import { openPeer, type Peer } from "./peer.js";

const CONNECT_MS = 10_000;
const PING_MS = 5000;
/** From the answer to the camera's way being open: a second on any network that lets it through. */
const MEDIA_MS = 10_000;

export interface LinkOptions {
  readonly server: URL;
  readonly stream: MediaStream;
  readonly prompts: readonly Prompt[] | undefined;
  readonly channel: "websocket" | "datachannel";
  readonly timing: boolean;
  readonly iceServers: RTCIceServer[];
  readonly apiKey: string | undefined;
}

export interface LinkEvents {
  live(): void;
  prompts(prompts: readonly ActivePrompt[]): void;
  packet(bytes: Uint8Array): void;
  /** Something is wrong, and the stream goes on. */
  problem(problem: Problem): void;
  /** Once, unless it was closed from here. */
  ended(problem: Problem, retryAfterMs?: number): void;
}

const TIMEOUT = {
  code: "timeout",
  message: "The server did not let the camera in within 10 s.",
} as const;
const PEER_LOST = {
  code: "peer_lost",
  message: "The camera's connection to the server broke.",
} as const;
const NO_MEDIA = {
  code: "no_media",
  message: "The camera's picture does not reach the server: the network lets no UDP through to it.",
} as const;

export class Link {
  readonly #options: LinkOptions;
  readonly #events: LinkEvents;
  readonly #abort = new AbortController();
  #peer: Peer | null = null;
  #channel: Channel | null = null;
  #prompts: readonly Prompt[] | undefined;
  /** The latest prompts are not those that the server was asked for. */
  #owesPrompts = false;
  #grant: SessionGrant | null = null;
  #isLive = false;
  #farewell: Problem | null = null;
  #deadline: ReturnType<typeof setTimeout> | undefined;
  #heartbeat: ReturnType<typeof setInterval> | undefined;
  #heardSincePing = true;
  /** Whether the camera's way to the server was open, once. */
  #wasConnected = false;
  #mediaDeadline: ReturnType<typeof setTimeout> | undefined;

  constructor(options: LinkOptions, events: LinkEvents) {
    this.#options = options;
    this.#prompts = options.prompts;
    this.#events = events;
    this.#deadline = setTimeout(() => {
      // A data channel cannot be heard before the camera's way is open.
      const isAnswered = this.#grant !== null && this.#options.channel === "datachannel";
      this.#end(isAnswered && !this.#wasConnected ? NO_MEDIA : TIMEOUT);
    }, CONNECT_MS);
    this.#open().catch((error: unknown) => {
      this.#fail(error);
    });
  }

  /** Ask for something else, now or as soon as there is a channel to ask on. */
  setPrompts(prompts: readonly Prompt[]): void {
    this.#prompts = prompts;
    this.#owesPrompts = true;
    this.#sendPrompts();
  }

  #sendPrompts(): void {
    if (!this.#owesPrompts || this.#prompts === undefined) return;
    const message = JSON.stringify({ type: "prompts", prompts: this.#prompts.map(toJson) });
    if (this.#channel?.send(message) === true) this.#owesPrompts = false;
  }

  /** Tell the server of a frame that has come, if it cannot know. */
  acknowledge(packet: Uint8Array<ArrayBuffer>): void {
    this.#channel?.acknowledge(packet);
  }

  async replaceTrack(track: MediaStreamTrack): Promise<void> {
    await this.#peer?.sender.replaceTrack(track);
  }

  getStats(): Promise<RTCStatsReport | null> {
    return this.#peer?.connection.getStats() ?? Promise.resolve(null);
  }

  close(): void {
    if (this.#abort.signal.aborted) return;
    this.#abort.abort();
    clearTimeout(this.#deadline);
    clearTimeout(this.#mediaDeadline);
    clearInterval(this.#heartbeat);
    this.#channel?.close();
    const peer = this.#peer;
    if (this.#grant === null) peer?.close();
    else {
      // The peer's end would reach the server first, and look like a camera that was lost.
      void deleteSession(this.#options.server, this.#grant).finally(() => peer?.close());
    }
  }

  async #open(): Promise<void> {
    const { server, stream, timing, iceServers, apiKey } = this.#options;
    const { signal } = this.#abort;
    const [track] = stream.getVideoTracks();
    if (track === undefined) {
      throw new ServerError({ code: "no_video", message: "The stream has no picture in it." });
    }
    const peer = openPeer(stream, track, iceServers, () => {
      this.#end(this.#wasConnected ? PEER_LOST : NO_MEDIA);
    });
    this.#peer = peer;
    peer.connection.addEventListener("connectionstatechange", () => {
      if (peer.connection.connectionState === "connected") this.#wasConnected = true;
    });
    if (this.#options.channel === "datachannel") {
      this.#channel = openDataChannels(peer.connection, this.#channelEvents());
    }
    const sdp = await peer.offer();
    signal.throwIfAborted();
    this.#owesPrompts = false;
    const offer = { sdp, prompts: this.#prompts, timing };
    const grant = await createSession(server, offer, signal, apiKey);
    this.#grant = grant;
    this.#events.prompts(grant.prompts);
    await peer.accept(grant.answerSdp);
    signal.throwIfAborted();
    // The stream comes over TCP and says hello all the same.
    this.#mediaDeadline = setTimeout(() => {
      if (!this.#wasConnected && isShut(peer.connection)) this.#end(NO_MEDIA);
    }, MEDIA_MS);
    this.#channel ??= openWebSocket(
      new URL(grant.streamUrl, server),
      grant.token,
      this.#channelEvents(),
    );
  }

  #channelEvents(): ChannelEvents {
    return {
      open: () => {
        this.#sendPrompts();
        this.#heartbeat = setInterval(() => {
          this.#ping();
        }, PING_MS);
      },
      bytes: (packet) => {
        this.#heard();
        this.#events.packet(packet);
      },
      text: (text) => {
        this.#heard();
        this.#message(text);
      },
      closed: (code) => {
        this.#end(this.#farewell ?? whyClosed(code));
      },
    };
  }

  /** A network that vanished closes nothing: silence after a ping is the only sign. */
  #ping(): void {
    if (!this.#heardSincePing) {
      this.#end({ code: "silent", message: "The server has gone silent." });
      return;
    }
    this.#heardSincePing = false;
    this.#channel?.send(JSON.stringify({ type: "ping", id: 0 }));
  }

  #heard(): void {
    this.#heardSincePing = true;
    if (this.#isLive) return;
    this.#isLive = true;
    clearTimeout(this.#deadline);
    this.#events.live();
  }

  #message(text: string): void {
    let message;
    try {
      message = parseServerMessage(text);
    } catch (error) {
      this.#events.problem({ code: "bad_message", message: describe(error) });
      return;
    }
    switch (message.type) {
      case "hello":
      case "prompts":
        this.#events.prompts(message.prompts);
        break;
      case "error":
        this.#events.problem(message.problem);
        break;
      case "end":
        // The close that follows says no more than a number; these are the words for it.
        this.#farewell = {
          code: message.reason,
          message: message.message || "The server ended the session.",
        };
        if (this.#options.channel === "datachannel") this.#end(this.#farewell);
        break;
      case "pong":
      case "unknown":
        break;
    }
  }

  #fail(error: unknown): void {
    if (error instanceof ServerError) this.#end(error.problem, error.retryAfterMs);
    else if (error instanceof ApiError) {
      this.#end({ code: "bad_answer", message: `Not an rtseg server's answer: ${error.message}` });
    } else this.#end({ code: "peer_failed", message: describe(error) });
  }

  #end(problem: Problem, retryAfterMs?: number): void {
    if (this.#abort.signal.aborted) return;
    this.close();
    this.#events.ended(problem, retryAfterMs);
  }
}

/** Not in every browser is there a word for it; such a connection is left its time. */
function isShut({ connectionState }: RTCPeerConnection): boolean {
  return ["new", "connecting", "failed"].includes(connectionState);
}

function whyClosed(code: number): Problem {
  switch (code) {
    case 1012:
      return { code: "server_shutdown", message: "The server is restarting." };
    case 4401:
    case 4404:
      return { code: "session_gone", message: "The server does not know this session any more." };
    default:
      return { code: "stream_lost", message: "The connection to the server broke." };
  }
}

function describe(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
