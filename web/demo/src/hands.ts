/** What hands do to the picture: a click, a drag, a long press, or the keys in their place. */

import type { Meaning, PromptBox, Touch } from "rtseg";

import { mark } from "./element.js";
import { Feedback } from "./feedback.js";
import { type Press, pressBox, slopOf } from "./press.js";
import type { Asked, Store } from "./store.js";
import { TOUCH_WORDS } from "./words.js";

const LONG_PRESS_MS = 500;
/** So near the selected outline, in CSS pixels, a touch is still about it. */
const REACH_PX = 26;
/** One press of an arrow key, as a part of the picture's side. */
const KEY_STEP = 0.02;

interface Place {
  readonly x: number;
  readonly y: number;
}

/** Where the picture lies under the glass. */
export interface Surface {
  /** From a place in the window to [0, 1] of the picture; null while there is none. */
  toPicture(clientX: number, clientY: number): Place | null;
  /** From [0, 1] of the picture to CSS pixels from the glass's left upper corner. */
  fromPicture(x: number, y: number): Place;
  readonly isMirrored: boolean;
}

/** Whom a touch is told. */
export interface Toucher {
  /** The camera frame that is on the screen; null if it is not known, or the picture stands. */
  readonly frame: number | null;
  /** @param reach so near, in [0, 1] of the picture's width, it still means the selected object. */
  touch(touch: Touch, frame: number | null, reach: number): Meaning & { id: string | null };
  /** Ask for what is in a box; gives its prompt. */
  draw(box: PromptBox): string | null;
  /** What the pointer is over; null beside the picture. */
  point(place: Place | null): void;
  /** Say why a touch did nothing. */
  hint(message: string): void;
}

/** Listen to the glass, and show on it what was felt. */
export function handsOn(
  glass: HTMLElement,
  store: Store<Asked>,
  surface: Surface,
  toucher: Toucher,
): Feedback {
  const feedback = new Feedback(glass, (x, y) => surface.fromPicture(x, y));
  let press: Press | null = null;
  let isLong = false;
  let patience: ReturnType<typeof setTimeout> | undefined;
  let aim: Place = { x: 0.5, y: 0.5 };

  const touch = (at: Place, positive: boolean, frame: number | null) => {
    const shown = Math.abs(surface.fromPicture(1, 0).x - surface.fromPicture(0, 0).x);
    const reach = shown > 0 ? REACH_PX / shown : 0;
    const { id, kind } = toucher.touch({ ...at, positive }, frame, reach);
    if (kind === "nothing") toucher.hint(TOUCH_WORDS.negativeBesideAll);
    if (kind === "words") {
      const prompt = store.get().list.prompts.find((one) => one.id === id);
      toucher.hint(TOUCH_WORDS.negativeOnWords(prompt?.text ?? ""));
    }
    feedback.touched(at, positive, kind === "add" ? id : null);
  };
  const boxOf = (one: Press): PromptBox | null => pressBox(one, (x, y) => surface.toPicture(x, y));
  const letGo = () => {
    clearTimeout(patience);
    press = null;
    feedback.drawing(null);
  };

  glass.addEventListener("pointerdown", (event) => {
    // A second finger makes something else of it than a touch.
    if (!event.isPrimary) letGo();
    if (!event.isPrimary || event.button !== 0) return;
    const at = surface.toPicture(event.clientX, event.clientY);
    if (at === null || !isInside(at)) return;
    glass.setPointerCapture(event.pointerId);
    feedback.aim(null);
    const { clientX: x, clientY: y, pointerType } = event;
    // The frame that was seen when the finger came down, not when it was lifted.
    press = { x, y, toX: x, toY: y, slopPx: slopOf(pointerType), at, frame: toucher.frame };
    isLong = false;
    if (pointerType !== "mouse") {
      patience = setTimeout(() => {
        if (press === null) return;
        isLong = true;
        touch(press.at, false, press.frame);
        letGo();
      }, LONG_PRESS_MS);
    }
  });
  glass.addEventListener("pointermove", (event) => {
    if (press === null) {
      if (event.pointerType !== "mouse") return;
      toucher.point(surface.toPicture(event.clientX, event.clientY));
      return;
    }
    press = { ...press, toX: event.clientX, toY: event.clientY };
    const box = boxOf(press);
    if (box !== null) clearTimeout(patience);
    feedback.drawing(box);
  });
  glass.addEventListener("pointerup", (event) => {
    if (press === null) return;
    const done = { ...press, toX: event.clientX, toY: event.clientY };
    letGo();
    const box = boxOf(done);
    if (box === null) {
      touch(done.at, !event.shiftKey && !store.get().isNegative, done.frame);
      return;
    }
    // A box is let go when it fits what is seen then.
    const drawn = { ...box, frame: toucher.frame };
    feedback.drawn(drawn, toucher.draw(drawn));
  });
  glass.addEventListener("pointercancel", letGo);
  glass.addEventListener("lostpointercapture", letGo);
  glass.addEventListener("pointerleave", () => {
    toucher.point(null);
  });
  // A long press says "not this"; it opens no menu.
  glass.addEventListener("contextmenu", (event) => {
    if (isLong || press !== null) event.preventDefault();
  });

  glass.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && press !== null) {
      letGo();
      event.preventDefault();
      return;
    }
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "Enter") {
      if (!event.repeat) touch(aim, !event.shiftKey && !store.get().isNegative, toucher.frame);
    } else {
      const by = arrow(event.key, surface.isMirrored);
      if (by === null) return;
      aim = { x: clamped(aim.x + by.x), y: clamped(aim.y + by.y) };
      toucher.point(aim);
    }
    feedback.aim(aim);
    event.preventDefault();
  });
  glass.addEventListener("focus", () => {
    if (glass.matches(":focus-visible")) feedback.aim(aim);
  });
  glass.addEventListener("blur", () => {
    feedback.aim(null);
    toucher.point(null);
  });

  new ResizeObserver(() => {
    feedback.place();
  }).observe(glass);
  store.watch(({ pointed, isNegative }) => {
    mark(glass, "data-over", pointed !== null);
    mark(glass, "data-negative", isNegative);
  });
  return feedback;
}

function isInside({ x, y }: Place): boolean {
  return x >= 0 && x <= 1 && y >= 0 && y <= 1;
}

function clamped(value: number): number {
  return Math.min(1, Math.max(0, value));
}

function arrow(key: string, isMirrored: boolean): Place | null {
  const right = isMirrored ? -KEY_STEP : KEY_STEP;
  switch (key) {
    case "ArrowLeft":
      return { x: -right, y: 0 };
    case "ArrowRight":
      return { x: right, y: 0 };
    case "ArrowUp":
      return { x: 0, y: -KEY_STEP };
    case "ArrowDown":
      return { x: 0, y: KEY_STEP };
    default:
      return null;
  }
}
