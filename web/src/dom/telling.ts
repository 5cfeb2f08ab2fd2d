/** Tells whoever wants to know what an overlay has put on the screen. */

import type { Shot } from "../core/director.js";
import type { Presentation } from "../core/presentation.js";
import type { FrameMessage } from "../core/wire.js";
import type { Subject } from "./scene.js";
import { shapesOf } from "./subjects.js";

/** A frame is on the canvas, or never will be because a newer one came first (`at` null). */
export interface Paint {
  readonly frame: FrameMessage;
  readonly at: number | null;
}

export class Telling {
  readonly paints = new Listeners<Paint>();
  readonly presentations = new Listeners<Presentation>();
  /** Frames that came and are not on the canvas yet, in their order. */
  #waiting: FrameMessage[] = [];

  await(frame: FrameMessage): void {
    this.#waiting.push(frame);
  }

  /** Something was painted at `at`. Frames that came before the one on the canvas never will be. */
  painted({ drawn, ...shot }: Shot, subject: Subject | null, at: number): void {
    const { frame } = shot;
    const index = frame === null ? -1 : this.#waiting.indexOf(frame);
    for (const [place, one] of this.#waiting.splice(0, index + 1).entries()) {
      this.paints.tell(() => ({ frame: one, at: place === index ? at : null }));
    }
    this.presentations.tell(() => ({
      at,
      ...shot,
      shapes: drawn === null ? [] : shapesOf(subject),
    }));
  }

  /** What waits will never be painted. */
  clear(): void {
    for (const frame of this.#waiting.splice(0)) this.paints.tell(() => ({ frame, at: null }));
  }
}

class Listeners<News> {
  readonly #listeners = new Set<(news: News) => void>();

  add(listener: (news: News) => void): () => void {
    this.#listeners.add(listener);
    return () => {
      this.#listeners.delete(listener);
    };
  }

  /** @param news is only made where somebody listens. */
  tell(news: () => News): void {
    if (this.#listeners.size === 0) return;
    const made = news();
    for (const listener of [...this.#listeners]) listener(made);
  }
}
