import { place } from "../src/core/fit.js";
import type { FrameMessage } from "../src/core/wire.js";
import { Effects } from "../src/dom/effects.js";
import { DEFAULTS } from "../src/dom/options.js";
import type { Picture } from "../src/dom/pictures.js";
import type { Effect } from "../src/dom/scene.js";
import { Subjects } from "../src/dom/subjects.js";

export interface Drawn {
  readonly width: number;
  readonly height: number;
  readonly effect: Effect | "label";
  /** For each frame: building its paths and telling the canvas of them, which is the page's time. */
  readonly tellMs: readonly number[];
  /** The same until it is painted: a pixel is read back, so that nothing is put off. */
  readonly paintMs: readonly number[];
}

const WARM_UP = 30;
const FRAME_MS = 33;

/** "label" is an outline with a label at each object. */
export const DRAWN = [
  "fill",
  "outline",
  "glow",
  "label",
  "spotlight",
  "cutout",
  "blur",
  "replace",
] as const;

/** Paint frames as the overlay does: smooth, calm, and with an effect. */
export function timeDrawing(
  frames: readonly FrameMessage[],
  [width, height]: readonly [number, number],
  effect: Effect | "label",
): Drawn {
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [width, height];
  document.body.append(canvas);
  const context = canvas.getContext("2d");
  if (context === null) throw new Error("this browser gives no 2d canvas");
  const [effects, subjects, picture] = [new Effects(), new Subjects(), noise(640, 360)];
  const tellMs: number[] = [];
  const paintMs: number[] = [];
  const isLabelled = effect === "label";
  const options = {
    ...DEFAULTS,
    effect: isLabelled ? ("outline" as const) : effect,
    labels: isLabelled && (({ trackId }: { trackId: number }) => `person ${trackId}`),
  };
  let now = 0;
  const paint = (frame: FrameMessage) => {
    now += FRAME_MS;
    const start = performance.now();
    context.clearRect(0, 0, width, height);
    const subject = subjects.take(frame, frame, now, now, options);
    if (subject === null) return;
    const placement = place(frame, { width, height }, "cover");
    const view = { placement, density: 1, isStill: false, picture };
    effects.paint(context, { ...options, ...subject, ...view });
    tellMs.push(performance.now() - start);
    context.getImageData(0, 0, 1, 1);
    paintMs.push(performance.now() - start);
  };
  frames.slice(0, WARM_UP).forEach(paint);
  tellMs.length = paintMs.length = 0;
  frames.forEach(paint);
  canvas.remove();
  return { width, height, effect, tellMs, paintMs };
}

/** A picture that no part of a browser can make light of. */
function noise(width: number, height: number): Picture {
  const image = document.createElement("canvas");
  [image.width, image.height] = [width, height];
  const pixels = new ImageData(width, height);
  for (let at = 0; at < pixels.data.length; at++) pixels.data[at] = (at * 2654435761) >>> 24;
  image.getContext("2d")?.putImageData(pixels, 0, 0);
  return { image, width, height };
}
