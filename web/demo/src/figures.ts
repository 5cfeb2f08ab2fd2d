/** Everything that is measured while a session runs, in one place. */

import { type FrameMessage, Meter, type Paint, type SessionEvent } from "rtseg";

import { spend, type Surroundings, Ways } from "./budget.js";
import { History, missedBetween } from "./history.js";
import type { Sending } from "./sending.js";

export type FrameEvent = Extract<SessionEvent, { type: "frame" }>;

export interface Figures {
  readonly cameraFps: number;
  readonly maskFps: number;
  /** From the capture of a frame to its outline on the screen; null until the clock is known. */
  readonly delayMs: number | null;
  /** Age of what the model last saw. */
  readonly evidenceMs: number | null;
  readonly bytesPerSecond: number;
  readonly bytesPerFrame: number | null;
  readonly modelMs: number | null;
  /** The server tells where its time goes; null before the first frame. */
  readonly isTimed: boolean | null;
}

export interface Counters {
  packets: number;
  frames: number;
  painted: number;
  bytes: number;
  problems: number;
  connects: number;
}

/** Later than usual by so much, an outline stands still. */
const STANDSTILL_MS = 300;

export class Gauge {
  readonly counters: Counters = {
    packets: 0,
    frames: 0,
    painted: 0,
    bytes: 0,
    problems: 0,
    connects: 0,
  };
  /** Where the time of the last minute's frames went. */
  readonly history = new History();
  /** What the browser says of the video that it sends; null before it was asked. */
  sending: Sending | null = null;
  readonly #camera = new Meter();
  readonly #capture = new Meter();
  readonly #mask = new Meter();
  readonly #delay = new Meter();
  readonly #evidence = new Meter();
  readonly #model = new Meter();
  #ways = new Ways();
  /** The latest frame of which anything came. */
  #latest: FrameEvent | null = null;
  /** Newer ones may have come before a frame is painted. */
  readonly #events = new WeakMap<FrameMessage, FrameEvent>();
  #isTimed: boolean | null = null;

  /** @param captureMs how long ago the camera had taken it; null where nobody tells. */
  cameraFrame(now: number, captureMs: number | null): void {
    this.#camera.add(now);
    if (captureMs !== null && captureMs >= 0) this.#capture.add(now, captureMs);
  }

  /** Names of frames and the clock are those of one connection. */
  connected(): void {
    this.counters.connects++;
    this.#latest = null;
    this.#ways = new Ways();
  }

  frame(event: FrameEvent): void {
    const { frame, bytes, arrivedAt } = event;
    this.counters.packets++;
    this.counters.bytes += bytes;
    // A frame may come in parts.
    const before = this.#latest?.frame.frameId;
    if (before === frame.frameId) this.#mask.grow(bytes);
    else {
      this.counters.frames++;
      this.#mask.add(arrivedAt, bytes);
      const ticks = before === undefined ? 0 : frame.frameId - before;
      this.history.miss(arrivedAt, missedBetween(ticks, this.#camera.rate(arrivedAt)));
    }
    this.#latest = event;
    this.#events.set(frame, event);
    this.#isTimed = frame.timing !== null;
    for (const { ageMs } of frame.objects) this.#evidence.add(arrivedAt, ageMs);
    if (frame.timing !== null) this.#model.add(arrivedAt, frame.timing.modelUs / 1000);
  }

  /** @param heldMs by how much pictures are held back on purpose. */
  painted({ frame, at }: Paint, heldMs: number): void {
    if (at === null) return;
    this.counters.painted++;
    const event = this.#events.get(frame);
    if (event === undefined || event.capturedAt === null) return;
    const { capturedAt, arrivedAt } = event;
    this.#delay.add(at, at - capturedAt);
    const { timing } = frame;
    if (timing === null) return;
    const journey = { capturedAt, arrivedAt, paintedAt: at, heldMs, timing };
    const spent = spend(journey, this.#around(at), this.#ways, performance.timeOrigin);
    this.history.add(at, spent);
  }

  /** The server's clock tells another time: what is said of the ways is an estimate. */
  get isEstimated(): boolean {
    return this.#ways.isEstimated;
  }

  #around(now: number): Surroundings {
    return {
      captureMs: this.#capture.median(now),
      compressMs: this.sending?.compressMs ?? null,
      roundTripMs: this.sending?.roundTripMs ?? null,
    };
  }

  /**
   * From the camera to the screen: of the frames that were painted lately; or of the one that is
   * there now, if nothing newer comes in its place.
   */
  #age(now: number): number | null {
    const usual = this.#delay.median(now);
    const capturedAt = this.#latest?.capturedAt ?? null;
    const latest = capturedAt === null ? null : now - capturedAt;
    return usual !== null && latest !== null && latest > usual + STANDSTILL_MS ? latest : usual;
  }

  read(now: number): Figures {
    return {
      cameraFps: this.#camera.rate(now),
      maskFps: this.#mask.rate(now),
      delayMs: this.#age(now),
      evidenceMs: this.#evidence.median(now),
      bytesPerSecond: this.#mask.perSecond(now),
      bytesPerFrame: this.#mask.mean(now),
      modelMs: this.#model.median(now),
      isTimed: this.#isTimed,
    };
  }
}
