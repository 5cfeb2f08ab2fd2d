/** How far apart picture and outline are, in words. Pure. */

import type { Showing, WhyLive } from "rtseg";

export interface Shown {
  /** As it is, which may be other than it is wished. */
  readonly showing: Showing;
  /** Why it is other than it is wished; null if it is not. */
  readonly why: WhyLive | null;
  /** From the picture's capture to that of the outline that lies on it; null: none, or unknown. */
  readonly gapMs: number | null;
  /** By how much the picture is held back. */
  readonly heldMs: number;
}

/** A frame's time is known to about a millisecond: less than two are none. */
const EXACT_MS = 2;

export interface GapText {
  /** For the corner of the picture; where there is little room its middle stands alone. */
  readonly brief: readonly [string, string, string];
  readonly long: string;
}

export function gapText({ showing, why, gapMs, heldMs }: Shown): GapText {
  const reason = why === null ? "" : ` ${whyWords(why)}`;
  const gap = gapMs === null ? null : Math.round(Math.abs(gapMs));
  const isExact = gap !== null && gap < EXACT_MS;
  if (showing === "in step") {
    const held = spanText(heldMs);
    const off = gap === null ? "no outline" : `outline ${spanText(gap)} off`;
    const outline = isExact ? "outline exact" : off;
    return {
      // Outlines that are slower than the longest wait: that they do not fit matters more then.
      brief:
        gap === null || isExact
          ? ["picture ", held, " behind"]
          : ["outline ", spanText(gap), " off"],
      long: `Picture ${held} behind, ${outline}.${reason}`,
    };
  }
  if (gap === null)
    return { brief: ["", "", ""], long: `Picture at once, no outline on it.${reason}` };
  if (isExact) {
    return { brief: ["outline ", "exact", ""], long: `Picture at once, outline exact.${reason}` };
  }
  return {
    brief: ["outline ", spanText(gap), " behind"],
    long: `Picture at once, outline ${spanText(gap)} behind and moved on.${reason}`,
  };
}

/** Milliseconds, as long as they are few. */
export function spanText(ms: number): string {
  return ms < 999.5 ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(1)} s`;
}

/** Why pictures are shown at once though they should wait. */
function whyWords(why: WhyLive): string {
  switch (why) {
    case "no capture times":
      return "In step is not possible here: this browser does not say when a picture was taken.";
    case "no clock":
      return "In step as soon as the camera’s clock is known.";
    case "no outlines":
      return "In step as soon as outlines come again.";
  }
}
