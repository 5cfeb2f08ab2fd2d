/** What was just asked, as code that asks the same. */

import { isTouch, type Prompt, requestOf, segmentBody } from "rtseg";

export interface Asked {
  readonly prompts: readonly Prompt[];
  /** Of the picture's file. */
  readonly file: string;
  /** `image/jpeg` … */
  readonly mediaType: string;
  /** Of the server, without a slash at its end. */
  readonly server: string;
  readonly needsKey: boolean;
}

/** In what it can be written, the shortest first. */
export const LANGUAGES = [
  { name: "curl", write: curl },
  { name: "Python", write: python },
  { name: "JavaScript", write: javascript },
] as const;

export type Language = (typeof LANGUAGES)[number];

function curl({ prompts, file, mediaType, server, needsKey }: Asked): string {
  const body = JSON.stringify(segmentBody(requestOf(plain(prompts)))).slice(1);
  const key = needsKey ? ` -H "Authorization: Bearer $RTSEG_API_KEY"` : "";
  // The shell replaces what stands in a here-document; a word may hold what it would replace.
  const words = body.replace(/[\\$`]/g, "\\$&");
  return [
    `curl -s ${server}/v1/segment -H "Content-Type: application/json"${key} -d @- <<EOF`,
    `{"image_url": "data:${mediaType};base64,$(base64 < ${quoted(file)} | tr -d '\\n')", ${words}`,
    "EOF",
  ].join("\n");
}

/** Moondream's own client where it can say it; the plain request where it cannot. */
function python({ prompts, file, mediaType, server, needsKey }: Asked): string {
  const request = requestOf(plain(prompts));
  if (request.object !== undefined) {
    const key = needsKey ? `, api_key=os.environ["RTSEG_API_KEY"]` : "";
    const refs = request.spatialRefs ? `, spatial_refs=${JSON.stringify(request.spatialRefs)}` : "";
    return [
      ...(needsKey ? ["import os", ""] : []),
      "import moondream as md",
      "from PIL import Image",
      "",
      `model = md.vl(endpoint="${server}/v1"${key})`,
      `found = model.segment(Image.open(${literal(file)}), ${literal(request.object)}${refs})`,
      `print(found["path"], found["bbox"])`,
    ].join("\n");
  }
  const key = needsKey
    ? `,\n    headers={"Authorization": f"Bearer {os.environ['RTSEG_API_KEY']}"}`
    : "";
  return [
    "import base64",
    ...(needsKey ? ["import os"] : []),
    "from pathlib import Path",
    "",
    "import httpx",
    "",
    `image = base64.b64encode(Path(${literal(file)}).read_bytes()).decode()`,
    `body = {"image_url": f"data:${mediaType};base64,{image}"} | ${pythonic(segmentBody(request))}`,
    `answer = httpx.post("${server}/v1/segment", json=body, timeout=60${key})`,
    `for one in answer.raise_for_status().json()["instances"]:`,
    `    print(one["label"], one["path"])`,
  ].join("\n");
}

function javascript({ prompts, server, needsKey }: Asked): string {
  const { object: words, spatialRefs, prompts: several } = requestOf(plain(prompts));
  const request = JSON.stringify({
    ...(words !== undefined && { object: words }),
    ...(spatialRefs && { spatialRefs }),
    ...(several && { prompts: several }),
  });
  const key = needsKey ? `, apiKey` : "";
  return [
    `import { drawPath, segmentImage } from "rtseg";`,
    "",
    `const options = { server: "${server}/"${key} };`,
    `const found = await segmentImage(file, ${request}, options);`,
    "const outline = new Path2D();",
    "for (const { path, bbox } of found.instances) drawPath(path, bbox, canvas, outline);",
    `canvas.getContext("2d").stroke(outline);`,
  ].join("\n");
}

/** Without what only this page knows: ids, and frames of a camera. Four decimals are a pixel. */
function plain(prompts: readonly Prompt[]): Prompt[] {
  return prompts.map((prompt) => {
    const { text = "", points = [], box, model } = prompt;
    return {
      ...(text !== "" && { text }),
      ...(isTouch(prompt) && points.length > 0 && { points: points.map(shortPoint) }),
      ...(box && {
        box: {
          xMin: short(box.xMin),
          yMin: short(box.yMin),
          xMax: short(box.xMax),
          yMax: short(box.yMax),
        },
      }),
      ...(model !== undefined && { model }),
    };
  });
}

function shortPoint({ x, y, positive = true }: { x: number; y: number; positive?: boolean }) {
  return { x: short(x), y: short(y), positive };
}

function short(value: number): number {
  return Math.round(value * 1e4) / 1e4;
}

/** A word for the shell. */
function quoted(text: string): string {
  return /^[\w.-]+$/.test(text) && !text.startsWith("-")
    ? text
    : `'${text.replaceAll("'", `'\\''`)}'`;
}

/** JSON's strings are Python's as well. */
function literal(text: string): string {
  return JSON.stringify(text);
}

function pythonic(json: unknown): string {
  if (Array.isArray(json)) return `[${json.map(pythonic).join(", ")}]`;
  if (typeof json === "boolean") return json ? "True" : "False";
  if (typeof json === "object" && json !== null) {
    const pairs = Object.entries(json).map(([key, value]) => `${literal(key)}: ${pythonic(value)}`);
    return `{${pairs.join(", ")}}`;
  }
  return JSON.stringify(json);
}
