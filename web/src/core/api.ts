/** The JSON of docs/http.md, checked where it enters. Everything else may trust its types. */

export interface Prompt {
  readonly text: string;
}

export interface ActivePrompt extends Prompt {
  readonly trackId: number | null;
  readonly label: string;
  readonly model: string;
}

/** A reason in the server's words. */
export interface Problem {
  readonly code: string;
  readonly message: string;
}

export interface SessionGrant {
  readonly id: string;
  readonly answerSdp: string;
  readonly streamUrl: string;
  readonly token: string;
  readonly prompts: readonly ActivePrompt[];
}

export interface Model {
  readonly name: string;
  readonly title: string;
  readonly labels: readonly string[];
  readonly licence: string;
  readonly state: "ready" | "missing" | "corrupt";
  /** The command that gets the model's files. */
  readonly get: string;
}

export interface Catalogue {
  readonly models: readonly Model[];
  readonly defaultPrompts: readonly Prompt[];
}

export type ServerMessage =
  | { readonly type: "hello"; readonly prompts: readonly ActivePrompt[] }
  | { readonly type: "prompts"; readonly prompts: readonly ActivePrompt[] }
  | { readonly type: "error"; readonly problem: Problem }
  | { readonly type: "pong" }
  | { readonly type: "end"; readonly reason: string; readonly message: string }
  | { readonly type: "unknown" };

/** JSON that is not what docs/http.md says: not this server, or not this version. */
export class ApiError extends Error {
  override readonly name = "ApiError";
}

export function parseGrant(json: unknown): SessionGrant {
  const body = object(json, "session");
  const answer = object(body["answer"], "session.answer");
  const stream = object(body["stream"], "session.stream");
  return {
    id: string(body["id"], "session.id"),
    answerSdp: string(answer["sdp"], "session.answer.sdp"),
    streamUrl: string(stream["url"], "session.stream.url"),
    token: string(stream["token"], "session.stream.token"),
    prompts: parsePrompts(body["prompts"]),
  };
}

export function parseCatalogue(json: unknown): Catalogue {
  const body = object(json, "models");
  return {
    models: array(body["models"], "models").map((entry) => {
      const model = object(entry, "model");
      const state = model["state"];
      return {
        name: string(model["name"], "model.name"),
        title: string(model["title"] ?? model["name"], "model.title"),
        labels: array(model["labels"], "model.labels").map((label) => string(label, "label")),
        licence: string(model["licence"] ?? "", "model.licence"),
        state: state === "missing" || state === "corrupt" ? state : "ready",
        get: string(model["get"] ?? "", "model.get"),
      };
    }),
    defaultPrompts: array(body["default_prompts"] ?? [], "default_prompts").map((prompt) => ({
      text: string(object(prompt, "prompt")["text"], "prompt.text"),
    })),
  };
}

/** The one error body of every endpoint; null if it is not that. */
export function parseProblem(json: unknown): Problem | null {
  const error = isObject(json) ? json["error"] : undefined;
  if (!isObject(error)) return null;
  const { code, message } = error;
  return typeof code === "string" && typeof message === "string" ? { code, message } : null;
}

/** A text message of the stream. A later server's new kinds come out as "unknown". */
export function parseServerMessage(text: string): ServerMessage {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    throw new ApiError("a text message that is not JSON");
  }
  const message = object(json, "message");
  switch (message["type"]) {
    case "hello":
    case "prompts":
      return { type: message["type"], prompts: parsePrompts(message["prompts"]) };
    case "error": {
      const problem = parseProblem({ error: message });
      return problem === null ? { type: "unknown" } : { type: "error", problem };
    }
    case "pong":
      return { type: "pong" };
    case "end":
      return {
        type: "end",
        reason: string(message["reason"], "end.reason"),
        message: string(message["message"] ?? "", "end.message"),
      };
    default:
      return { type: "unknown" };
  }
}

function parsePrompts(json: unknown): ActivePrompt[] {
  return array(json, "prompts").map((entry) => {
    const prompt = object(entry, "prompt");
    const text = string(prompt["text"], "prompt.text");
    const trackId = prompt["track_id"];
    return {
      text,
      trackId: typeof trackId === "number" ? trackId : null,
      label: string(prompt["label"] ?? text, "prompt.label"),
      model: string(prompt["model"] ?? "", "prompt.model"),
    };
  });
}

type Json = Record<string, unknown>;

function isObject(json: unknown): json is Json {
  return typeof json === "object" && json !== null && !Array.isArray(json);
}

function object(json: unknown, name: string): Json {
  if (!isObject(json)) throw new ApiError(`${name} is not an object`);
  return json;
}

function array(json: unknown, name: string): unknown[] {
  if (!Array.isArray(json)) throw new ApiError(`${name} is not a list`);
  return json;
}

function string(json: unknown, name: string): string {
  if (typeof json !== "string") throw new ApiError(`${name} is not a string`);
  return json;
}
