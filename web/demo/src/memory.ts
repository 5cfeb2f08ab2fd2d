/** What this browser remembers of a person's choices from one visit to the next. */

import type { Showing } from "rtseg";

const SHOWING = "rtseg.showing";

/** A browser may forbid a page to remember anything: then every visit is the first. */
export function rememberedShowing(storage: () => Storage): Showing | null {
  try {
    const text = storage().getItem(SHOWING);
    return text === "live" || text === "in step" ? text : null;
  } catch {
    return null;
  }
}

export function rememberShowing(showing: Showing, storage: () => Storage): void {
  try {
    storage().setItem(SHOWING, showing);
  } catch {
    // It holds until the page is left.
  }
}
