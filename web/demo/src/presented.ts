/** What was put on the screen lately, calm enough to be read. */

import { Meter } from "rtseg";

import type { Shown } from "./gap.js";
import type { Showing } from "./params.js";

/** Of one picture that was put on the screen. */
export interface Showed {
  readonly showing: Showing;
  readonly why: string | null;
  readonly gapMs: number | null;
  readonly heldMs: number;
}

export class Presented {
  readonly #gap = new Meter();
  readonly #held = new Meter();
  #latest: Showed | null = null;

  add(now: number, showed: Showed): void {
    // Medians of two ways of showing would be of neither.
    if (showed.showing !== this.#latest?.showing) this.clear();
    this.#latest = showed;
    if (showed.gapMs !== null) this.#gap.add(now, showed.gapMs);
    this.#held.add(now, showed.heldMs);
  }

  /** @param wished the way of showing where nothing was shown yet. */
  read(now: number, wished: Showing): Shown {
    return {
      showing: this.#latest?.showing ?? wished,
      why: this.#latest?.why ?? null,
      gapMs: this.#gap.median(now),
      heldMs: this.#held.median(now) ?? 0,
    };
  }

  clear(): void {
    this.#gap.clear();
    this.#held.clear();
    this.#latest = null;
  }
}
