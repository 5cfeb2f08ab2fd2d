/** A camera, a server and a screen, for the director to play on. */

import type { FrameMessage } from "rtseg";
import { expect } from "vitest";

import { Director, type Shot } from "../../src/core/director.js";

export const REFRESH_MS = 1000 / 60;
export const BOUND_MS = 600;
/** From the capture of a picture until the page sees it. */
export const PREVIEW_MS = 12;

export function frameOf(frameId: number): FrameMessage {
  return {
    kind: "frame",
    frameId,
    width: 64,
    height: 36,
    objects: [],
    isWhole: true,
    timing: null,
  };
}

/** Repeatable noise in [0, 1). */
export function noise(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

interface Scene {
  readonly seconds: number;
  readonly fps?: number;
  readonly jitterMs?: number;
  /** From the capture of frame `n` until its outline has come; null: it never does. */
  readonly latencyMs: (n: number) => number | null;
}

export interface Seen extends Shot {
  readonly at: number;
}

export class Stage {
  readonly director = new Director();
  /** Everything that was put on the screen. */
  readonly shots: Seen[] = [];
  readonly kept = new Set<number>();
  mostKept = 0;
  now = 0;
  #events: { at: number; run: () => void }[] = [];
  #next = 0;
  #captured = 0;

  readonly #random: () => number;

  constructor(showing: "live" | "in step" = "in step", seed = 1) {
    this.#random = noise(seed);
    this.director.wish(showing, BOUND_MS);
  }

  play({ seconds, fps = 30, jitterMs = 0, latencyMs }: Scene): this {
    const end = this.#captured + seconds * 1000;
    for (; this.#captured < end; this.#next++, this.#captured += 1000 / fps) {
      const [n, capturedAt] = [this.#next, this.#captured + jitterMs * this.#random()];
      this.#events.push({
        at: capturedAt + PREVIEW_MS,
        run: () => {
          this.#picture(capturedAt);
        },
      });
      const latency = latencyMs(n);
      if (latency === null) continue;
      const tell = () => {
        this.director.tell(frameOf(n), capturedAt, this.now);
        this.#show();
      };
      this.#events.push({ at: capturedAt + latency, run: tell });
    }
    this.#events.sort((a, b) => a.at - b.at);
    while (this.now < end) {
      const refresh = this.now - (this.now % REFRESH_MS) + REFRESH_MS;
      for (const { at, run } of this.#events.splice(
        0,
        this.#events.filter((event) => event.at <= refresh).length,
      )) {
        this.now = Math.max(this.now, at);
        run();
      }
      this.now = refresh + 1e-6;
      if (this.director.advance(this.now)) this.#show();
      this.#letGo();
    }
    return this;
  }

  #picture(capturedAt: number): void {
    if (this.director.picture(capturedAt, this.now)) {
      expect(this.kept.has(capturedAt)).toBe(false);
      this.kept.add(capturedAt);
      this.mostKept = Math.max(this.mostKept, this.kept.size);
    }
    const isOther = this.director.advance(this.now);
    if (isOther || !this.director.shot(this.now).isHeld) this.#show();
  }

  #show(): void {
    const shot = this.director.shot(this.now);
    // What is let go of is not on the screen any more.
    if (shot.isHeld) expect(this.kept.has(shot.pictureCapturedAt ?? NaN)).toBe(true);
    this.#letGo();
    if (shot.isHeld) expect(this.kept.has(shot.pictureCapturedAt ?? NaN)).toBe(true);
    this.shots.push({ ...shot, at: this.now });
  }

  #letGo(): void {
    for (const name of this.director.takeLetGo()) expect(this.kept.delete(name)).toBe(true);
  }

  since(ms: number): Seen[] {
    return this.shots.filter(({ at }) => at >= ms);
  }
}
