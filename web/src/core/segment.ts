/** `POST /v1/segment` in types: what is asked, and the messages that come back. */

import { parseProblem, type Problem } from "./api.js";
import { ApiError, array, isObject, number, object, string } from "./json.js";
import type { Box } from "./path.js";
import { type Prompt, toJson } from "./prompt.js";

export interface SegmentRequest {
  /** A word or a short phrase. */
  readonly object?: string;
  /** [x, y] of a point on it or [xMin, yMin, xMax, yMax] around it, in [0, 1] of the picture. */
  readonly spatialRefs?: readonly (readonly number[])[];
  /** In place of both: several things at once, and points that are not on them. */
  readonly prompts?: readonly Prompt[];
  /** A name of the catalogue; the best that is installed when left out. */
  readonly model?: string;
}

/** One thing that was found. */
export interface Instance {
  /** 1, 2 … in its answer. */
  readonly id: number;
  readonly label: string;
  readonly score: number;
  readonly model: string;
  /** Position of the prompt that it answers. */
  readonly prompt: number;
  /** In [0, 1] of the picture. */
  readonly bbox: Box;
  /** SVG path data in [0, 1] of the box; holes by the nonzero rule. */
  readonly path: string;
  readonly areaPx: number;
}

export interface Segmentation {
  /** Of the first instance; empty if there is none. */
  readonly path: string;
  readonly bbox: Box | null;
  readonly label: string;
  readonly score: number;
  readonly model: string;
  readonly instances: readonly Instance[];
  /** All of it as the server wrote it. */
  readonly json: Readonly<Record<string, unknown>>;
}

export type SegmentMessage =
  /** Where it is, as soon as that is known; again if the outline says otherwise. */
  | { readonly type: "bbox"; readonly bbox: Box }
  /** A piece of the coarse path, relative to the last box. */
  | { readonly type: "path_delta"; readonly chunk: string }
  | { readonly type: "final"; readonly segmentation: Segmentation }
  | { readonly type: "error"; readonly problem: Problem }
  /** Of a later server. */
  | { readonly type: "unknown" };

/** The body of the request, but for the picture. */
export function segmentBody(request: SegmentRequest): Record<string, unknown> {
  const { object: words, spatialRefs, prompts, model } = request;
  return {
    ...(words !== undefined && words !== "" && { object: words }),
    ...(spatialRefs !== undefined && spatialRefs.length > 0 && { spatial_refs: spatialRefs }),
    ...(prompts !== undefined && { prompts: prompts.map(toJson) }),
    ...(model !== undefined && { model }),
  };
}

/**
 * The same question in the fewest words: as Moondream's clients ask it where that can say it, as
 * `prompts` where it cannot (several things, points that are not on it).
 */
export function requestOf(prompts: readonly Prompt[]): SegmentRequest {
  const [prompt] = prompts;
  const { text = "", points = [], box, model } = prompt ?? {};
  const isPlain = prompts.length === 1 && points.every(({ positive = true }) => positive);
  if (!isPlain) return { prompts };
  const refs = [
    ...points.map(({ x, y }) => [x, y]),
    ...(box ? [[box.xMin, box.yMin, box.xMax, box.yMax]] : []),
  ];
  return {
    ...(text !== "" && { object: text }),
    ...(refs.length > 0 && { spatialRefs: refs }),
    ...(model !== undefined && { model }),
  };
}

/** @throws {ApiError} if it is not an answer of /v1/segment. */
export function parseSegmentation(json: unknown): Segmentation {
  const body = object(json, "segmentation");
  const bbox = body["bbox"] ?? null;
  return {
    path: string(body["path"], "path"),
    bbox: bbox === null ? null : parseBbox(bbox),
    label: string(body["label"] ?? "", "label"),
    score: number(body["score"] ?? 0, "score"),
    model: string(body["model"] ?? "", "model"),
    instances: array(body["instances"] ?? [], "instances").map(parseInstance),
    json: withoutStream(body),
  };
}

/** @throws {ApiError} if an event's data is not a message of the stream. */
export function parseSegmentMessage(data: string): SegmentMessage {
  let json: unknown;
  try {
    json = JSON.parse(data);
  } catch {
    throw new ApiError("an event that is not JSON");
  }
  const message = object(json, "event");
  switch (message["type"]) {
    case "bbox":
      return { type: "bbox", bbox: parseBbox(message["bbox"]) };
    case "path_delta":
      return { type: "path_delta", chunk: string(message["chunk"], "chunk") };
    case "final":
      return { type: "final", segmentation: parseSegmentation(message) };
    case "error": {
      const problem = parseProblem(message);
      return problem === null ? { type: "unknown" } : { type: "error", problem };
    }
    default:
      return { type: "unknown" };
  }
}

function parseInstance(json: unknown): Instance {
  const one = object(json, "instance");
  return {
    id: number(one["id"], "instance.id"),
    label: string(one["label"] ?? "", "instance.label"),
    score: number(one["score"] ?? 0, "instance.score"),
    model: string(one["model"] ?? "", "instance.model"),
    prompt: number(one["prompt"] ?? 0, "instance.prompt"),
    bbox: parseBbox(one["bbox"]),
    path: string(one["path"], "instance.path"),
    areaPx: number(one["area_px"] ?? 0, "instance.area_px"),
  };
}

function parseBbox(json: unknown): Box {
  const box = object(json, "bbox");
  return {
    xMin: number(box["x_min"], "bbox.x_min"),
    yMin: number(box["y_min"], "bbox.y_min"),
    xMax: number(box["x_max"], "bbox.x_max"),
    yMax: number(box["y_max"], "bbox.y_max"),
  };
}

/** A streamed answer and a plain one are the same, but for these. */
function withoutStream(body: Record<string, unknown>): Record<string, unknown> {
  const rest = { ...body };
  if (isObject(rest) && rest["type"] === "final") {
    delete rest["type"];
    delete rest["completed"];
  }
  return rest;
}
