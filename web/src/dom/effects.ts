/**
 * What is painted over the video. The canvas lies above it, so the object itself is not drawn:
 * effects that change the background paint it everywhere and cut the object out, and the video
 * shows through in its own full resolution. Only a cut-out, which has nothing around it, has to be
 * drawn whole, with the video out of sight.
 */

import { Blur } from "./blur.js";
import { Halo } from "./halo.js";
import { stroke, strokeBox, strokeHot } from "./lines.js";
import { colourOf } from "./palette.js";
import type { Effect, Scene } from "./scene.js";
import { type Shape, shapeOf } from "./shapes.js";
import { cover, cutOut, dim, paintBackground, paintBlurred, paintPicture } from "./surroundings.js";
import { Tags } from "./tags.js";

/** Whether an effect shows the camera's picture itself, and so is another one with each of them. */
export function showsPicture(effect: Effect): boolean {
  return effect === "blur" || effect === "cutout";
}

/** Paints scene after scene on one canvas. */
export class Effects {
  readonly #blur: Pick<Blur, "draw">;
  readonly #halo = new Halo();
  readonly #tags = new Tags();

  constructor(blur: Pick<Blur, "draw"> = new Blur()) {
    this.#blur = blur;
  }

  /** Whether the next scene would differ even if nothing else did. */
  get isMoving(): boolean {
    return this.#tags.isMoving;
  }

  /**
   * Paint a scene on a cleared canvas.
   *
   * @param withPicture also paint what the effect leaves of the camera's picture.
   */
  paint(context: CanvasRenderingContext2D, scene: Scene, withPicture = false): void {
    const visible = scene.objects.filter(({ rings }) => rings.length > 0);
    // A box is not what the thing looks like: nothing is tinted or cut out by it.
    const shapes = visible.filter(({ stage }) => stage !== "box").map((o) => shapeOf(o, scene));
    const leaving = scene.leaving.map(({ outline, left }) => ({
      ...shapeOf(outline, scene),
      certainty: left * scene.uncertain.opacity,
    }));
    context.save();
    clipToFrame(context, scene);
    this.#surround(context, scene, shapes);
    if (scene.effect === "cutout") paintPicture(context, scene, "source-out");
    else if (withPicture) paintPicture(context, scene, "destination-over");
    const marked = [...leaving, ...shapes];
    if (scene.effect === "glow") this.#halo.draw(context, marked, scene);
    for (const one of marked) mark(context, one, scene);
    for (const one of visible) if (one.stage === "box") strokeBox(context, one, scene);
    this.#tags.paint(context, scene, visible);
    context.restore();
  }

  #surround(context: CanvasRenderingContext2D, scene: Scene, shapes: readonly Shape[]): void {
    switch (scene.effect) {
      case "outline":
      case "fill":
      case "glow":
        return;
      case "spotlight":
        dim(context, scene);
        break;
      case "cutout":
        cover(context, scene);
        break;
      case "blur":
        paintBlurred(context, scene, this.#blur);
        break;
      case "replace":
        paintBackground(context, scene);
        break;
    }
    cutOut(context, shapes, scene);
  }
}

function mark(context: CanvasRenderingContext2D, one: Shape, scene: Scene): void {
  switch (scene.effect) {
    case "fill":
      tint(context, one, 0.42);
      stroke(context, one, scene);
      break;
    case "glow":
      tint(context, one, 0.1);
      strokeHot(context, one, scene);
      break;
    case "outline":
    case "spotlight":
      stroke(context, one, scene);
      break;
    case "cutout":
    case "blur":
    case "replace":
      // A line around someone in front of a blurred room would say "software".
      break;
  }
}

function tint(context: CanvasRenderingContext2D, one: Shape, alpha: number): void {
  context.save();
  context.globalAlpha = alpha * one.certainty;
  context.fillStyle = colourOf(one.object.trackId);
  context.fill(one.path);
  context.restore();
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
