/**
 * Where the time of one frame went, from the lens to the screen: every millisecond in one stage,
 * none in two. Without a clock of its own.
 */

import type { FrameTiming } from "rtseg";

/** In the order in which a frame meets them. */
export const STAGES = [
  { id: "capture", where: "here", tip: "from the camera’s sensor to this page" },
  { id: "compress", where: "here", tip: "the picture into a video stream, in this browser" },
  { id: "network", where: "way", tip: "to the server, half of the way there and back" },
  { id: "buffer", where: "way", tip: "until the whole frame had come, and what nobody measures" },
  { id: "decode", where: "server", tip: "the video stream to pixels" },
  { id: "wait", where: "server", tip: "until the tracker was free" },
  { id: "track", where: "server", tip: "following every object into this frame" },
  { id: "path", where: "server", tip: "masks to outlines" },
  { id: "encode", where: "server", tip: "outlines to bytes" },
  { id: "send", where: "way", tip: "back through the network, until this page listens" },
  { id: "hold", where: "here", tip: "in step: until it is the picture’s turn" },
  { id: "paint", where: "here", tip: "until it is on the screen" },
] as const;

export type StageId = (typeof STAGES)[number]["id"];

/** Milliseconds of each of `STAGES`, in their order. */
export type Spent = readonly number[];

/** What the page knows of a frame whose outlines are on the screen; its own clock, in ms. */
export interface Journey {
  readonly capturedAt: number;
  readonly arrivedAt: number;
  readonly paintedAt: number;
  /** By how much pictures are held back on purpose; 0 live. */
  readonly heldMs: number;
  readonly timing: FrameTiming;
}

/** What is measured beside the frames, lately. Null where the browser does not tell. */
export interface Surroundings {
  /** From the camera to the page. */
  readonly captureMs: number | null;
  readonly compressMs: number | null;
  /** To the server and back. */
  readonly roundTripMs: number | null;
}

/** A wall clock may be wrong by less than this and nobody would see it in the figures. */
const AGREEMENT_MS = 25;
const WINDOW_MS = 10_000;

/**
 * Shares the ways there and back, whose sum is certain. The boundary between them is a moment of
 * the server's wall clock: believed as long as it says what can be, put right by the round trip
 * where it does not.
 */
export class Ways {
  #since = -Infinity;
  /** The shortest of this window and of the one before. */
  #down = Infinity;
  #downBefore = Infinity;
  #up = Infinity;
  #upBefore = Infinity;

  /** The clocks of the two machines tell different times; the boundary is an estimate. */
  isEstimated = false;

  /** @returns milliseconds [there, back], none below 0, with the sum of what was given. */
  share(upMs: number, downMs: number, roundTripMs: number | null, now: number): [number, number] {
    if (now - this.#since > WINDOW_MS) {
      [this.#downBefore, this.#upBefore] = [this.#down, this.#up];
      [this.#down, this.#up] = [Infinity, Infinity];
      this.#since = now;
    }
    this.#down = Math.min(this.#down, downMs);
    this.#up = Math.min(this.#up, upMs);
    const least = Math.min(this.#down, this.#downBefore);
    const leastUp = Math.min(this.#up, this.#upBefore);
    const roundTrip = roundTripMs ?? 0;
    // A millisecond is within what the sender's report of the capture is worth.
    this.isEstimated = least < -1 || leastUp < -1 || least > roundTrip + AGREEMENT_MS;
    const skew = this.isEstimated ? least - roundTrip / 2 : 0;
    const total = Math.max(0, upMs + downMs);
    const back = Math.min(total, Math.max(0, downMs - skew));
    return [total - back, back];
  }
}

/** Share the whole delay of a frame among its stages: their sum is `paintedAt - capturedAt`. */
export function spend(journey: Journey, around: Surroundings, ways: Ways, origin: number): Spent {
  const { capturedAt, arrivedAt, paintedAt, heldMs, timing } = journey;
  const server = [
    timing.decodeUs,
    timing.waitUs,
    timing.trackUs,
    timing.pathUs,
    timing.encodeUs,
  ].map((us) => us / 1000);
  const inServer = server.reduce((sum, ms) => sum + ms, 0);
  const handedAt = timing.handedUs / 1000 - origin;
  const { captureMs, compressMs, roundTripMs } = around;
  const [there, back] = ways.share(
    handedAt - capturedAt,
    arrivedAt - handedAt - inServer,
    roundTripMs,
    arrivedAt,
  );
  let left = there;
  const take = (ms: number | null) => {
    const taken = Math.min(left, Math.max(0, ms ?? 0));
    left -= taken;
    return taken;
  };
  const capture = take(captureMs);
  const compress = take(compressMs);
  const network = take(roundTripMs === null ? null : roundTripMs / 2);
  const after = Math.max(0, paintedAt - arrivedAt);
  // Outlines that are there before their picture's turn wait for it, and not for the painter.
  const hold = Math.min(after, heldMs);
  return [capture, compress, network, left, ...server, back, hold, after - hold];
}
