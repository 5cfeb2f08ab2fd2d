/**
 * Decides what stands on the screen: which picture, with which outlines. Pure: pictures and frames
 * go in with the time, and what is to be shown comes out.
 *
 *     live      each picture when it is there; the newest outlines, moved on to its time
 *              by what is seen, or else by how they moved
 *     in step   each picture `Holding.ms` after it was captured, with its own outlines: those of
 *               its neighbours in between where it has none, the newest moved on where they are late
 *
 * What cannot be shown in step is shown live, and says why. Pictures never go back in time.
 */

import { Holding } from "./holding.js";
import type { FrameMessage, Outline } from "./messages.js";
import type { Presentation, Showing, WhyLive } from "./presentation.js";
import { ToldFrames } from "./told.js";

/** Without outlines for so long, there is nothing to wait for. */
const AWAY_MS = 1000;
/** After that, so many have to come before pictures are held back again. */
const LEAST_TOLD = 3;

/** A frame of which the time is so near a picture's is that picture's; clocks err by a millisecond. */
const OWN_MS = 2;

/** A picture, by the time at which the camera took it. */
interface Picture {
  readonly capturedAt: number;
  readonly seenAt: number;
}

/** Moves outlines to another time. */
export interface Motion {
  add(frame: FrameMessage, capturedAt: number): void;
  at(captureTime: number): readonly Outline[];
  clear(): void;
}

/** Looks where they are in a picture: from one time to another, guesses where that cannot be seen. */
export interface Looks {
  objects(
    frame: FrameMessage,
    from: number,
    to: number,
    guesses: readonly Outline[],
  ): readonly Outline[];
}

/** What is to be on the screen. */
export interface Shot extends Omit<Presentation, "at" | "shapes"> {
  /** Whether the picture is one that was held back, not the one that the video shows. */
  readonly isHeld: boolean;
  /** The frame with its outlines as they are to be drawn. */
  readonly drawn: FrameMessage | null;
}

export class Director {
  readonly #told = new ToldFrames();
  readonly #holding = new Holding();
  readonly #motion: Motion | null;
  readonly #looks: Looks | null;
  #wish: Showing = "live";
  #boundMs = Infinity;
  /** The newest frame, whether or not it is known when it was captured. */
  #newest: FrameMessage | null = null;
  #newestCapturedAt: number | null = null;
  #toldAt = -Infinity;
  #toldInARow = 0;
  /** Of the picture that the video shows. */
  #live: { readonly capturedAt: number | null; readonly seenAt: number } | null = null;
  /** Held back and not shown yet, oldest first. */
  #held: Picture[] = [];
  /** Held back, and on the screen now. */
  #onScreen: (Picture & { readonly shownAt: number }) | null = null;
  #letGo: number[] = [];

  constructor(motion: Motion | null = null, looks: Looks | null = null) {
    this.#motion = motion;
    this.#looks = looks;
  }

  /** @param boundMs no picture is held back for longer. */
  wish(showing: Showing, boundMs: number): void {
    this.#wish = showing;
    this.#boundMs = boundMs;
  }

  /**
   * The video shows another picture.
   *
   * @param capturedAt null where that is not known.
   * @returns whether it has to be kept, under this time, until it is let go of.
   */
  picture(capturedAt: number | null, now: number): boolean {
    const before = this.#live?.capturedAt ?? null;
    this.#live = { capturedAt, seenAt: now };
    if (capturedAt === null) return false;
    const isNew = before === null || capturedAt > before;
    if (isNew) this.#holding.picture(capturedAt);
    if (this.#why(now) !== null || this.#wish === "live") return false;
    const last = this.#held.at(-1) ?? this.#onScreen;
    if (last !== null && capturedAt <= last.capturedAt) return false;
    this.#held.push({ capturedAt, seenAt: now });
    return true;
  }

  /** What was kept is not the picture of this time: unless it is on the screen, it is left out. */
  drop(capturedAt: number): void {
    const at = this.#held.findLastIndex((picture) => picture.capturedAt === capturedAt);
    if (at >= 0) this.#release(this.#held.splice(at, 1));
  }

  /**
   * The server told of a frame.
   *
   * @param capturedAt null where that is not known.
   */
  tell(frame: FrameMessage, capturedAt: number | null, now: number): void {
    this.#toldInARow = now - this.#toldAt > AWAY_MS ? 1 : this.#toldInARow + 1;
    this.#toldAt = now;
    this.#newest = frame;
    this.#newestCapturedAt = capturedAt;
    if (capturedAt === null) return;
    this.#told.add(frame, capturedAt);
    this.#motion?.add(frame, capturedAt);
    this.#holding.outlined(capturedAt, now, this.#boundMs);
  }

  /** Show no outlines until the next are told. */
  clear(): void {
    this.#told.clear();
    this.#motion?.clear();
    this.#newest = null;
    this.#newestCapturedAt = null;
    this.#toldAt = -Infinity;
    this.#toldInARow = 0;
  }

  /** Another camera or connection: what was learnt of the last says nothing. */
  restart(): void {
    this.clear();
    this.#holding.clear();
  }

  /** Nobody looks: keep no pictures but the one on the screen. */
  pause(): void {
    this.#release(this.#held);
    this.#held = [];
  }

  /** @returns whether another of the pictures that were held back belongs on the screen now. */
  advance(now: number): boolean {
    if (this.#wish === "live" || this.#why(now) !== null) {
      const wasHeld = this.#onScreen !== null;
      this.#release(this.#held);
      if (this.#onScreen !== null) this.#release([this.#onScreen]);
      this.#held = [];
      this.#onScreen = null;
      return wasHeld;
    }
    // The first is shown at once, and stands until the second is due: nothing goes back in time.
    const delayMs = this.#onScreen === null ? 0 : this.#holding.ms;
    const due = this.#held.findLastIndex(({ capturedAt }) => capturedAt + delayMs <= now);
    if (due < 0) return false;
    const [shown] = this.#held.splice(due, 1);
    if (this.#onScreen !== null) this.#release([this.#onScreen]);
    this.#release(this.#held.splice(0, due));
    this.#onScreen = shown === undefined ? null : { ...shown, shownAt: now };
    return true;
  }

  /** The capture times of pictures that need not be kept any more. */
  takeLetGo(): number[] {
    return this.#letGo.splice(0);
  }

  shot(now: number): Shot {
    const held = this.#onScreen;
    const why = this.#wish === "live" ? null : this.#why(now);
    const pictureCapturedAt = held?.capturedAt ?? this.#live?.capturedAt ?? null;
    const common = {
      showing: held === null ? ("live" as const) : ("in step" as const),
      why,
      pictureCapturedAt,
      heldMs: held === null ? 0 : held.shownAt - held.seenAt,
      isHeld: held !== null,
    };
    const outlines = this.#outlines(pictureCapturedAt);
    return { ...common, ...outlines };
  }

  #outlines(
    pictureAt: number | null,
  ): Pick<Shot, "frame" | "drawn" | "outlineCapturedAt" | "gapMs"> {
    const frame = this.#newest;
    const outlineCapturedAt = this.#newestCapturedAt;
    if (frame === null || pictureAt === null || outlineCapturedAt === null) {
      return { frame, drawn: frame, outlineCapturedAt, gapMs: null };
    }
    const own = this.#told.of(pictureAt, OWN_MS);
    const told = own ?? this.#told.before(pictureAt) ?? { frame, capturedAt: outlineCapturedAt };
    return {
      frame: told.frame,
      drawn: own === null ? this.#moved(told.frame, told.capturedAt, pictureAt) : told.frame,
      outlineCapturedAt: told.capturedAt,
      gapMs: own === null ? pictureAt - told.capturedAt : 0,
    };
  }

  /** A frame with its outlines where they are at another time. */
  #moved(frame: FrameMessage, capturedAt: number, pictureAt: number): FrameMessage {
    if (this.#motion === null) return frame;
    const guesses = this.#motion.at(pictureAt);
    // Held back, a picture has outlines of both sides; on one side alone the picture has to tell.
    if (this.#looks === null || this.#onScreen !== null) return { ...frame, objects: guesses };
    return { ...frame, objects: this.#looks.objects(frame, capturedAt, pictureAt, guesses) };
  }

  #why(now: number): WhyLive | null {
    if ((this.#live?.capturedAt ?? null) === null) return "no capture times";
    const isAway = now - this.#toldAt > AWAY_MS || this.#toldInARow < LEAST_TOLD;
    if (isAway) return "no outlines";
    if (this.#newestCapturedAt === null) return "no clock";
    return this.#holding.isKnown ? null : "no outlines";
  }

  #release(pictures: readonly Picture[]): void {
    for (const { capturedAt } of pictures) this.#letGo.push(capturedAt);
  }
}
