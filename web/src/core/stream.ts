/** What the packets of one connection say to whoever draws. Reads no clock: time is an argument. */

import type { Problem } from "./api.js";
import { WireError } from "./errors.js";
import { FrameIdentity } from "./identity.js";
import { Lag } from "./lag.js";
import { isRepeat } from "./repeats.js";
import { Decoder, type FrameMessage, type Message } from "./wire.js";

export type StreamEvent =
  | {
      readonly type: "frame";
      readonly frame: FrameMessage;
      /** Of its packet, and of those since the last one that drew nothing: late, twice, or stale. */
      readonly bytes: number;
      /** `performance.now()` when the packet came. */
      readonly arrivedAt: number;
      /** When the camera took the frame, on the same scale; null until the clock is known. */
      readonly capturedAt: number | null;
    }
  /** The sender's clock has come; frames from now on know when they were captured. */
  | { readonly type: "clock"; readonly rtp: number; readonly ntp: bigint }
  /**
   * What is drawn is older than it should be, because packets were lost; or is no longer. Only on a
   * data channel, and only when it lasts.
   */
  | { readonly type: "stale"; readonly isStale: boolean }
  /** Something is wrong, and the session goes on. */
  | { readonly type: "problem"; readonly problem: Problem };

/** Names of objects, frames and the clock of RTP hold for one connection: each has its own stream. */
export class PacketStream {
  readonly #decoder = new Decoder();
  readonly #identity: FrameIdentity;
  readonly #lag = new Lag();
  /** The frame that was handed out last. */
  #shown: FrameMessage | null = null;
  /** Of frame packets that have come since, and drew nothing. */
  #idleBytes = 0;

  /** @param timeOriginMs `performance.timeOrigin` of the page that sends the frames. */
  constructor(timeOriginMs: number) {
    this.#identity = new FrameIdentity(timeOriginMs);
  }

  /** Read a packet that came at `nowMs`, on the scale of `performance.now()`. */
  read(packet: Uint8Array, nowMs: number): StreamEvent[] {
    let message: Message;
    try {
      message = this.#decoder.decode(packet);
    } catch (error) {
      if (!(error instanceof WireError)) throw error;
      return [{ type: "problem", problem: { code: "bad_packet", message: error.message } }];
    }
    const isNews = this.#lag.update(this.#decoder.isStale, nowMs);
    return [
      ...(isNews ? [{ type: "stale", isStale: this.#lag.isLong } as const] : []),
      ...this.#take(message, packet.length, nowMs),
    ];
  }

  /** What the sender is owed for what was read; see `Decoder.takeAcknowledgement`. */
  takeAcknowledgement(): Uint8Array<ArrayBuffer> | null {
    return this.#decoder.takeAcknowledgement();
  }

  /** The page has seen a picture that the camera took at this time. */
  saw(captureTime: number): void {
    this.#identity.picture(captureTime);
  }

  /** The name of the camera frame that was captured at this moment; null until the clock is known. */
  frameIdAt(captureTime: number): number | null {
    return this.#identity.frameId(captureTime);
  }

  #take(message: Message, length: number, arrivedAt: number): StreamEvent[] {
    switch (message.kind) {
      case "frame": {
        if (isRepeat(message, this.#shown)) break;
        const bytes = this.#idleBytes + length;
        this.#idleBytes = 0;
        this.#shown = message;
        const capturedAt = this.#identity.frame(message.frameId, arrivedAt);
        return [{ type: "frame", frame: message, bytes, arrivedAt, capturedAt }];
      }
      case "stale": // what is drawn stays the last that was right
      case "late":
        break;
      case "clock":
        this.#identity.report(message);
        return [{ type: "clock", rtp: message.rtp, ntp: message.ntp }];
      case "ack":
      case "unknown":
        return [];
    }
    // A packet of a frame that changes nothing on the screen.
    this.#idleBytes += length;
    return [];
  }
}
