/** So long a base may be missing before it is worth a word: the way there and back, and a frame. */
const PATIENCE_MS = 300;

/** Whether what is drawn has been older than it should be for more than a moment. */
export class Lag {
  #since: number | null = null;
  #isLong = false;

  get isLong(): boolean {
    return this.#isLong;
  }

  /**
   * Hear how it is after a packet.
   *
   * @returns whether `isLong` is another than before.
   */
  update(isStale: boolean, nowMs: number): boolean {
    this.#since = isStale ? (this.#since ?? nowMs) : null;
    const isLong = this.#since !== null && nowMs - this.#since > PATIENCE_MS;
    const isNews = isLong !== this.#isLong;
    this.#isLong = isLong;
    return isNews;
  }
}
