/** The picture of the first screen: a line goes round one thing after the other. */

import { colourOf, place } from "rtseg";

import { paintStillLife, SAMPLE_SIZE, THINGS } from "./sample.js";

const TURN_MS = 2600;
/** Of a turn: the line is drawn, and then it stands. */
const DRAWN = 0.55;
/** Longer than any of the outlines, in pixels of the picture. */
const LONGEST_PX = 1500;

export function startHero(canvas: HTMLCanvasElement, tag: HTMLElement): { stop(): void } {
  const still = matchMedia("(prefers-reduced-motion: reduce)");
  const picture = new OffscreenCanvas(SAMPLE_SIZE.width, SAMPLE_SIZE.height);
  const brush = picture.getContext("2d");
  if (brush !== null) paintStillLife(brush);
  let request = 0;
  const draw = (now: number) => {
    paint(canvas, tag, picture, still.matches ? null : now / TURN_MS);
    if (!still.matches) request = requestAnimationFrame(draw);
  };
  const restart = () => {
    cancelAnimationFrame(request);
    request = requestAnimationFrame(draw);
  };
  const resized = new ResizeObserver(restart);
  resized.observe(canvas);
  still.addEventListener("change", restart);
  return {
    stop() {
      cancelAnimationFrame(request);
      resized.disconnect();
      still.removeEventListener("change", restart);
    },
  };
}

/** @param turns since the beginning; null: nothing moves. */
function paint(
  canvas: HTMLCanvasElement,
  tag: HTMLElement,
  picture: OffscreenCanvas,
  turns: number | null,
): void {
  const { clientWidth: width, clientHeight: height } = canvas;
  const context = canvas.getContext("2d");
  if (context === null || width === 0 || height === 0) return;
  const density = Math.min(2, window.devicePixelRatio || 1);
  if (canvas.width !== Math.round(width * density)) canvas.width = Math.round(width * density);
  if (canvas.height !== Math.round(height * density)) canvas.height = Math.round(height * density);
  const { scale, x, y } = place(SAMPLE_SIZE, { width, height }, "cover");
  context.setTransform(scale * density, 0, 0, scale * density, x * density, y * density);
  context.imageSmoothingQuality = "high";
  context.drawImage(picture, 0, 0);
  const current = turns === null ? 0 : Math.floor(turns) % THINGS.length;
  const progress = turns === null ? 1 : Math.min(1, (turns % 1) / DRAWN);
  const eased = 1 - (1 - progress) ** 3;
  const thing = THINGS[current];
  if (thing === undefined) return;
  context.lineJoin = "round";
  context.lineCap = "round";
  context.setLineDash([LONGEST_PX * 1.6 * eased, LONGEST_PX * 4]);
  context.strokeStyle = "rgb(0 0 0 / 55%)";
  context.lineWidth = 9 / Math.max(scale, 0.6);
  context.stroke(thing.outline);
  context.strokeStyle = colourOf(current + 1);
  context.lineWidth = 4.5 / Math.max(scale, 0.6);
  context.stroke(thing.outline);
  context.setLineDash([]);
  context.globalAlpha = 0.25 * Math.max(0, progress * 2 - 1);
  context.fillStyle = colourOf(current + 1);
  context.fill(thing.outline);
  context.globalAlpha = 1;
  const [tagX, tagY] = TAGS[current] ?? [0, 0];
  tag.textContent = thing.name;
  tag.style.translate = `${x + tagX * scale}px ${y + tagY * scale}px`;
}

/** Above each thing, in pixels of the picture. */
const TAGS: readonly (readonly [number, number])[] = [
  [640, 236],
  [880, 366],
  [180, 410],
];
