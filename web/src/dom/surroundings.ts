/** What is painted around the things: everywhere, before they are cut out of it. */

import { place } from "../core/fit.js";
import type { Blur } from "./blur.js";
import type { Scene } from "./scene.js";
import type { Shape } from "./shapes.js";

const DIM = "rgb(8 10 14 / 66%)";
/**
 * How soft the edge of what is cut out is: strokes along it, each so many CSS pixels wide, of which
 * each takes so much away. The canvas's own shadow would be a blur of the whole picture.
 */
const FEATHER = [
  [5, 0.22],
  [3.4, 0.3],
  [1.8, 0.42],
] as const;

export function dim(context: CanvasRenderingContext2D, scene: Scene): void {
  context.fillStyle = DIM;
  fillFrame(context, scene);
}

export function paintBlurred(
  context: CanvasRenderingContext2D,
  scene: Scene,
  blur: Pick<Blur, "draw">,
): void {
  const { picture, frame, placement } = scene;
  const { scale, x, y } = placement;
  if (picture === null) return;
  blur.draw(picture, context, x, y, frame.width * scale, frame.height * scale);
}

export function paintBackground(context: CanvasRenderingContext2D, scene: Scene): void {
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

/** Opaque, whatever its colour: the picture takes its place only where it is cut. */
export function cover(context: CanvasRenderingContext2D, scene: Scene): void {
  context.fillStyle = "#000";
  fillFrame(context, scene);
}

/** One object at a time: where two overlap, both show. */
export function cutOut(
  context: CanvasRenderingContext2D,
  shapes: readonly Shape[],
  { density }: Scene,
): void {
  context.save();
  context.globalCompositeOperation = "destination-out";
  context.lineJoin = "round";
  context.fillStyle = context.strokeStyle = "#000";
  for (const { path } of shapes) {
    context.fill(path);
    for (const [width, share] of FEATHER) {
      context.globalAlpha = share;
      context.lineWidth = width * density;
      context.stroke(path);
    }
    context.globalAlpha = 1;
  }
  context.restore();
}

/** Draw the camera's picture over the whole frame. */
export function paintPicture(
  context: CanvasRenderingContext2D,
  { picture, frame, placement: { scale, x, y } }: Scene,
  operation: GlobalCompositeOperation,
): void {
  if (picture === null) return;
  context.save();
  context.globalCompositeOperation = operation;
  context.drawImage(picture.image, x, y, frame.width * scale, frame.height * scale);
  context.restore();
}

function fillFrame(context: CanvasRenderingContext2D, { frame, placement }: Scene): void {
  const { scale, x, y } = placement;
  context.fillRect(x, y, frame.width * scale, frame.height * scale);
}
