/** From what is to be shown to what is painted: smooth outlines, calm ones, and those that fade. */

import { Calm } from "../core/calm.js";
import { Farewells } from "../core/farewells.js";
import type { ShownShape } from "../core/presentation.js";
import type { FrameMessage } from "../core/wire.js";
import type { OverlayOptions } from "./options.js";
import type { Drawn, Subject } from "./scene.js";
import { rounded } from "./shapes.js";

export class Subjects {
  readonly #calm = new Calm();
  readonly #farewells = new Farewells();
  #told: FrameMessage | null = null;
  #drawn: FrameMessage | null = null;

  /**
   * What is to be painted now.
   *
   * @param told the server's frame; null: nothing is known.
   * @param drawn that frame with its outlines as they are at the picture's time.
   * @param arrivedAt when the newest frame came.
   */
  take(
    told: FrameMessage | null,
    drawn: FrameMessage | null,
    arrivedAt: number,
    now: number,
    { calm, fadeMs }: Required<OverlayOptions>,
  ): Subject | null {
    if (drawn !== null && told !== this.#told) this.#farewells.take(drawn, this.#drawn, now);
    this.#told = told;
    this.#drawn = drawn;
    const leaving = this.#farewells.left(now, fadeMs);
    if (drawn === null) {
      this.#calm.clear();
      return null;
    }
    return {
      frame: drawn,
      objects: this.#calmed(drawn, now, calm),
      leaving: leaving.map(({ outline, left }) => ({ outline: rounded(outline, drawn), left })),
      sinceArrivalMs: now - arrivedAt,
      now,
    };
  }

  clear(): void {
    this.#farewells.clear();
  }

  #calmed(drawn: FrameMessage, now: number, strength: number): readonly Drawn[] {
    const objects = drawn.objects.map((object) => rounded(object, drawn));
    // A box stands where it was found until it is an outline.
    const boxes = objects.filter(({ stage }) => stage === "box");
    const outlines = objects.filter(({ stage }) => stage !== "box");
    return [...this.#calm.take(outlines, drawn, now, strength), ...boxes];
  }
}

/** What of it is on the screen, in plain numbers. */
export function shapesOf(subject: Subject | null): ShownShape[] {
  return (subject?.objects ?? [])
    .filter(({ rings }) => rings.length > 0)
    .map(({ trackId, rings }) => ({ trackId, rings: rings.map((ring) => Array.from(ring)) }));
}
