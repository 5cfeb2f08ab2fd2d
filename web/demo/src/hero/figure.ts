/**
 * The picture of the first screen: a camera's dots on one side, one line around them on the other.
 *
 * Nothing is recorded. Someone is described as a field of distances, the dots sample it as pixels
 * do, and the line is traced from it and drawn with the library's own curve.
 */

import { type Ring, traceRounded } from "rtseg";

import { contour } from "./contour.js";
import { distance, pose } from "./pose.js";

/** CSS pixels between two dots; one sample of the field for each. */
const PITCH = 11;
const FRAME_MS = 33;

export function startFigure(canvas: HTMLCanvasElement, tag: HTMLElement): { stop(): void } {
  const still = matchMedia("(prefers-reduced-motion: reduce)");
  let request = 0;
  let drawnAt = -Infinity;
  const draw = (now: number) => {
    // The outline keeps the rate of a camera; more would only warm the machine.
    if (now - drawnAt > FRAME_MS - 4) {
      drawnAt = now;
      paint(canvas, tag, still.matches ? 0.9 : now / 1000);
    }
    if (!still.matches) request = requestAnimationFrame(draw);
  };
  const restart = () => {
    cancelAnimationFrame(request);
    drawnAt = -Infinity;
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

function paint(canvas: HTMLCanvasElement, tag: HTMLElement, seconds: number): void {
  const { clientWidth: width, clientHeight: height } = canvas;
  const context = canvas.getContext("2d");
  if (context === null || width === 0 || height === 0) return;
  const density = Math.min(2, window.devicePixelRatio || 1);
  if (canvas.width !== Math.round(width * density)) canvas.width = Math.round(width * density);
  if (canvas.height !== Math.round(height * density)) canvas.height = Math.round(height * density);
  const style = getComputedStyle(canvas);
  const limbs = pose(seconds);
  const size = Math.min(height * 0.97, width * 1.05);
  const [middleX, middleY] = [width * 0.46, height - size / 2];

  const columns = Math.ceil(width / PITCH) + 1;
  const rows = Math.ceil(height / PITCH) + 1;
  const field = new Float32Array(columns * rows);
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      const [x, y] = [(column * PITCH - middleX) / size, (row * PITCH - middleY) / size];
      field[row * columns + column] = distance(limbs, x, y) * size;
    }
  }

  context.setTransform(density, 0, 0, density, 0, 0);
  context.clearRect(0, 0, width, height);
  paintDots(context, field, columns, style.color);
  const rings = contour(field, columns, rows).map((ring) => Array.from(ring, (v) => v * PITCH));
  paintLine(context, rings, style.fill, style.stroke);

  // A packet header, a record header, and steps of one byte each way: docs/wire.md.
  const bytes = rings.reduce((sum, ring) => sum + 2 + ring.length, 17);
  tag.textContent = `person · ${bytes} bytes`;
  // Between head and hand where there is room, beside the head where there is not.
  const isRoomy = 0.24 * size > tag.offsetWidth;
  const tagX = isRoomy ? middleX + 0.15 * size : middleX - 0.17 * size - tag.offsetWidth;
  const tagY = middleY - (isRoomy ? 0.15 : 0.34) * size;
  tag.style.translate = `${Math.max(8, tagX)}px ${tagY}px`;
}

/** A halftone: the deeper inside, the larger the dot; outside, the faint grid of the sensor. */
function paintDots(
  context: CanvasRenderingContext2D,
  field: Float32Array,
  columns: number,
  colour: string,
): void {
  context.fillStyle = colour;
  const dots = (isInside: boolean, alpha: number) => {
    context.globalAlpha = alpha;
    context.beginPath();
    field.forEach((value, index) => {
      if (value < 0 !== isInside) return;
      const depth = Math.min(1, -value / 60);
      const radius = isInside ? 1.5 + 2.6 * Math.sqrt(depth) : 0.9;
      const [x, y] = [(index % columns) * PITCH, Math.floor(index / columns) * PITCH];
      context.moveTo(x + radius, y);
      context.arc(x, y, radius, 0, 2 * Math.PI);
    });
    context.fill();
  };
  dots(false, 0.16);
  dots(true, 0.88);
  context.globalAlpha = 1;
}

function paintLine(
  context: CanvasRenderingContext2D,
  rings: readonly Ring[],
  line: string,
  halo: string,
): void {
  context.beginPath();
  traceRounded(rings, PITCH / 4, context);
  context.lineJoin = "round";
  context.strokeStyle = halo;
  context.lineWidth = 8.5;
  context.stroke();
  context.strokeStyle = line;
  context.lineWidth = 4.5;
  context.stroke();
}
