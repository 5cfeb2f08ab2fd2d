/** For how long pictures are held back, so that their outlines are there. Without a clock of its own. */

/** What was seen before that says little of what comes. */
const WINDOW_MS = 5000;
/** As many pictures of a hundred have their outlines in time; waiting for all would wait for the worst. */
const IN_TIME = 0.97;
/** Fewer say nothing of a quantile. */
const LEAST_SEEN = 4;
/** A clock's error, and what a message takes to be read. */
const MARGIN_MS = 3;
/** So much faster than the camera pictures run while the delay falls; nobody sees a fiftieth. */
const FALL_PER_MS = 0.02;
/** Far too long a delay is worse than haste: all but a third of what is too much goes in this time. */
const HASTE_MS = 2000;

/** Nothing for so long is a break in the line, and says nothing of the time after it. */
const BREAK_MS = 300;
/** So many pictures may wait for outlines that never come: four seconds at 60 a second. */
const MAX_OPEN = 240;

interface Wait {
  readonly at: number;
  readonly ms: number;
}

/**
 * The delay that is just long enough: it rises as soon as outlines come later, and falls slowly when
 * they come sooner, so that the picture neither stutters nor runs.
 */
export class Holding {
  readonly #waits: Wait[] = [];
  /** Capture times of pictures that no outline has come for yet, oldest first. */
  #open: number[] = [];
  #ms = 0;
  #heardAt: number | null = null;
  #asOf: number | null = null;

  /** A picture was captured. */
  picture(capturedAt: number): void {
    this.#open.push(capturedAt);
    if (this.#open.length > MAX_OPEN) this.#open.shift();
  }

  /**
   * Outlines have come that are right for a picture of this time. With them, each picture before
   * it has outlines on both sides if none of its own: it has no more to wait for.
   *
   * @param boundMs the delay is never longer.
   */
  outlined(capturedAt: number, now: number, boundMs: number): void {
    const [answered, open]: number[][] = [[], []];
    for (const time of this.#open) (time <= capturedAt ? answered : open)?.push(time);
    this.#open = open ?? [];
    // Before the first outlines models load and things are looked for: that is a break, too.
    const wasBroken = this.#heardAt === null || now - this.#heardAt > BREAK_MS;
    this.#heardAt = now;
    // Of those that it left waiting, the outlines' own picture alone has had its usual way.
    const counted = wasBroken ? answered?.slice(-1) : answered;
    for (const time of counted ?? []) this.#waits.push({ at: now, ms: now - time });
    while ((this.#waits[0]?.at ?? now) < now - WINDOW_MS) this.#waits.shift();
    this.#settle(now, boundMs);
  }

  /** Whether enough was seen to say anything. */
  get isKnown(): boolean {
    return this.#waits.length >= LEAST_SEEN;
  }

  get ms(): number {
    return this.#ms;
  }

  clear(): void {
    this.#waits.length = 0;
    this.#open = [];
    this.#ms = 0;
    this.#heardAt = null;
    this.#asOf = null;
  }

  #settle(now: number, boundMs: number): void {
    if (!this.isKnown) return;
    const sorted = this.#waits.map(({ ms }) => ms).sort((a, b) => a - b);
    const wanted = sorted[Math.ceil(IN_TIME * sorted.length) - 1] ?? 0;
    const target = Math.max(0, wanted + MARGIN_MS);
    const sinceMs = Math.max(0, now - (this.#asOf ?? now));
    const fall = sinceMs * Math.max(FALL_PER_MS, (this.#ms - target) / HASTE_MS);
    this.#asOf = now;
    this.#ms = Math.min(Math.max(target, this.#ms - fall), boundMs);
  }
}
