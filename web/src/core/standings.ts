/** How far an outline can be trusted, as record 13 of docs/wire.md tells it. */

import type { Standing, TrackState } from "./messages.js";
import type { Reader } from "./reader.js";

/** By their numbers; 0 says that there is no standing. */
const STATES: readonly (TrackState | null)[] = [
  null,
  "found",
  "followed",
  "uncertain",
  "lost",
  "found again",
];

/** Read what stands behind the track id; null: there is none, or one of a later version. */
export function readStanding(payload: Reader): Standing | null {
  const [state, confidenceU8] = [STATES[payload.u8()] ?? null, payload.u8()];
  return state === null ? null : { state, confidence: confidenceU8 / 255 };
}
