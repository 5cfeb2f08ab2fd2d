/**
 * A camera's session with a server, for as long as it is wanted.
 *
 *     idle ─▶ connecting ─▶ live ─▶ reconnecting ─▶ connecting ─▶ …
 *                  │                     ▲
 *                  ├─────────────────────┘  what time may mend
 *                  └────▶ failed            what it may not; retry() or another camera starts again
 *     any ─▶ closed                         by close(), for good
 */

import type { Problem } from "../core/api.js";
import { type ActivePrompt, type Prompt, withoutFrames } from "../core/prompt.js";
import { judge } from "../core/retry.js";
import { PacketStream, type StreamEvent } from "../core/stream.js";
import { Link, type LinkOptions } from "./link.js";

export type SessionState =
  | { readonly kind: "idle" }
  | { readonly kind: "connecting"; readonly attempt: number }
  | { readonly kind: "live" }
  | {
      readonly kind: "reconnecting";
      readonly reason: Problem;
      readonly attempt: number;
      /** When it is tried again, on the scale of `performance.now()`. */
      readonly retryAt: number;
    }
  | { readonly kind: "failed"; readonly code: string; readonly message: string }
  | { readonly kind: "closed" };

export type SessionEvent =
  | { readonly type: "state"; readonly state: SessionState }
  | { readonly type: "prompts"; readonly prompts: readonly ActivePrompt[] }
  | StreamEvent;

export interface SessionOptions {
  /** Where the server is; the page's own by default. */
  readonly server?: string | URL;
  /** A camera, or `video.captureStream()`. It stays the caller's: closing does not stop it. */
  readonly stream: MediaStream;
  /** What to outline; the server's default when left out, nothing (paused) when empty. */
  readonly prompts?: readonly Prompt[];
  readonly channel?: "websocket" | "datachannel";
  /** Ask for the timing record in every packet. */
  readonly timing?: boolean;
  /** None by default: a server on the same machine or network needs no help to be found. */
  readonly iceServers?: RTCIceServer[];
  /** Where the server wants one. */
  readonly apiKey?: string | undefined;
}

type Listener = (event: SessionEvent) => void;

export class Session {
  #state: SessionState = { kind: "idle" };
  #options: LinkOptions;
  #link: Link | null = null;
  #failures = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #packets = newStream();
  #track: MediaStreamTrack | null = null;
  readonly #listeners = new Set<Listener>();

  constructor(options: SessionOptions) {
    this.#options = {
      server: new URL(options.server ?? ".", document.baseURI),
      stream: options.stream,
      prompts: options.prompts,
      channel: options.channel ?? "websocket",
      timing: options.timing ?? false,
      iceServers: options.iceServers ?? [],
      apiKey: options.apiKey,
    };
  }

  get state(): SessionState {
    return this.#state;
  }

  subscribe(listener: Listener): () => void {
    this.#listeners.add(listener);
    return () => {
      this.#listeners.delete(listener);
    };
  }

  /** Connect, and stay connected until `close()`. Once is enough. */
  start(): this {
    if (this.#state.kind === "idle") this.#connect();
    return this;
  }

  /** Try now what would be tried later, or what was given up. */
  retry(): void {
    if (this.#state.kind === "reconnecting" || this.#state.kind === "failed") this.#connect();
  }

  /**
   * From now on outline these; none pauses. The whole list, every time: the server does what has
   * changed. A prompt keeps its objects as long as its `id` is in the list.
   */
  setPrompts(prompts: readonly Prompt[]): void {
    this.#options = { ...this.#options, prompts };
    if (this.#link === null) this.retry();
    else this.#link.setPrompts(prompts);
  }

  /**
   * The name, for a `Point` or a box, of the camera frame that was captured at this moment: of the
   * one on the screen if it is `Overlay.captureTime`. Null until the clock is known; the server
   * then takes the newest frame.
   */
  frameIdAt(captureTime: number): number | null {
    return this.#packets.frameIdAt(captureTime);
  }

  /**
   * The page has seen a picture that the camera took at this time, on the scale of
   * `performance.now()`. `Overlay.follow` tells of each: a frame's capture time is then exactly
   * that of its picture.
   */
  saw(captureTime: number): void {
    this.#packets.saw(captureTime);
  }

  /** Go on with another camera, without a new connection if there is one. */
  replaceStream(stream: MediaStream): void {
    this.#options = { ...this.#options, stream };
    const [track] = stream.getVideoTracks();
    if (this.#link === null || track === undefined) {
      this.retry();
      return;
    }
    this.#watch(track);
    this.#link.replaceTrack(track).catch(() => {
      // Not every pair of tracks can be exchanged in place; a new connection takes any.
      if (this.#state.kind !== "closed") this.#connect();
    });
  }

  /** The browser's own figures about the connection; null when there is none. */
  getStats(): Promise<RTCStatsReport | null> {
    return this.#link?.getStats() ?? Promise.resolve(null);
  }

  close(): void {
    if (this.#state.kind === "closed") return;
    this.#disconnect();
    this.#watch(null);
    this.#enter({ kind: "closed" });
    this.#listeners.clear();
  }

  #connect(): void {
    this.#disconnect();
    const [track] = this.#options.stream.getVideoTracks();
    this.#watch(track ?? null);
    if (track?.readyState === "ended") {
      this.#cameraEnded();
      return;
    }
    this.#packets = newStream();
    const prompts = this.#options.prompts?.map(withoutFrames);
    this.#options = { ...this.#options, prompts };
    this.#enter({ kind: "connecting", attempt: this.#failures + 1 });
    // A listener may have closed the session while it was told.
    if (this.#state.kind !== "connecting") return;
    this.#link = new Link(this.#options, {
      live: () => {
        this.#failures = 0;
        this.#enter({ kind: "live" });
      },
      prompts: (prompts) => {
        this.#emit({ type: "prompts", prompts });
      },
      packet: (bytes) => {
        this.#packet(bytes);
      },
      problem: (problem) => {
        this.#emit({ type: "problem", problem });
      },
      ended: (problem, retryAfterMs) => {
        this.#lost(problem, retryAfterMs);
      },
    });
  }

  #lost(problem: Problem, retryAfterMs?: number): void {
    this.#disconnect();
    this.#failures++;
    const verdict = judge(problem, this.#failures, retryAfterMs);
    if (verdict.kind === "give-up") {
      this.#enter({ kind: "failed", ...problem });
      return;
    }
    this.#timer = setTimeout(() => {
      this.#connect();
    }, verdict.afterMs);
    this.#enter({
      kind: "reconnecting",
      reason: problem,
      attempt: this.#failures,
      retryAt: performance.now() + verdict.afterMs,
    });
  }

  #packet(bytes: Uint8Array): void {
    const events = this.#packets.read(bytes, performance.now());
    const owed = this.#packets.takeAcknowledgement();
    if (owed !== null) this.#link?.acknowledge(owed);
    // Of frames that were under way when nothing was wanted any more, nobody wants to hear.
    const isPaused = this.#options.prompts?.length === 0;
    for (const event of events) if (!isPaused || event.type !== "frame") this.#emit(event);
  }

  readonly #cameraEnded = () => {
    this.#disconnect();
    const message = "The camera stopped. It may have been unplugged, or another program took it.";
    this.#enter({ kind: "failed", code: "camera_ended", message });
  };

  #watch(track: MediaStreamTrack | null): void {
    this.#track?.removeEventListener("ended", this.#cameraEnded);
    this.#track = track;
    track?.addEventListener("ended", this.#cameraEnded);
  }

  #disconnect(): void {
    clearTimeout(this.#timer);
    this.#link?.close();
    this.#link = null;
  }

  #enter(state: SessionState): void {
    this.#state = state;
    this.#emit({ type: "state", state });
  }

  #emit(event: SessionEvent): void {
    for (const listener of [...this.#listeners]) listener(event);
  }
}

/** Open a session and keep it open. */
export function connect(options: SessionOptions): Session {
  return new Session(options).start();
}

function newStream(): PacketStream {
  return new PacketStream(performance.timeOrigin);
}
