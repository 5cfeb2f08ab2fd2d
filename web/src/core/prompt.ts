/**
 * What to outline: words, touches, or both. The section "Prompts" of docs/http.md in types.
 *
 * A client declares the whole list that it wants, under ids of its own; the server does what has
 * changed, and answers with the same list as it understood it.
 */

import { array, number, object, string } from "./json.js";
import type { Box } from "./path.js";

/** A touch of the picture, in fractions of its width and height, from its left upper corner. */
export interface Point {
  readonly x: number;
  readonly y: number;
  /** On the object, the default, or not on it. */
  readonly positive?: boolean;
  /** RTP timestamp of the camera frame that was touched; null or left out: the newest. */
  readonly frame?: number | null;
}

/** A rectangle drawn around one object, in fractions as `Point`. */
export interface PromptBox extends Box {
  readonly frame?: number | null;
}

export interface Prompt {
  /** The client's own name for it, by which it is corrected and told apart; the server finds one. */
  readonly id?: string;
  /** Each such thing; beside a point or a box, only that one. */
  readonly text?: string;
  readonly points?: readonly Point[];
  readonly box?: PromptBox | null;
  /** A name of the catalogue; the best that is installed when left out. */
  readonly model?: string;
}

/** A prompt under a name of its own; without one it could be neither corrected nor removed. */
export type NamedPrompt = Prompt & { readonly id: string };

/** A prompt as the server understood it. */
export interface ActivePrompt extends Prompt {
  readonly id: string;
  readonly text: string;
  readonly points: readonly Point[];
  readonly box: PromptBox | null;
  /** As what it is answered, in the model's own words. */
  readonly label: string;
  /** Who answers it. */
  readonly model: string;
  /** The track ids that it has now, as `Outline.trackId`. */
  readonly objects: readonly number[];
}

/** It points at one object, with or without words. */
export function isTouch(prompt: Prompt): boolean {
  return (prompt.points?.length ?? 0) > 0 || (prompt.box ?? null) !== null;
}

/**
 * The same prompt for another connection, or after a pause: RTP timestamps of before name no frame
 * there, so its touches are looked for in the newest.
 */
export function withoutFrames<P extends Prompt>(prompt: P): P {
  const touches = [...(prompt.points ?? []), ...(prompt.box ? [prompt.box] : [])];
  if (touches.every(({ frame }) => typeof frame !== "number")) return prompt;
  return {
    ...prompt,
    ...(prompt.points && { points: prompt.points.map((point) => ({ ...point, frame: null })) }),
    ...(prompt.box && { box: { ...prompt.box, frame: null } }),
  };
}

/** As docs/http.md has it. What says nothing is left out. */
export function toJson({ id, text, points, box, model }: Prompt): object {
  return {
    ...(id !== undefined && { id }),
    ...(text !== undefined && text !== "" && { text }),
    ...(points !== undefined && points.length > 0 && { points: points.map(pointJson) }),
    ...(box && {
      box: {
        x_min: box.xMin,
        y_min: box.yMin,
        x_max: box.xMax,
        y_max: box.yMax,
        ...frameJson(box.frame),
      },
    }),
    ...(model !== undefined && { model }),
  };
}

function pointJson({ x, y, positive = true, frame }: Point): object {
  return { x, y, positive, ...frameJson(frame) };
}

function frameJson(frame: number | null | undefined): { frame?: number } {
  return typeof frame === "number" ? { frame } : {};
}

/** @throws {ApiError} if it is not a list of prompts. */
export function parsePrompts(json: unknown): ActivePrompt[] {
  return array(json, "prompts").map((entry) => {
    const prompt = object(entry, "prompt");
    const text = string(prompt["text"] ?? "", "prompt.text");
    return {
      id: string(prompt["id"] ?? "", "prompt.id"),
      text,
      points: array(prompt["points"] ?? [], "prompt.points").map(parsePoint),
      box: parseBox(prompt["box"] ?? null),
      label: string(prompt["label"] ?? text, "prompt.label"),
      model: string(prompt["model"] ?? "", "prompt.model"),
      objects: array(prompt["objects"] ?? [], "prompt.objects").map((id) => number(id, "track id")),
    };
  });
}

function parsePoint(json: unknown): Point {
  const point = object(json, "point");
  return {
    x: number(point["x"], "point.x"),
    y: number(point["y"], "point.y"),
    positive: point["positive"] !== false,
    frame: parseFrame(point["frame"]),
  };
}

function parseBox(json: unknown): PromptBox | null {
  if (json === null) return null;
  const box = object(json, "box");
  return {
    xMin: number(box["x_min"], "box.x_min"),
    yMin: number(box["y_min"], "box.y_min"),
    xMax: number(box["x_max"], "box.x_max"),
    yMax: number(box["y_max"], "box.y_max"),
    frame: parseFrame(box["frame"]),
  };
}

function parseFrame(json: unknown): number | null {
  return typeof json === "number" ? json : null;
}
