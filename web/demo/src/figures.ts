/** Everything that is measured while a session runs, in one place. */

import { type FrameTiming, Meter, type Paint, type SessionEvent } from "rtseg";

export type FrameEvent = Extract<SessionEvent, { type: "frame" }>;

export interface Stage {
  readonly name: string;
  readonly ms: number;
}

export interface Figures {
  readonly cameraFps: number;
  readonly maskFps: number;
  /** From the capture of a frame to its outline on the screen; null until the clock is known. */
  readonly delayMs: number | null;
  /** Age of what the model last saw. */
  readonly evidenceMs: number | null;
  readonly bytesPerSecond: number;
  readonly bytesPerFrame: number | null;
  /** The way of a frame, step by step; empty without timing. */
  readonly stages: readonly Stage[];
  readonly modelMs: number | null;
}

export interface Counters {
  packets: number;
  frames: number;
  painted: number;
  bytes: number;
  problems: number;
  connects: number;
}

/** In the order in which a frame meets them. */
const SERVER_STAGES: readonly (readonly [string, keyof FrameTiming])[] = [
  ["decode", "decodeUs"],
  ["wait", "waitUs"],
  ["track", "trackUs"],
  ["path", "pathUs"],
  ["encode", "encodeUs"],
];

/** Later than usual by so much, an outline stands still. */
const STANDSTILL_MS = 300;

const STAGE_NAMES = ["to server", ...SERVER_STAGES.map(([name]) => name), "to page"];

export class Gauge {
  readonly counters: Counters = {
    packets: 0,
    frames: 0,
    painted: 0,
    bytes: 0,
    problems: 0,
    connects: 0,
  };
  readonly #camera = new Meter();
  readonly #mask = new Meter();
  readonly #delay = new Meter();
  readonly #evidence = new Meter();
  readonly #model = new Meter();
  readonly #stages = new Map<string, Meter>();
  /** Of the latest frame of which anything came. */
  #frameId: number | null = null;
  #captured: { frameId: number; at: number } | null = null;

  cameraFrame(now: number): void {
    this.#camera.add(now);
  }

  frame(event: FrameEvent): void {
    const { frame, bytes, arrivedAt, capturedAt } = event;
    this.counters.packets++;
    this.counters.bytes += bytes;
    // A frame may come in parts.
    const isMore = this.#frameId === frame.frameId;
    this.#frameId = frame.frameId;
    if (isMore) this.#mask.grow(bytes);
    else {
      this.counters.frames++;
      this.#mask.add(arrivedAt, bytes);
    }
    this.#captured = capturedAt === null ? null : { frameId: frame.frameId, at: capturedAt };
    for (const { ageMs } of frame.objects) this.#evidence.add(arrivedAt, ageMs);
    if (frame.timing === null) return;
    this.#model.add(arrivedAt, frame.timing.modelUs / 1000);
    for (const { name, ms } of stagesOf(frame.timing, arrivedAt, capturedAt)) {
      let meter = this.#stages.get(name);
      if (meter === undefined) this.#stages.set(name, (meter = new Meter()));
      meter.add(arrivedAt, ms);
    }
  }

  painted({ frame, at }: Paint): void {
    if (at === null) return;
    this.counters.painted++;
    const captured = this.#captured;
    if (captured?.frameId === frame.frameId) this.#delay.add(at, at - captured.at);
  }

  /**
   * From the camera to the screen: of the frames that were painted lately; or of the one that is
   * there now, if nothing newer comes in its place.
   */
  #age(now: number): number | null {
    const usual = this.#delay.median(now);
    const latest = this.#captured === null ? null : now - this.#captured.at;
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
      stages: STAGE_NAMES.flatMap((name) => {
        const ms = this.#stages.get(name)?.median(now) ?? null;
        return ms === null ? [] : [{ name, ms }];
      }),
      modelMs: this.#model.median(now),
    };
  }
}

/**
 * The way of one frame, in order. The two stretches over the network compare the server's clock
 * with ours: on one machine they are right, on two they are only as good as the clocks agree.
 */
function stagesOf(timing: FrameTiming, arrivedAt: number, capturedAt: number | null): Stage[] {
  const server = SERVER_STAGES.map(([name, key]) => ({ name, ms: timing[key] / 1000 }));
  const inServer = server.reduce((sum, { ms }) => sum + ms, 0);
  const handedAt = timing.handedUs / 1000 - performance.timeOrigin;
  const upMs = capturedAt === null ? null : handedAt - capturedAt;
  const downMs = arrivedAt - handedAt - inServer;
  return [
    ...(upMs !== null && upMs >= 0 ? [{ name: "to server", ms: upMs }] : []),
    ...server,
    ...(downMs >= 0 ? [{ name: "to page", ms: downMs }] : []),
  ];
}
