/** No camera is faster than this for a window of a few seconds; it bounds the memory. */
const MAX_SAMPLES = 1024;

/** Figures over the last moments. Reads no clock: every call says what time it is, in ms. */
export class Meter {
  readonly #windowMs: number;
  #samples: { readonly at: number; readonly value: number }[] = [];

  constructor(windowMs = 2000) {
    this.#windowMs = windowMs;
  }

  add(nowMs: number, value = 1): void {
    this.#samples.push({ at: nowMs, value });
    this.#forget(nowMs);
  }

  /** The latest sample is greater by so much than it was added. */
  grow(by: number): void {
    const latest = this.#samples.pop();
    if (latest !== undefined) this.#samples.push({ at: latest.at, value: latest.value + by });
  }

  /** Samples a second. */
  rate(nowMs: number): number {
    this.#forget(nowMs);
    const [first, last] = [this.#samples[0], this.#samples.at(-1)];
    // Intervals, not samples, over time: 30 evenly spaced frames are 29 intervals.
    if (first === undefined || last === undefined || last.at <= first.at) return 0;
    return ((this.#samples.length - 1) * 1000) / (last.at - first.at);
  }

  /** Sum of the values a second, over the whole window. */
  perSecond(nowMs: number): number {
    this.#forget(nowMs);
    return (this.#sum() * 1000) / this.#windowMs;
  }

  /** Mean value; null without samples. */
  mean(nowMs: number): number | null {
    this.#forget(nowMs);
    return this.#samples.length === 0 ? null : this.#sum() / this.#samples.length;
  }

  /** The value that half of the samples stay below; null without samples. */
  median(nowMs: number): number | null {
    this.#forget(nowMs);
    const sorted = this.#samples.map((sample) => sample.value).sort((a, b) => a - b);
    return sorted[sorted.length >> 1] ?? null;
  }

  clear(): void {
    this.#samples = [];
  }

  #sum(): number {
    return this.#samples.reduce((sum, sample) => sum + sample.value, 0);
  }

  #forget(nowMs: number): void {
    const since = nowMs - this.#windowMs;
    const tooMany = this.#samples.length - MAX_SAMPLES;
    let drop = Math.max(0, tooMany);
    while ((this.#samples[drop]?.at ?? Infinity) < since) drop++;
    if (drop > 0) this.#samples.splice(0, drop);
  }
}
