/** What became of each prompt, for its chip. */

import type { ActivePrompt, FrameMessage, NamedPrompt, TrackState } from "rtseg";

export interface Finding {
  /**
   * Not found yet; on the picture; there, with an outline that may be wrong; there again after it
   * was lost; lost from view just now, as the server knows; or not to be seen.
   */
  readonly kind: "looking" | "found" | "uncertain" | "again" | "lost" | "away";
  /** Track ids, the visible ones if any are. */
  readonly objects: readonly number[];
  /** How much of the outline is right, of the least sure one of those in view; null: unknown. */
  readonly confidence: number | null;
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

/** What to say of objects that are outlined. */
function inView(seen: FrameMessage["objects"]): Finding {
  const objects = seen.map(({ trackId }) => trackId);
  const standings = seen.flatMap(({ standing }) => standing ?? []);
  const confidence =
    standings.length === 0 ? null : Math.min(...standings.map((one) => one.confidence));
  const is = (state: TrackState) => standings.some((one) => one.state === state);
  // One of several that may be wrong is worth a word: the person sees which, by its line.
  const kind = is("uncertain") ? "uncertain" : is("found again") ? "again" : "found";
  return { kind, objects, confidence };
}

/** @param searches of each prompt, kept up to date here. */
export function findings(
  prompts: readonly NamedPrompt[],
  active: readonly ActivePrompt[],
  frame: FrameMessage | null,
  searches: Map<string, Search>,
  now: number,
): ReadonlyMap<string, Finding> {
  const visible = new Map(frame?.objects.filter(isOutlined).map((one) => [one.trackId, one]));
  const lost = new Set(
    frame?.objects.filter((one) => one.standing?.state === "lost").map(({ trackId }) => trackId),
  );
  const find = (id: string): Finding => {
    const answer = active.find((one) => one.id === id);
    const objects = answer?.objects ?? [];
    const seen = objects.flatMap((trackId) => visible.get(trackId) ?? []);
    if (seen.length > 0) {
      searches.set(id, { from: now, wasSeen: true });
      return inView(seen);
    }
    // The search begins when the server has taken the prompt and pictures come.
    const unknown = { objects, confidence: null };
    if (answer === undefined || frame === null) return { kind: "looking", ...unknown };
    const gone = objects.filter((trackId) => lost.has(trackId));
    if (gone.length > 0) return { ...unknown, kind: "lost", objects: gone };
    const search = searches.get(id) ?? { from: now, wasSeen: false };
    searches.set(id, search);
    const isOver = now - search.from > (search.wasSeen ? GRACE_MS : PATIENCE_MS);
    const kind = isOver ? "away" : search.wasSeen ? "found" : "looking";
    return { kind, ...unknown };
  };
  return new Map(prompts.map(({ id }) => [id, find(id)]));
}
