/** Lines around things: plain, glowing, and those of a box. */

import { colourOf } from "./palette.js";
import type { Drawn, Scene } from "./scene.js";
import type { Shape } from "./shapes.js";

/** Of the line around an object that is selected or pointed at. */
const EMPHASIS = 1.6;
/** Of the line of a box. */
const BOX = 0.5;
const BOX_CORNER_PX = 6;
/**
 * Dark lines under the bright one, so many times as wide. The outer one stands in for a shadow: the
 * canvas's own, a blur of the whole picture, took nine tenths of the time without a graphics card.
 */
const SHADE = [
  [3.1, "rgb(0 0 0 / 9%)"],
  [1.9, "rgb(0 0 0 / 46%)"],
] as const;
/** The hottest part of a glowing line is white, and so much of its width. */
const CORE = 0.5;

/** The line around one thing. A dark line under it, with a soft edge, holds against any picture. */
export function stroke(context: CanvasRenderingContext2D, one: Shape, scene: Scene): void {
  const slim = scene.effect === "spotlight" ? 0.6 : 1;
  const width = widthOf(one, scene) * slim;
  context.save();
  prepare(context, one, width);
  for (const [share, colour] of SHADE) line(context, one, colour, width * share);
  line(context, one, colourOf(one.object.trackId), width);
  context.restore();
}

/** The line itself of one that glows. */
export function strokeHot(context: CanvasRenderingContext2D, one: Shape, scene: Scene): void {
  const width = widthOf(one, scene);
  context.save();
  prepare(context, one, width);
  line(context, one, colourOf(one.object.trackId), width * 1.25);
  line(context, one, "rgb(255 255 255 / 88%)", width * CORE);
  context.restore();
}

/** Something was found, and its outline is on its way: thin, dashed, and standing still. */
export function strokeBox(context: CanvasRenderingContext2D, one: Drawn, scene: Scene): void {
  const { scale, x, y } = scene.placement;
  const [left = 0, top = 0, , bottom = 0, right = 0] = Array.from(one.rings[0] ?? []);
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

export function widthOf(one: Shape, { lineWidth, emphasised, density }: Scene): number {
  return lineWidth * (emphasised.includes(one.object.trackId) ? EMPHASIS : 1) * density;
}

function prepare(context: CanvasRenderingContext2D, one: Shape, width: number): void {
  context.lineJoin = "round";
  context.lineCap = "round";
  if (one.dash !== null) context.setLineDash(one.dash.map((length) => width * length));
  context.globalAlpha = one.certainty;
}

function line(context: CanvasRenderingContext2D, one: Shape, colour: string, width: number): void {
  context.strokeStyle = colour;
  context.lineWidth = width;
  context.stroke(one.path);
}
