/** The JSON of docs/http.md, checked where it enters. Everything else may trust its types. */

import { ApiError, array, isObject, object, string } from "./json.js";
import { type ActivePrompt, parsePrompts, type Prompt } from "./prompt.js";

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
  /** What it can be prompted with: "text", "point", "box". */
  readonly takes: readonly string[];
  /** It knows any words, not only its labels. */
  readonly openVocabulary: boolean;
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
        takes: array(model["takes"] ?? ["text"], "model.takes").map((way) => string(way, "takes")),
        openVocabulary: model["open_vocabulary"] === true,
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
