/** Labels at their objects: a dot in the object's colour and its name, readable on anything. */

import { Labels, type Placed, type Wanted } from "../core/labels.js";
import type { Box } from "../core/path.js";
import { colourOf } from "./palette.js";
import type { Drawn, Named, Naming, Scene } from "./scene.js";

/** All in CSS pixels. */
const FONT_PX = 13;
const HEIGHT_PX = 25;
const PADDING_PX = 10;
const DOT_PX = 8;
const DOT_GAP_PX = 7;
const GAP_PX = 6;
/** From the picture's edge. */
const MARGIN_PX = 8;
const FAMILY = 'ui-sans-serif, system-ui, -apple-system, "Segoe UI", "Helvetica Neue", sans-serif';
const PAPER = "rgb(14 15 11 / 82%)";
const INK = "#fff";
/** Longer names are cut: they would hide what they stand at. */
const MOST_LETTERS = 28;
const MOST_MEASURED = 200;

interface Tag extends Wanted {
  readonly text: string;
}

export class Tags {
  readonly #labels = new Labels();
  readonly #widths = new Map<string, number>();

  get isMoving(): boolean {
    return this.#labels.isMoving;
  }

  paint(context: CanvasRenderingContext2D, scene: Scene, objects: readonly Drawn[]): void {
    if (scene.labels === false) return;
    context.save();
    context.font = `600 ${FONT_PX}px ${FAMILY}`;
    const tags = objects.flatMap((object) => {
      const text = wordsOf(object, scene.labels);
      return text === null ? [] : [this.#tag(context, object, text, scene)];
    });
    const gap = GAP_PX * scene.density;
    const room = { box: roomOf(context, scene), gap, isStill: scene.isStill };
    const placed = this.#labels.place(tags, room, scene.now);
    context.textBaseline = "middle";
    for (const place of placed) {
      const tag = tags.find(({ id }) => id === place.id);
      if (tag !== undefined) write(context, tag, place, scene);
    }
    context.restore();
  }

  #tag(context: CanvasRenderingContext2D, object: Drawn, text: string, scene: Scene): Tag {
    const { scale, x, y } = scene.placement;
    const width = 2 * PADDING_PX + DOT_PX + DOT_GAP_PX + this.#measure(context, text);
    const toCanvas = (value: number, at: number) => value * scale + (at % 2 === 0 ? x : y);
    return {
      id: object.trackId,
      text,
      rings: object.rings.map((ring) => Array.from(ring, toCanvas)),
      width: width * scene.density,
      height: HEIGHT_PX * scene.density,
    };
  }

  /** To measure a text takes longer than to write it. */
  #measure(context: CanvasRenderingContext2D, text: string): number {
    let width = this.#widths.get(text);
    if (width === undefined) {
      if (this.#widths.size >= MOST_MEASURED) this.#widths.clear();
      ({ width } = context.measureText(text));
      this.#widths.set(text, width);
    }
    return width;
  }
}

/** What is written at an object: its name, and how sure its outline is where that is in doubt. */
export function wordsOf(object: Named, labels: Naming): string | null {
  if (labels === false) return null;
  const name = labels === true ? object.label : labels(object);
  if (name === null || name.trim() === "") return null;
  const text = name.trim();
  const short = text.length > MOST_LETTERS ? `${text.slice(0, MOST_LETTERS - 1)}…` : text;
  const { standing } = object;
  if (standing?.state !== "uncertain") return short;
  return `${short} · ${Math.round(100 * standing.confidence)} %`;
}

/** What can be seen of the picture, but for a margin. */
function roomOf({ canvas }: CanvasRenderingContext2D, { frame, placement, density }: Scene): Box {
  const { scale, x, y } = placement;
  const margin = MARGIN_PX * density;
  return {
    xMin: Math.max(0, x) + margin,
    yMin: Math.max(0, y) + margin,
    xMax: Math.min(canvas.width, x + frame.width * scale) - margin,
    yMax: Math.min(canvas.height, y + frame.height * scale) - margin,
  };
}

function write(context: CanvasRenderingContext2D, tag: Tag, place: Placed, scene: Scene): void {
  const { density, mirrored } = scene;
  const [width, height] = [tag.width / density, HEIGHT_PX];
  context.save();
  context.translate(place.x, place.y);
  // Written mirrored, it can be read on a canvas that is.
  context.scale(mirrored ? -density : density, density);
  context.fillStyle = PAPER;
  context.beginPath();
  context.roundRect(-width / 2, -height / 2, width, height, height / 2);
  context.fill();
  context.fillStyle = colourOf(tag.id);
  context.beginPath();
  context.arc(-width / 2 + PADDING_PX + DOT_PX / 2, 0, DOT_PX / 2, 0, 2 * Math.PI);
  context.fill();
  context.fillStyle = INK;
  context.fillText(tag.text, -width / 2 + PADDING_PX + DOT_PX + DOT_GAP_PX, 0.5);
  context.restore();
}
