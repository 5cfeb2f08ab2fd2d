/** What a touch of the picture means, given what is outlined there. */

import { distanceTo, objectAt, type OutlinedFrame } from "./hit.js";
import { type ActivePrompt, isTouch, type NamedPrompt } from "./prompt.js";

export interface Touch {
  /** In [0, 1] of the picture's sides. */
  readonly x: number;
  readonly y: number;
  readonly positive: boolean;
}

export type Meaning =
  /** A new object. */
  | { readonly kind: "add" }
  /** A word more about the object of this prompt. */
  | { readonly kind: "refine"; readonly id: string }
  /** This is the prompt that is meant from now on. */
  | { readonly kind: "select"; readonly id: string }
  /** Not on anything, and nothing is selected. */
  | { readonly kind: "nothing" }
  /** The prompt is words: they name every such thing, and cannot be told about one of them. */
  | { readonly kind: "words"; readonly id: string };

export interface Situation {
  /** The outlines that are on the screen; null if there are none. */
  readonly frame: OutlinedFrame | null;
  /** What was asked for. */
  readonly wanted: readonly NamedPrompt[];
  /** What the server answered. */
  readonly active: readonly ActivePrompt[];
  readonly selected: string | null;
  /** So near, in the frame's pixels, a touch still means the selected object. */
  readonly reachPx: number;
}

/**
 * Read a touch.
 *
 * | touched                              | positive                  | negative               |
 * | ------------------------------------ | ------------------------- | ---------------------- |
 * | on or near the selected, touched one | refines it                | refines it             |
 * | on another outline                   | selects its prompt        | selects and refines it |
 * | beside everything                    | a new object              | refines the selected   |
 *
 * An object that is not outlined yet is where it was touched.
 */
export function meaningOf(touch: Touch, situation: Situation): Meaning {
  const { wanted, selected: selectedId } = situation;
  const selected = wanted.find(({ id }) => id === selectedId);
  const hitId = promptAt(touch, situation);
  if (hitId !== null && hitId !== selectedId) {
    const hit = wanted.find(({ id }) => id === hitId);
    if (touch.positive || hit === undefined) return { kind: "select", id: hitId };
    return isTouch(hit) ? { kind: "refine", id: hitId } : { kind: "words", id: hitId };
  }
  if (selected === undefined) return touch.positive ? { kind: "add" } : { kind: "nothing" };
  if (isTouch(selected)) {
    const isMeant = !touch.positive || isNear(touch, selected, situation);
    return isMeant ? { kind: "refine", id: selected.id } : { kind: "add" };
  }
  if (hitId !== null) {
    return touch.positive
      ? { kind: "select", id: selected.id }
      : { kind: "words", id: selected.id };
  }
  return touch.positive ? { kind: "add" } : { kind: "words", id: selected.id };
}

/** The prompt whose outline lies under a place. */
export function promptAt(
  place: { readonly x: number; readonly y: number },
  { frame, active, wanted }: Pick<Situation, "frame" | "active" | "wanted">,
): string | null {
  const trackId = frame === null ? null : objectAt(frame, place.x, place.y);
  if (trackId === null) return null;
  const id = active.find(({ objects }) => objects.includes(trackId))?.id;
  // An outline may outlive its prompt by the packets that were under way.
  return wanted.some((prompt) => prompt.id === id) ? (id ?? null) : null;
}

function isNear(
  { x, y }: Touch,
  prompt: NamedPrompt,
  { frame, active, reachPx }: Situation,
): boolean {
  if (frame === null) return false;
  const objects = active.find(({ id }) => id === prompt.id)?.objects ?? [];
  const distances = objects.map((trackId) => distanceTo(frame, trackId, x, y));
  if (distances.some(Number.isFinite)) return Math.min(...distances) <= reachPx;
  const { points = [], box } = prompt;
  const isInBox = box && x >= box.xMin && x <= box.xMax && y >= box.yMin && y <= box.yMax;
  return (
    Boolean(isInBox) ||
    points.some(
      (point) => Math.hypot((point.x - x) * frame.width, (point.y - y) * frame.height) <= reachPx,
    )
  );
}
