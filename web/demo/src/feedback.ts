/** Marks on the picture that say at once: felt, and being looked for. */

import type { PromptBox } from "rtseg";

import { element, mark } from "./element.js";

interface Place {
  readonly x: number;
  readonly y: number;
}

type ToScreen = (x: number, y: number) => Place;

/** A mark is seen at least so long, even if the answer is there in a blink … */
const LEAST_MS = 600;
/** … and at most so long, if none comes: by then the picture has moved on. */
const MOST_MS = 5000;
/** A mark that waits for no answer. */
const MOMENT_MS = 1000;

interface Mark {
  readonly root: HTMLElement;
  readonly at: Place | PromptBox;
  readonly id: string | null;
  readonly since: number;
}

export class Feedback {
  readonly #glass: HTMLElement;
  readonly #toScreen: ToScreen;
  readonly #marks = new Set<Mark>();
  readonly #rubber = element("div", { class: "rubber", hidden: true });
  readonly #crosshair = element("div", { class: "crosshair", hidden: true });

  constructor(glass: HTMLElement, toScreen: ToScreen) {
    this.#glass = glass;
    this.#toScreen = toScreen;
    for (const one of [this.#rubber, this.#crosshair]) {
      mark(one, "aria-hidden", true);
      glass.append(one);
    }
  }

  /** A touch; it pulses until its prompt is found, or a moment if it belongs to none. */
  touched(at: Place, isPositive: boolean, id: string | null): void {
    this.#add("touch", at, id).dataset["sign"] = isPositive ? "+" : "−";
  }

  drawn(box: PromptBox, id: string | null): void {
    this.#add("drawn", box, id);
  }

  /** The box that is being drawn; null when it is let go. */
  drawing(box: PromptBox | null): void {
    this.#rubber.hidden = box === null;
    if (box !== null) this.#lay(this.#rubber, box);
  }

  /** Where the keyboard's pointer is; null when it is not used. */
  aim(at: Place | null): void {
    this.#crosshair.hidden = at === null;
    if (at !== null) this.#lay(this.#crosshair, at);
  }

  /** Only these prompts are waited for any longer. */
  awaiting(ids: ReadonlySet<string>): void {
    for (const one of this.#marks) {
      if (one.id === null || ids.has(one.id)) continue;
      const left = LEAST_MS - (performance.now() - one.since);
      setTimeout(
        () => {
          this.#drop(one);
        },
        Math.max(0, left),
      );
    }
  }

  /** The picture lies elsewhere now. */
  place(): void {
    for (const { root, at } of this.#marks) this.#lay(root, at);
  }

  #add(kind: string, at: Place | PromptBox, id: string | null): HTMLElement {
    const root = element("div", { class: `felt ${kind}`, "aria-hidden": "true" });
    const one = { root, at, id, since: performance.now() };
    this.#marks.add(one);
    this.#lay(root, at);
    this.#glass.append(root);
    setTimeout(
      () => {
        this.#drop(one);
      },
      id === null ? MOMENT_MS : MOST_MS,
    );
    return root;
  }

  #drop(one: Mark): void {
    this.#marks.delete(one);
    one.root.remove();
  }

  #lay({ style }: HTMLElement, at: Place | PromptBox): void {
    if ("x" in at) {
      const { x, y } = this.#toScreen(at.x, at.y);
      [style.left, style.top] = [`${x}px`, `${y}px`];
      return;
    }
    const a = this.#toScreen(at.xMin, at.yMin);
    const b = this.#toScreen(at.xMax, at.yMax);
    // In a mirror the left edge is on the right.
    style.left = `${Math.min(a.x, b.x)}px`;
    style.top = `${a.y}px`;
    style.width = `${Math.abs(b.x - a.x)}px`;
    style.height = `${b.y - a.y}px`;
  }
}
