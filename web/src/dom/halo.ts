/**
 * The light around lines that glow: strokes on strokes, each wider and fainter, on a small canvas
 * that is drawn large. So it costs a fraction of what it would at full size, and scaling melts the
 * strokes into one soft light, where the canvas's own blur would go over the whole picture.
 */

import { bounds, type Size } from "../core/path.js";
import { widthOf } from "./lines.js";
import { colourOf } from "./palette.js";
import type { Scene } from "./scene.js";
import type { Shape } from "./shapes.js";

/** CSS pixels in one of the small canvas, along each side. */
const COARSE = 4;
/** Widths, in those of the line, and how much light each adds. */
const LIGHT = [
  [11, 0.08],
  [7.4, 0.13],
  [4.6, 0.2],
  [2.6, 0.34],
] as const;

export class Halo {
  #canvas: HTMLCanvasElement | null = null;

  draw(target: CanvasRenderingContext2D, shapes: readonly Shape[], scene: Scene): void {
    const canvas = (this.#canvas ??= document.createElement("canvas"));
    const coarse = COARSE * scene.density;
    const width = Math.ceil(target.canvas.width / coarse);
    const height = Math.ceil(target.canvas.height / coarse);
    if (canvas.width !== width || canvas.height !== height) {
      canvas.width = width;
      canvas.height = height;
    }
    const context = canvas.getContext("2d");
    if (context === null) return;
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.clearRect(0, 0, width, height);
    context.scale(1 / coarse, 1 / coarse);
    context.lineJoin = "round";
    for (const one of shapes) {
      context.strokeStyle = colourOf(one.object.trackId);
      for (const [share, light] of LIGHT) {
        context.globalAlpha = light * one.certainty;
        context.lineWidth = share * widthOf(one, scene);
        context.stroke(one.path);
      }
    }
    const lit = litBy(shapes, scene, coarse, { width, height });
    if (lit === null) return;
    const [x, y, wide, high] = lit;
    target.drawImage(
      canvas,
      ...lit,
      ...([x * coarse, y * coarse, wide * coarse, high * coarse] as const),
    );
  }
}

/** Where on the small canvas there is light: x, y, width and height. To draw it all takes longer. */
function litBy(
  shapes: readonly Shape[],
  { placement: { scale, x, y }, lineWidth, density }: Scene,
  coarse: number,
  { width, height }: Size,
): [number, number, number, number] | null {
  const box = bounds(shapes.flatMap(({ object }) => object.rings));
  if (box === null) return null;
  // Half of the widest, of a line that stands out.
  const reach = LIGHT[0][0] * lineWidth * density;
  const left = Math.max(0, Math.floor((box.xMin * scale + x - reach) / coarse));
  const top = Math.max(0, Math.floor((box.yMin * scale + y - reach) / coarse));
  const right = Math.min(width, Math.ceil((box.xMax * scale + x + reach) / coarse));
  const bottom = Math.min(height, Math.ceil((box.yMax * scale + y + reach) / coarse));
  return left < right && top < bottom ? [left, top, right - left, bottom - top] : null;
}
