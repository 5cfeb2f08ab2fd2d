import type { Problem } from "./api.js";

const FIRST_MS = 500;
const LONGEST_MS = 4000;
/** For what a person has to mend first: asking more often would only fill the server's log. */
const SLOW_MS = 5000;

/** What to do about a connection that failed or was lost. */
export type Verdict =
  { readonly kind: "retry"; readonly afterMs: number } | { readonly kind: "give-up" };

/** Errors that the same request meets again, however often it is made. */
const HOPELESS = new Set([
  "invalid_request",
  "invalid_sdp",
  "no_video",
  "unknown_prompt",
  "body_too_large",
  "missing_api_key",
  "invalid_api_key",
  "camera_ended",
  "no_webrtc",
]);

/**
 * @param attempt how many attempts have failed in a row, from 1.
 * @param retryAfterMs what the server asked for, if it did.
 */
export function judge(problem: Problem, attempt: number, retryAfterMs?: number): Verdict {
  if (HOPELESS.has(problem.code)) return { kind: "give-up" };
  if (problem.code === "model_missing") return { kind: "retry", afterMs: SLOW_MS };
  const backoff = Math.min(LONGEST_MS, FIRST_MS * 2 ** (attempt - 1));
  return { kind: "retry", afterMs: Math.max(backoff, retryAfterMs ?? 0) };
}
