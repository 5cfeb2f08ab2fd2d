/**
 * What is painted over the video. The canvas lies above it, so the object itself is never drawn:
 * effects that change the background paint it everywhere and cut the object out, and the video
 * shows through in its own full resolution.
 */

import type { Leaving } from "../core/farewells.js";
import { type Placement, place } from "../core/fit.js";
import { RTP_TICKS_PER_MS } from "../core/frames.js";
import { bleed, type Size, traceRounded } from "../core/path.js";
import type { FrameMessage, Outline } from "../core/wire.js";
import type { Blur } from "./blur.js";
import { colourOf } from "./palette.js";
import type { Picture } from "./pictures.js";

export type Effect = "outline" | "fill" | "spotlight" | "blur" | "replace";

/** What takes the background's place in "replace": a CSS colour, or a picture that covers it. */
export type Background =
  | { readonly kind: "colour"; readonly colour: string }
  | {
      readonly kind: "image";
      readonly image: CanvasImageSource & Size;
    };

/** How an outline that may be wrong is drawn. */
export interface UncertainStyle {
  /** 0 … 1. */
  readonly opacity: number;
  /** Lengths of dashes and gaps, in widths of the line; null: none. */
  readonly dash: readonly number[] | null;
}

export interface Scene {
  /** What is on the screen under all this; null where it is not known. */
  readonly picture: Picture | null;
  readonly frame: FrameMessage;
  /** Where the frame lies on the canvas, in canvas pixels. */
  readonly placement: Placement;
  /** Canvas pixels in a CSS pixel. */
  readonly density: number;
  readonly effect: Effect;
  readonly background: Background;
  readonly lineWidth: number;
  /** Track ids whose line stands out. */
  readonly emphasised: readonly number[];
  readonly uncertain: UncertainStyle;
  /** Objects that were lost a moment ago. */
  readonly leaving: readonly Leaving[];
  /** Time since the frame's packet came: the evidence has aged by that much more. */
  readonly sinceArrivalMs: number;
}

/** From here on an outline is less and less certain … */
export const UNSURE_MS = 500;
/** … and drawn dashed. */
const DASHED_MS = 900;
const AGED_DASH = [3, 2.6];
/** How far rounding may leave the outline, in camera pixels: about the outline's own error. */
const ROUNDING_PX = 2;
/** Far enough for the thickest line and its shadow to lie outside, in camera pixels. */
const BLEED_PX = 40;
/** Of the line around an object that is selected or pointed at. */
const EMPHASIS = 1.6;
/** Of the line of a box. */
const BOX = 0.5;
const BOX_CORNER_PX = 6;
const FEATHER_PX = 5;
/**
 * Dark lines under the bright one, so many times as wide. The outer one stands in for a shadow: the
 * canvas's own, a blur of the whole picture, took nine tenths of the time without a graphics card.
 */
const SHADE = [
  [3.1, "rgb(0 0 0 / 9%)"],
  [1.9, "rgb(0 0 0 / 46%)"],
] as const;
const DIM = "rgb(8 10 14 / 66%)";

interface Shape {
  readonly object: Outline;
  readonly path: Path2D;
  readonly certainty: number;
  /** In widths of the line. */
  readonly dash: readonly number[] | null;
}

/** Paint a scene on a cleared canvas. */
export function paintScene(context: CanvasRenderingContext2D, scene: Scene, blur: Blur): void {
  const visible = scene.frame.objects.filter(({ rings }) => rings.length > 0);
  // A box is not what the thing looks like: nothing is tinted or cut out by it.
  const shapes = visible.filter(({ stage }) => stage !== "box").map((o) => shape(o, scene));
  const leaving = scene.leaving.map(({ outline, left }) => ({
    ...shape(outline, scene),
    certainty: left * scene.uncertain.opacity,
  }));
  context.save();
  clipToFrame(context, scene);
  paintEffect(context, scene, shapes, leaving, blur);
  for (const one of visible) if (one.stage === "box") strokeBox(context, one, scene);
  context.restore();
}

function paintEffect(
  context: CanvasRenderingContext2D,
  scene: Scene,
  shapes: Shape[],
  leaving: Shape[],
  blur: Blur,
): void {
  switch (scene.effect) {
    case "outline":
      break;
    case "fill":
      for (const one of [...leaving, ...shapes]) tint(context, one);
      break;
    case "spotlight":
      context.fillStyle = DIM;
      fillFrame(context, scene);
      cutOut(context, shapes, scene);
      break;
    case "blur":
      paintBlurred(context, scene, blur);
      cutOut(context, shapes, scene);
      break;
    case "replace":
      paintBackground(context, scene);
      cutOut(context, shapes, scene);
      break;
  }
  // A line around someone in front of a blurred room would say "software"; its place is elsewhere.
  if (scene.effect === "blur" || scene.effect === "replace") return;
  for (const one of [...leaving, ...shapes]) stroke(context, one, scene);
}

function shape(object: Outline, scene: Scene): Shape {
  const { placement, frame } = scene;
  const rounded = new Path2D();
  const rings = object.rings.map((ring) => bleed(ring, frame.width, frame.height, BLEED_PX));
  traceRounded(rings, ROUNDING_PX, rounded);
  const path = new Path2D();
  const { scale, x, y } = placement;
  path.addPath(rounded, { a: scale, d: scale, e: x, f: y });
  return { object, path, ...trust(object, scene) };
}

/** How an outline is drawn, by how far it can be trusted. */
function trust(
  { standing, ageMs, frameId }: Outline,
  { frame, sinceArrivalMs, uncertain }: Scene,
): Pick<Shape, "certainty" | "dash"> {
  // Where a part of the frame is missing, the outline is still that of an older one.
  const behindMs = Math.max(0, (frame.frameId - frameId) | 0) / RTP_TICKS_PER_MS;
  // A tracker that says how sure it is has thought of the age of its evidence.
  const unsureMs = behindMs + sinceArrivalMs + (standing === null ? ageMs : 0);
  const certainty = Math.max(0.4, 1 - Math.max(0, unsureMs - UNSURE_MS) / 1500);
  if (standing?.state === "uncertain") {
    return { certainty: Math.min(certainty, uncertain.opacity), dash: uncertain.dash };
  }
  return { certainty, dash: unsureMs > DASHED_MS ? AGED_DASH : null };
}

function stroke(context: CanvasRenderingContext2D, one: Shape, scene: Scene): void {
  const slim = scene.effect === "spotlight" ? 0.6 : 1;
  const bold = scene.emphasised.includes(one.object.trackId) ? EMPHASIS : 1;
  const width = scene.lineWidth * slim * bold * scene.density;
  context.save();
  context.lineJoin = "round";
  context.lineCap = "round";
  if (one.dash !== null) context.setLineDash(one.dash.map((length) => width * length));
  // A dark line under the bright one, with a soft edge, holds against snow as against night.
  context.globalAlpha = one.certainty;
  for (const [share, colour] of SHADE) {
    context.strokeStyle = colour;
    context.lineWidth = width * share;
    context.stroke(one.path);
  }
  context.strokeStyle = colourOf(one.object.trackId);
  context.lineWidth = width;
  context.stroke(one.path);
  context.restore();
}

/** Something was found, and its outline is on its way: thin, dashed, and standing still. */
function strokeBox(context: CanvasRenderingContext2D, one: Outline, scene: Scene): void {
  const { scale, x, y } = scene.placement;
  const [left = 0, top = 0, , bottom = 0, right = 0] = one.rings[0] ?? [];
  const width = scene.lineWidth * BOX * scene.density;
  context.save();
  context.setLineDash([width * 4, width * 4]);
  context.globalAlpha = 0.8;
  for (const [share, colour] of [
    [1.8, "rgb(0 0 0 / 40%)"] as const,
    [1, colourOf(one.trackId)] as const,
  ]) {
    context.strokeStyle = colour;
    context.lineWidth = width * share;
    context.beginPath();
    context.roundRect(
      x + left * scale,
      y + top * scale,
      (right - left) * scale,
      (bottom - top) * scale,
      BOX_CORNER_PX * scene.density,
    );
    context.stroke();
  }
  context.restore();
}

function tint(context: CanvasRenderingContext2D, one: Shape): void {
  context.save();
  context.globalAlpha = 0.42 * one.certainty;
  context.fillStyle = colourOf(one.object.trackId);
  context.fill(one.path);
  context.restore();
}

/** One object at a time: where two overlap, both show. The shadow of the cut feathers its edge. */
function cutOut(context: CanvasRenderingContext2D, shapes: Shape[], { density }: Scene): void {
  context.save();
  context.globalCompositeOperation = "destination-out";
  context.shadowColor = "#000";
  context.shadowBlur = FEATHER_PX * density;
  context.fillStyle = "#000";
  for (const { path } of shapes) context.fill(path);
  context.restore();
}

function paintBlurred(context: CanvasRenderingContext2D, scene: Scene, blur: Blur): void {
  const { picture, frame, placement } = scene;
  if (picture === null) return;
  const { scale, x, y } = placement;
  blur.draw(picture, context, x, y, frame.width * scale, frame.height * scale);
}

function paintBackground(context: CanvasRenderingContext2D, scene: Scene): void {
  const { background, frame, placement } = scene;
  if (background.kind === "colour") {
    context.fillStyle = background.colour;
    fillFrame(context, scene);
    return;
  }
  const { image } = background;
  const { scale, x, y } = placement;
  const [width, height] = [frame.width * scale, frame.height * scale];
  const inside = place(image, { width, height }, "cover");
  context.drawImage(
    image,
    x + inside.x,
    y + inside.y,
    image.width * inside.scale,
    image.height * inside.scale,
  );
}

/** Nothing is painted beside the picture, where a fitted one leaves room. */
function clipToFrame(
  context: CanvasRenderingContext2D,
  { frame, placement: { scale, x, y } }: Scene,
): void {
  context.beginPath();
  context.rect(x, y, frame.width * scale, frame.height * scale);
  context.clip();
}

function fillFrame(context: CanvasRenderingContext2D, { frame, placement }: Scene): void {
  const { scale, x, y } = placement;
  context.fillRect(x, y, frame.width * scale, frame.height * scale);
}
