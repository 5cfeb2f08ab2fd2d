import { place } from "../src/core/fit.js";
import type { FrameMessage } from "../src/core/wire.js";
import { Blur } from "../src/dom/blur.js";
import { paintScene } from "../src/dom/effects.js";

export interface Drawn {
  readonly width: number;
  readonly height: number;
  /** For each frame: building its paths and telling the canvas of them, which is the page's time. */
  readonly tellMs: readonly number[];
  /** The same until it is painted: a pixel is read back, so that nothing is put off. */
  readonly paintMs: readonly number[];
}

const WARM_UP = 30;

/** Paint frames as the overlay does, tinted and outlined. */
export function timeDrawing(
  frames: readonly FrameMessage[],
  [width, height]: readonly [number, number],
): Drawn {
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [width, height];
  document.body.append(canvas);
  const context = canvas.getContext("2d");
  if (context === null) throw new Error("this browser gives no 2d canvas");
  const blur = new Blur();
  const tellMs: number[] = [];
  const paintMs: number[] = [];
  const paint = (frame: FrameMessage) => {
    const start = performance.now();
    context.clearRect(0, 0, width, height);
    paintScene(
      context,
      {
        picture: null,
        frame,
        placement: place(frame, { width, height }, "cover"),
        density: 1,
        effect: "fill",
        background: { kind: "colour", colour: "#000" },
        lineWidth: 3,
        emphasised: [],
        uncertain: { opacity: 1, dash: null },
        leaving: [],
        sinceArrivalMs: 0,
      },
      blur,
    );
    tellMs.push(performance.now() - start);
    context.getImageData(0, 0, 1, 1);
    paintMs.push(performance.now() - start);
  };
  frames.slice(0, WARM_UP).forEach(paint);
  tellMs.length = paintMs.length = 0;
  frames.forEach(paint);
  canvas.remove();
  return { width, height, tellMs, paintMs };
}
