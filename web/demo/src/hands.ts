/** What hands do to the picture: a click, a drag, a long press, or the keys in their place. */

import type { Overlay, PromptBox } from "rtseg";

import type { App } from "./app.js";
import { mark } from "./element.js";
import { Feedback } from "./feedback.js";
import { type Press, pressBox, slopOf } from "./press.js";
import type { StageView } from "./stage.js";
import type { Store } from "./store.js";
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

export function handsOn(view: StageView, store: Store, app: App, overlay: Overlay): void {
  const { glass } = view;
  const feedback = new Feedback(glass, (x, y) => overlay.fromPicture(x, y));
  let press: Press | null = null;
  let isLong = false;
  let patience: ReturnType<typeof setTimeout> | undefined;
  let aim: Place = { x: 0.5, y: 0.5 };

  const touch = (at: Place, positive: boolean, frame: number | null) => {
    const { id, kind } = app.prompting.touch({ ...at, positive }, frame, reachPx());
    if (kind === "nothing") say(TOUCH_WORDS.negativeBesideAll);
    if (kind === "words") {
      const prompt = store.get().list.prompts.find((one) => one.id === id);
      say(TOUCH_WORDS.negativeOnWords(prompt?.text ?? ""));
    }
    feedback.touched(at, positive, kind === "add" ? id : null);
  };
  const say = (message: string) => {
    app.remark({ code: "hint", message });
  };
  const reachPx = () => {
    const { frame } = overlay;
    const width = frame?.width ?? 1;
    const shown = Math.abs(overlay.fromPicture(1, 0).x - overlay.fromPicture(0, 0).x);
    return shown > 0 ? (REACH_PX * width) / shown : 0;
  };
  const boxOf = (one: Press): PromptBox | null => pressBox(one, (x, y) => overlay.toPicture(x, y));
  const letGo = () => {
    clearTimeout(patience);
    press = null;
    feedback.drawing(null);
  };

  glass.addEventListener("pointerdown", (event) => {
    // A second finger makes something else of it than a touch.
    if (!event.isPrimary) letGo();
    if (!event.isPrimary || event.button !== 0) return;
    const at = overlay.toPicture(event.clientX, event.clientY);
    if (at === null || !isInside(at)) return;
    glass.setPointerCapture(event.pointerId);
    feedback.aim(null);
    const { clientX: x, clientY: y, pointerType } = event;
    // The frame that was seen when the finger came down, not when it was lifted.
    press = { x, y, toX: x, toY: y, slopPx: slopOf(pointerType), at, frame: app.frameOnScreen };
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
      app.prompting.point(overlay.toPicture(event.clientX, event.clientY));
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
    const drawn = { ...box, frame: app.frameOnScreen };
    feedback.drawn(drawn, app.prompting.draw(drawn));
  });
  glass.addEventListener("pointercancel", letGo);
  glass.addEventListener("lostpointercapture", letGo);
  glass.addEventListener("pointerleave", () => {
    app.prompting.point(null);
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
      if (!event.repeat) touch(aim, !event.shiftKey && !store.get().isNegative, app.frameOnScreen);
    } else {
      const by = arrow(event.key, overlay.options.mirrored);
      if (by === null) return;
      aim = { x: clamped(aim.x + by.x), y: clamped(aim.y + by.y) };
      app.prompting.point(aim);
    }
    feedback.aim(aim);
    event.preventDefault();
  });
  glass.addEventListener("focus", () => {
    if (glass.matches(":focus-visible")) feedback.aim(aim);
  });
  glass.addEventListener("blur", () => {
    feedback.aim(null);
    app.prompting.point(null);
  });

  new ResizeObserver(() => {
    feedback.place();
  }).observe(glass);
  store.watch((state, before) => {
    mark(glass, "data-over", state.pointed !== null);
    mark(glass, "data-negative", state.isNegative);
    if (state.isMirrored !== before?.isMirrored || state.fit !== before.fit) {
      queueMicrotask(() => {
        feedback.place();
      });
    }
    if (state.found === before?.found) return;
    const sought = [...state.found].filter(([, { kind }]) => kind === "looking");
    feedback.awaiting(new Set(sought.map(([id]) => id)));
  });
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
