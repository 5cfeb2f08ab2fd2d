/** What became of each prompt, for its chip. */

import type { ActivePrompt, FrameMessage, NamedPrompt } from "rtseg";

export interface Finding {
  /** Not found yet, on the picture, or not to be seen now. */
  readonly kind: "looking" | "found" | "away";
  /** Track ids, the visible ones if any are. */
  readonly objects: readonly number[];
}

/** So long it is looked for before the page says that it is not there … */
export const PATIENCE_MS = 2500;
/** … and so long it may be missed: a chip that blinks with every lost frame tells nothing. */
const GRACE_MS = 700;

/** What is remembered of a prompt from frame to frame. */
export interface Search {
  /** When it was last seen; before that, when it was first looked for. */
  readonly from: number;
  readonly wasSeen: boolean;
}

/** Whether the outline of an object is on the screen; a box says only that it will be. */
export function isOutlined({ rings, stage }: FrameMessage["objects"][number]): boolean {
  return rings.length > 0 && stage !== "box";
}

/** @param searches of each prompt, kept up to date here. */
export function findings(
  prompts: readonly NamedPrompt[],
  active: readonly ActivePrompt[],
  frame: FrameMessage | null,
  searches: Map<string, Search>,
  now: number,
): ReadonlyMap<string, Finding> {
  const visible = new Set(frame?.objects.filter(isOutlined).map(({ trackId }) => trackId));
  const find = (id: string): Finding => {
    const answer = active.find((one) => one.id === id);
    const objects = answer?.objects ?? [];
    const seen = objects.filter((trackId) => visible.has(trackId));
    if (seen.length > 0) {
      searches.set(id, { from: now, wasSeen: true });
      return { kind: "found", objects: seen };
    }
    // The search begins when the server has taken the prompt and pictures come.
    if (answer === undefined || frame === null) return { kind: "looking", objects };
    const search = searches.get(id) ?? { from: now, wasSeen: false };
    searches.set(id, search);
    const isOver = now - search.from > (search.wasSeen ? GRACE_MS : PATIENCE_MS);
    const kind = isOver ? "away" : search.wasSeen ? "found" : "looking";
    return { kind, objects };
  };
  return new Map(prompts.map(({ id }) => [id, find(id)]));
}
