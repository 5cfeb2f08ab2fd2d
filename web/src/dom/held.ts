/** Copies of pictures that a video showed, for as long as they are held back. */

import { type Picture, pictureOf } from "./pictures.js";

interface Copy extends Picture {
  readonly image: HTMLCanvasElement;
}

/** A picture that was copied, and when. */
interface Kept {
  readonly name: number;
  readonly at: number;
}

/**
 * Pictures are copied to canvases, which are used again. A `VideoFrame` would keep one of the
 * camera's few buffers: measured in Chromium, a camera stands still when five are kept. Nor is it
 * cheaper to make without a graphics card (640×360: 1.7 ms, and 1.3 ms to draw; the copy 1.5 ms,
 * and 0.1 ms), and an `ImageBitmap` comes too late for the refresh that shows the picture.
 */
export class HeldPictures {
  readonly #held = new Map<number, Copy>();
  #free: Copy[] = [];
  #newest: Kept | null = null;

  get(name: number): Picture | null {
    return this.#held.get(name) ?? null;
  }

  /** Keep what the video shows now, under a name, until it is let go of. */
  keep(name: number, video: HTMLVideoElement): void {
    const picture = pictureOf(video);
    if (picture === null) return;
    const { width, height } = picture;
    const copy = this.#blank(width, height);
    copy.image.getContext("2d", { alpha: false })?.drawImage(video, 0, 0, width, height);
    this.letGo(name);
    this.#held.set(name, copy);
    this.#newest = { name, at: performance.now() };
  }

  /**
   * The name of the newest copy, if it was made when the video showed the next picture already: a
   * busy page is told of one picture and draws the following one.
   *
   * @param presentedAt from when on the video shows the picture that comes after it.
   */
  takeMistaken(presentedAt: number): number | null {
    const newest = this.#newest;
    this.#newest = null;
    return newest !== null && presentedAt < newest.at ? newest.name : null;
  }

  letGo(name: number): void {
    const copy = this.#held.get(name);
    if (copy === undefined) return;
    this.#held.delete(name);
    this.#free.push(copy);
  }

  /** Keep none, and no memory either. */
  clear(): void {
    for (const { image } of [...this.#held.values(), ...this.#free]) image.width = 0;
    this.#held.clear();
    this.#free = [];
    this.#newest = null;
  }

  #blank(width: number, height: number): Copy {
    // Of another size than the video's they are of no more use.
    this.#free = this.#free.filter((copy) => copy.width === width && copy.height === height);
    const free = this.#free.pop();
    if (free !== undefined) return free;
    const image = document.createElement("canvas");
    image.width = width;
    image.height = height;
    return { image, width, height };
  }
}
