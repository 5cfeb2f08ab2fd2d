/** How far apart picture and outline are, in words. Pure. */

import type { Showing } from "./params.js";

export interface Shown {
  /** As it is, which may be other than it is wished. */
  readonly showing: Showing;
  /** Why it is other than it is wished; null if it is not. */
  readonly why: string | null;
  /** From the picture's capture to that of the outline that lies on it; null: none, or unknown. */
  readonly gapMs: number | null;
  /** By how much the picture is held back. */
  readonly heldMs: number;
}

/** A frame's time is known to about a millisecond: less than two are none. */
const EXACT_MS = 2;

/** @returns few words for the corner of the picture, and a sentence. */
export function gapText({ showing, why, gapMs, heldMs }: Shown): { brief: string; long: string } {
  const reason = why === null ? "" : ` ${sentence(why)}`;
  const gap = gapMs === null ? null : Math.round(Math.abs(gapMs));
  const isExact = gap !== null && gap < EXACT_MS;
  if (showing === "in step") {
    const held = `picture ${Math.round(heldMs)} ms behind`;
    const outline =
      gap === null ? "no outline" : isExact ? "outline exact" : `outline ${gap} ms off`;
    return {
      brief: `${Math.round(heldMs)} ms behind`,
      long: `${capital(held)}, ${outline}.${reason}`,
    };
  }
  if (gap === null) return { brief: "", long: `Picture at once, no outline on it.${reason}` };
  if (isExact) return { brief: "outline exact", long: `Picture at once, outline exact.${reason}` };
  return {
    brief: `outline ${gap} ms behind`,
    long: `Picture at once; outline ${gap} ms behind, moved on.${reason}`,
  };
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

function sentence(text: string): string {
  return `${capital(text)}${/[.!?]$/.test(text) ? "" : "."}`;
}
