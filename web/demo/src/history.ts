/** What frames spent lately, second by second. Reads no clock: every call says what time it is. */

import { type Spent, STAGES } from "./budget.js";

export const SPAN_MS = 60_000;
export const BIN_MS = 500;
export const BINS = SPAN_MS / BIN_MS;

/** More than any camera gives in the span; it bounds the memory. */
const MOST_FRAMES = 4096;

/** One column of the chart. */
export interface Bin {
  readonly frames: number;
  /** Camera frames of which no outline came. */
  readonly missed: number;
  /** Milliseconds of each stage, the mean of its frames; null without any. */
  readonly spent: Spent | null;
}

export interface Quantiles {
  readonly stages: readonly Quantile[];
  readonly total: Quantile;
}

export interface Quantile {
  readonly p50: number;
  readonly p95: number;
}

interface Sum {
  readonly index: number;
  readonly spent: number[];
  frames: number;
  missed: number;
}

const NOTHING: Bin = { frames: 0, missed: 0, spent: null };

export class History {
  #sums: Sum[] = [];
  #frames: { readonly at: number; readonly spent: Spent }[] = [];

  add(now: number, spent: Spent): void {
    const sum = this.#sum(now);
    sum.frames++;
    spent.forEach((ms, stage) => {
      sum.spent[stage] = (sum.spent[stage] ?? 0) + ms;
    });
    this.#frames.push({ at: now, spent });
    const drop = this.#frames.findIndex(({ at }) => at > now - SPAN_MS);
    const tooMany = this.#frames.length - MOST_FRAMES;
    if (drop > 0 || tooMany > 0) this.#frames.splice(0, Math.max(drop, tooMany));
  }

  /** So many camera frames passed without an outline. */
  miss(now: number, count: number): void {
    if (count > 0) this.#sum(now).missed += count;
  }

  /** The last minute, oldest first; the last one has begun just now. */
  bins(now: number): Bin[] {
    const last = Math.floor(now / BIN_MS);
    const bins = Array.from({ length: BINS }, () => NOTHING);
    for (const { index, spent, frames, missed } of this.#sums) {
      const place = BINS - 1 - (last - index);
      if (place < 0 || place >= BINS) continue;
      const mean = frames === 0 ? null : spent.map((ms) => ms / frames);
      bins[place] = { frames, missed, spent: mean };
    }
    return bins;
  }

  /** Of the frames of the last minute, each counted once; null without any. */
  quantiles(now: number): Quantiles | null {
    const frames = this.#frames.filter(({ at }) => at > now - SPAN_MS);
    if (frames.length === 0) return null;
    const stages = STAGES.map((_, stage) => quantile(frames.map(({ spent }) => spent[stage] ?? 0)));
    return { stages, total: quantile(frames.map(({ spent }) => sumOf(spent))) };
  }

  clear(): void {
    this.#sums = [];
    this.#frames = [];
  }

  #sum(now: number): Sum {
    const index = Math.floor(now / BIN_MS);
    const latest = this.#sums.at(-1);
    if (latest?.index === index) return latest;
    const sum = { index, spent: STAGES.map(() => 0), frames: 0, missed: 0 };
    this.#sums.push(sum);
    this.#sums = this.#sums.filter((one) => one.index > index - BINS);
    return sum;
  }
}

export function sumOf(spent: Spent): number {
  return spent.reduce((sum, ms) => sum + ms, 0);
}

/**
 * Camera frames that were passed over between two whose outlines came.
 *
 * @param ticks from one RTP timestamp to the next, 90,000 a second.
 * @param fps of the camera, as counted.
 */
export function missedBetween(ticks: number, fps: number): number {
  const seconds = (ticks | 0) / 90_000;
  // After a pause, or with a clock that began anew, nobody knows how many there were.
  if (seconds <= 0 || seconds > 2 || fps < 1) return 0;
  return Math.max(0, Math.round(seconds * fps) - 1);
}

function quantile(values: readonly number[]): Quantile {
  const sorted = Float64Array.from(values).sort();
  const at = (part: number) =>
    sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))];
  return { p50: at(0.5) ?? 0, p95: at(0.95) ?? 0 };
}
