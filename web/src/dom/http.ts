import {
  type Catalogue,
  parseCatalogue,
  parseGrant,
  parseProblem,
  type Problem,
  type SessionGrant,
} from "../core/api.js";
import { type Prompt, toJson } from "../core/prompt.js";

const GOODBYE_MS = 1000;

/** The server said no, or nothing. */
export class ServerError extends Error {
  override readonly name = "ServerError";
  readonly problem: Problem;
  readonly retryAfterMs: number | undefined;
  /** Of the answer; undefined where there was none, or where it failed after it had begun. */
  readonly status: number | undefined;

  constructor(problem: Problem, retryAfterMs?: number, status?: number) {
    super(problem.message);
    this.problem = problem;
    this.retryAfterMs = retryAfterMs;
    this.status = status;
  }
}

/** What the server can outline. */
export async function fetchModels(
  server: string | URL,
  signal?: AbortSignal,
  apiKey?: string,
): Promise<Catalogue> {
  const init = { signal: signal ?? null, headers: keyHeader(apiKey) };
  return parseCatalogue(await request(new URL("v1/models", server), init));
}

export async function createSession(
  server: URL,
  offer: { sdp: string; prompts: readonly Prompt[] | undefined; timing: boolean },
  signal: AbortSignal,
  apiKey?: string,
): Promise<SessionGrant> {
  const body = {
    offer: { type: "offer", sdp: offer.sdp },
    ...(offer.prompts && { prompts: offer.prompts.map(toJson) }),
    timing: offer.timing,
  };
  const json = await request(new URL("v1/sessions", server), {
    method: "POST",
    headers: { "content-type": "application/json", ...keyHeader(apiKey) },
    body: JSON.stringify(body),
    signal,
  });
  return parseGrant(json);
}

/**
 * Say goodbye. Also works while the page is being left; a server that misses it notices anyway.
 * Resolves, whatever comes of it, when it was heard or after a moment.
 */
export async function deleteSession(server: URL, grant: SessionGrant): Promise<void> {
  await fetch(new URL(`v1/sessions/${encodeURIComponent(grant.id)}`, server), {
    method: "DELETE",
    headers: { authorization: `Bearer ${grant.token}` },
    keepalive: true,
    signal: AbortSignal.timeout(GOODBYE_MS),
  }).catch(() => undefined);
}

/** Nothing where there is no key: servers that want none get none. */
export function keyHeader(apiKey: string | undefined): Record<string, string> {
  return apiKey === undefined || apiKey === "" ? {} : { authorization: `Bearer ${apiKey}` };
}

async function request(url: URL, init: RequestInit): Promise<unknown> {
  return (await send(url, init)).json().catch(() => null);
}

/**
 * The server's answer, if it is one.
 *
 * @throws {ServerError} if it said no, or nothing.
 */
export async function send(url: URL, init: RequestInit): Promise<Response> {
  let response: Response;
  try {
    response = await fetch(url, init);
  } catch (error) {
    if (init.signal?.aborted) throw error;
    const message = `No answer from ${url.origin}. Is the server running?`;
    throw new ServerError({ code: "server_unreachable", message });
  }
  if (response.ok) return response;
  const json: unknown = await response.json().catch(() => null);
  const problem = parseProblem(json) ?? {
    code: `http_${response.status}`,
    message: `${url.origin} answered ${response.status} ${response.statusText}`.trimEnd(),
  };
  const retryAfterS = Number(response.headers.get("retry-after") ?? NaN);
  throw new ServerError(
    problem,
    Number.isFinite(retryAfterS) ? retryAfterS * 1000 : undefined,
    response.status,
  );
}
