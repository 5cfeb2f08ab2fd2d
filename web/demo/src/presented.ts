/** What was put on the screen lately, calm enough to be read. */

import { Meter, type Presentation, type Showing } from "rtseg";

import type { Shown } from "./gap.js";

type Told = Pick<Presentation, "at" | "showing" | "why" | "gapMs" | "heldMs">;

export class Presented {
  readonly #gap = new Meter();
  readonly #held = new Meter();
  #latest: Told | null = null;

  add(told: Told): void {
    // Medians of two ways of showing would be of neither.
    if (told.showing !== this.#latest?.showing) this.clear();
    this.#latest = told;
    if (told.gapMs !== null) this.#gap.add(told.at, told.gapMs);
    this.#held.add(told.at, told.heldMs);
  }

  /** By how much the picture on the screen is held back. */
  get heldMs(): number {
    return this.#latest?.heldMs ?? 0;
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
