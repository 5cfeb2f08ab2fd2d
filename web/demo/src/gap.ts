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
    const held = Math.round(heldMs);
    const outline =
      gap === null ? "no outline" : isExact ? "outline exact" : `outline ${gap} ms off`;
    return {
      brief: ["picture ", `${held} ms`, " behind"],
      long: `Picture ${held} ms behind, ${outline}.${reason}`,
    };
  }
  if (gap === null)
    return { brief: ["", "", ""], long: `Picture at once, no outline on it.${reason}` };
  if (isExact) {
    return { brief: ["outline ", "exact", ""], long: `Picture at once, outline exact.${reason}` };
  }
  return {
    brief: ["outline ", `${gap} ms`, " behind"],
    long: `Picture at once, outline ${gap} ms behind and moved on.${reason}`,
  };
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
