/** Wheel, two fingers, and a held space bar: which part of the picture is looked at. */

import { mark } from "../element.js";
import type { Board } from "./board.js";

/** One notch of a wheel is some 100 px: a quarter larger. */
const WHEEL_STEP = 0.0022;

interface Finger {
  readonly x: number;
  readonly y: number;
}

/** Must listen before the hands do: what moves the picture is no touch of it. */
export function zoomOn(board: Board): void {
  const { glass } = board;
  const fingers = new Map<number, Finger>();
  let isSpaceDown = false;
  let drag: { id: number; at: Finger } | null = null;

  glass.addEventListener(
    "wheel",
    (event) => {
      event.preventDefault();
      const lines = event.deltaMode === WheelEvent.DOM_DELTA_LINE ? 32 : 1;
      // A pad's two fingers pan; with Ctrl, which is how a pinch arrives, or on a wheel, they zoom.
      const isPad = !event.ctrlKey && event.deltaMode === 0 && Math.abs(event.deltaX) > 0;
      if (isPad || event.shiftKey) board.panBy(-event.deltaX, -event.deltaY);
      else {
        const rate = WHEEL_STEP * lines * (event.ctrlKey ? 4 : 1);
        board.zoomBy(Math.exp(-event.deltaY * rate), { x: event.clientX, y: event.clientY });
      }
    },
    { passive: false },
  );

  const capture = { capture: true };
  glass.addEventListener(
    "pointerdown",
    (event) => {
      if (event.pointerType === "touch") {
        fingers.set(event.pointerId, { x: event.clientX, y: event.clientY });
      }
      if (event.button !== 1 && !isSpaceDown) return;
      drag = { id: event.pointerId, at: { x: event.clientX, y: event.clientY } };
      glass.setPointerCapture(event.pointerId);
      mark(glass, "data-panning", true);
      event.preventDefault();
      event.stopImmediatePropagation();
    },
    capture,
  );
  glass.addEventListener(
    "pointermove",
    (event) => {
      const at = { x: event.clientX, y: event.clientY };
      if (drag?.id === event.pointerId) {
        board.panBy(at.x - drag.at.x, at.y - drag.at.y);
        drag = { id: event.pointerId, at };
        event.stopImmediatePropagation();
        return;
      }
      if (!fingers.has(event.pointerId)) return;
      const before = pinchOf(fingers);
      fingers.set(event.pointerId, at);
      const after = pinchOf(fingers);
      if (before === null || after === null) return;
      board.panBy(after.x - before.x, after.y - before.y);
      if (before.apart > 0) board.zoomBy(after.apart / before.apart, after);
      event.stopImmediatePropagation();
    },
    capture,
  );
  const leave = (event: PointerEvent) => {
    fingers.delete(event.pointerId);
    if (drag?.id !== event.pointerId) return;
    drag = null;
    mark(glass, "data-panning", false);
    event.stopImmediatePropagation();
  };
  glass.addEventListener("pointerup", leave, capture);
  glass.addEventListener("pointercancel", leave, capture);

  window.addEventListener("keydown", (event) => {
    if (event.key !== " " || isControl(event.target)) return;
    isSpaceDown = true;
    mark(glass, "data-grab", true);
    event.preventDefault();
  });
  const release = () => {
    isSpaceDown = false;
    mark(glass, "data-grab", false);
  };
  window.addEventListener("keyup", (event) => {
    if (event.key === " ") release();
  });
  window.addEventListener("blur", release);
}

/** The middle of two fingers, and how far they are apart; null for any other number of them. */
function pinchOf(fingers: ReadonlyMap<number, Finger>): (Finger & { apart: number }) | null {
  const [a, b] = [...fingers.values()];
  if (fingers.size !== 2 || a === undefined || b === undefined) return null;
  return { x: (a.x + b.x) / 2, y: (a.y + b.y) / 2, apart: Math.hypot(a.x - b.x, a.y - b.y) };
}

function isControl(target: EventTarget | null): boolean {
  return target instanceof Element && target.closest("button, input, select, a, summary") !== null;
}
