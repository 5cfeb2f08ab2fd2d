import type { FrameMessage } from "./wire.js";

/** The latest frames, to be found by the camera frame that they belong to. */
export class FrameHistory {
  readonly #capacity: number;
  readonly #frames = new Map<number, FrameMessage>();

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  add(frame: FrameMessage): void {
    // A Map keeps the order of insertion: taken out and put in again, a frame is the latest.
    this.#frames.delete(frame.frameId);
    this.#frames.set(frame.frameId, frame);
    for (const frameId of this.#frames.keys()) {
      if (this.#frames.size <= this.#capacity) break;
      this.#frames.delete(frameId);
    }
  }

  get(frameId: number): FrameMessage | undefined {
    return this.#frames.get(frameId);
  }

  get size(): number {
    return this.#frames.size;
  }

  clear(): void {
    this.#frames.clear();
  }
}
