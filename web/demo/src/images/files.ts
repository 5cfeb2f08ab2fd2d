/** What can be taken away: files that the server writes, and the cut-out that is made here. */

import { ImageClient, type Size } from "rtseg";

import { apiKey } from "../key.js";
import { finePath } from "./paint.js";
import { type Picture, stemOf } from "./picture.js";
import { type ImageState, type Numbered } from "./state.js";

export interface Format {
  /** As the API calls it. */
  readonly id: string;
  readonly name: string;
  readonly hint: string;
  readonly suffix: string;
}

/** Every format of the server, the best known first; a browser test holds the two lists together. */
export const FORMATS: readonly Format[] = [
  { id: "svg", name: "SVG", hint: "Outlines as paths", suffix: "svg" },
  { id: "masks", name: "Masks", hint: "One PNG each", suffix: "zip" },
  { id: "overlay", name: "Overlay", hint: "Drawn in, JPEG", suffix: "jpg" },
  { id: "json", name: "JSON", hint: "All that is known", suffix: "json" },
  { id: "zip", name: "Everything", hint: "All formats, zipped", suffix: "zip" },
  { id: "polygons", name: "Polygons", hint: "Points and holes", suffix: "json" },
  { id: "coco", name: "COCO", hint: "Masks as run lengths", suffix: "json" },
  { id: "coco-polygons", name: "COCO polygons", hint: "No holes", suffix: "json" },
  { id: "coco-panoptic", name: "COCO panoptic", hint: "JSON and PNG", suffix: "zip" },
  { id: "semantic", name: "Semantic", hint: "Class ids, PNG", suffix: "png" },
  { id: "panoptic", name: "Panoptic", hint: "Segment ids, PNG", suffix: "png" },
  { id: "jsonl", name: "JSON lines", hint: "All on one line", suffix: "jsonl" },
];

/** Have the server write what is on the picture, and give it to the person. */
export async function fetchFormat(
  state: ImageState,
  picture: Picture,
  format: Format,
): Promise<void> {
  const client = new ImageClient({ apiKey: apiKey() });
  const { blob, name } = await client.export(
    picture.uri,
    { prompts: state.list.prompts },
    format.id,
  );
  const suffix = name === null ? format.suffix : name.replace(/^.*\./, "");
  hand(blob, `${stemOf(picture.name)}-${format.id}.${suffix}`);
}

/** The things alone, on nothing, as large as the picture: a PNG. */
export async function cutOut(picture: Picture, instances: readonly Numbered[]): Promise<Blob> {
  const box = around(instances, picture);
  const canvas = new OffscreenCanvas(box.width, box.height);
  const context = canvas.getContext("2d");
  if (context === null) throw new Error("no canvas");
  context.translate(-box.x, -box.y);
  context.fillStyle = "#000";
  // Each by itself: together, what overlaps could wind to nothing.
  for (const one of instances) context.fill(finePath(one, picture));
  context.globalCompositeOperation = "source-in";
  context.drawImage(picture.bitmap, 0, 0);
  return canvas.convertToBlob({ type: "image/png" });
}

/** The smallest box around all of them, in the picture's pixels. */
function around(
  instances: readonly Numbered[],
  { width, height }: Size,
): Size & { x: number; y: number } {
  const boxes = instances.map(({ bbox }) => bbox);
  const x = Math.floor(Math.min(...boxes.map(({ xMin }) => xMin)) * width);
  const y = Math.floor(Math.min(...boxes.map(({ yMin }) => yMin)) * height);
  const right = Math.ceil(Math.max(...boxes.map(({ xMax }) => xMax)) * width);
  const bottom = Math.ceil(Math.max(...boxes.map(({ yMax }) => yMax)) * height);
  return { x, y, width: Math.max(1, right - x), height: Math.max(1, bottom - y) };
}

/** One instance as a document of its own, in the picture's pixels. */
export function svgOf({ path, bbox, label }: Numbered, { width, height }: Size): string {
  const x = bbox.xMin * width;
  const y = bbox.yMin * height;
  const [w, h] = [(bbox.xMax - bbox.xMin) * width, (bbox.yMax - bbox.yMin) * height];
  const title = label === "" ? "" : `\n  <title>${escaped(label)}</title>`;
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}">${title}
  <svg x="${x}" y="${y}" width="${w}" height="${h}" viewBox="0 0 1 1" preserveAspectRatio="none" overflow="visible">
    <path d="${path}"/>
  </svg>
</svg>
`;
}

function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
}

/** Let the browser save it. */
export function hand(blob: Blob, name: string): void {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  setTimeout(() => {
    URL.revokeObjectURL(link.href);
  }, 60_000);
}
