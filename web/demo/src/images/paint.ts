/** What lies over the picture: outlines, settled or on their way, and where one has touched. */

import {
  type Box,
  colourOf,
  drawPath,
  type NamedPrompt,
  parsePath,
  type Placement,
  ringsOf,
  type Settling,
  settling,
  type Size,
  trace,
} from "rtseg";

import { foundOf, type Found, type ImageState, type Numbered } from "./state.js";

/** So long a fine outline takes to settle out of its coarse one. */
export const SETTLE_MS = 520;
/** One step of the dashes around what is looked for. */
const MARCH_MS = 28;
const LINE = 2.6;
/** Of the line around what is pointed at. */
const EMPHASIS = 1.5;

export interface Scene {
  readonly state: ImageState;
  readonly placement: Placement;
  /** Canvas pixels in a CSS pixel. */
  readonly density: number;
  readonly now: number;
  /** Nothing moves by itself. */
  readonly isStill: boolean;
}

/** Paint everything that is known; says whether it goes on moving. */
export function paintOutlines(context: CanvasRenderingContext2D, scene: Scene): boolean {
  const { state, now, isStill } = scene;
  const { list, outcomes, picture } = state;
  if (picture === null) return false;
  let isMoving = false;
  for (const prompt of list.prompts) {
    const outcome = outcomes.get(prompt.id);
    const found = foundOf(outcome);
    const isOld = outcome?.kind !== "found";
    for (const [index, one] of (found?.instances ?? []).entries()) {
      const since = found === null || isStill ? Infinity : now - found.at;
      // The first instance is the one whose coarse path came.
      const isSettling = since < SETTLE_MS && !isOld;
      isMoving ||= isSettling;
      const path =
        isSettling && found !== null
          ? settlingPath(found, one, index, ease(since / SETTLE_MS), picture)
          : finePath(one, picture);
      const isPointed =
        state.hovered === one.number || (state.hovered === null && state.pointed === prompt.id);
      paintShape(context, scene, one, path, { isOld, isPointed });
    }
    if (outcome?.kind === "looking") {
      paintSearch(context, scene, outcome);
      isMoving ||= !isStill;
    }
  }
  const selected = list.prompts.find(({ id }) => id === state.selected);
  if (selected) paintTouches(context, scene, selected);
  return isMoving;
}

const fine = new WeakMap<Numbered, Path2D>();
const moving = new WeakMap<Numbered, Settling>();

/** An instance's outline in pixels of the picture, of whatever size it was sent. */
export function finePath(one: Numbered, size: Size): Path2D {
  let path = fine.get(one);
  if (path === undefined) {
    path = new Path2D();
    drawPath(one.path, one.bbox, size, path);
    fine.set(one, path);
  }
  return path;
}

function settlingPath(
  { coarse }: Found,
  one: Numbered,
  index: number,
  progress: number,
  size: Size,
): Path2D {
  let rings = moving.get(one);
  if (rings === undefined) {
    const from =
      coarse !== null && index === 0
        ? ringsOf(parsePath(coarse.path, true), coarse.bbox, size)
        : [boxRing(one.bbox, size)];
    rings = settling(from, ringsOf(parsePath(one.path), one.bbox, size));
    moving.set(one, rings);
  }
  const path = new Path2D();
  trace(rings(progress), path);
  return path;
}

function boxRing({ xMin, yMin, xMax, yMax }: Box, { width, height }: Size): number[] {
  const [left, right, top, bottom] = [xMin * width, xMax * width, yMin * height, yMax * height];
  return [left, top, left, bottom, right, bottom, right, top];
}

/** Fast at first, then slower: it comes to rest. */
function ease(progress: number): number {
  return 1 - (1 - Math.min(1, progress)) ** 3;
}

function onCanvas(path: Path2D, { placement: { scale, x, y } }: Scene): Path2D {
  const placed = new Path2D();
  placed.addPath(path, { a: scale, d: scale, e: x, f: y });
  return placed;
}

function paintShape(
  context: CanvasRenderingContext2D,
  scene: Scene,
  one: Numbered,
  path: Path2D,
  { isOld, isPointed }: { isOld: boolean; isPointed: boolean },
): void {
  const { state, density } = scene;
  const isOther = !isPointed && (state.hovered !== null || state.pointed !== null);
  const isChosen = state.chosen === one.number;
  const colour = colourOf(one.number);
  const width = LINE * density * (isPointed || isChosen ? EMPHASIS : 1);
  const placed = onCanvas(path, scene);
  context.save();
  context.globalAlpha = (isPointed ? 0.5 : isOther ? 0.08 : 0.24) * (isOld ? 0.5 : 1);
  context.fillStyle = colour;
  context.fill(placed);
  context.globalAlpha = isOther ? 0.55 : 1;
  context.lineJoin = "round";
  if (isOld) context.setLineDash([width * 3, width * 2.4]);
  // A dark line under the bright one holds against snow as against night.
  context.strokeStyle = "rgb(0 0 0 / 55%)";
  context.lineWidth = width * 1.9;
  context.stroke(placed);
  context.strokeStyle = colour;
  context.lineWidth = width;
  context.stroke(placed);
  context.restore();
}

function paintSearch(
  context: CanvasRenderingContext2D,
  scene: Scene,
  { bbox, path }: { bbox: Box | null; path: string },
): void {
  const { state, density, now, isStill } = scene;
  if (bbox === null || state.picture === null) return;
  const box = new Path2D();
  trace([boxRing(bbox, state.picture)], box);
  const coarse = new Path2D();
  if (path !== "") drawPath(path, bbox, state.picture, coarse, true);
  context.save();
  context.setLineDash([7 * density, 5 * density]);
  context.lineDashOffset = isStill ? 0 : (-now / MARCH_MS) * density;
  context.globalAlpha = path === "" ? 0.95 : 0.5;
  line(context, onCanvas(box, scene), 1.8 * density);
  context.restore();
  context.save();
  context.lineJoin = "round";
  line(context, onCanvas(coarse, scene), 2.2 * density);
  context.restore();
}

function line(context: CanvasRenderingContext2D, path: Path2D, width: number): void {
  context.strokeStyle = "rgb(0 0 0 / 60%)";
  context.lineWidth = width * 2;
  context.stroke(path);
  context.strokeStyle = "#fff";
  context.lineWidth = width;
  context.stroke(path);
}

/** Where the selected prompt was touched: what there is to correct. */
function paintTouches(context: CanvasRenderingContext2D, scene: Scene, prompt: NamedPrompt): void {
  const { placement, density, state } = scene;
  if (state.picture === null) return;
  const { width, height } = state.picture;
  const at = (x: number, y: number): [number, number] => [
    placement.x + x * width * placement.scale,
    placement.y + y * height * placement.scale,
  ];
  context.save();
  if (prompt.box) {
    const { xMin, yMin, xMax, yMax } = prompt.box;
    const [left, top] = at(xMin, yMin);
    const [right, bottom] = at(xMax, yMax);
    const box = new Path2D();
    box.rect(left, top, right - left, bottom - top);
    context.globalAlpha = 0.8;
    context.setLineDash([2 * density, 4 * density]);
    line(context, box, 1.4 * density);
  }
  context.restore();
  for (const { x, y, positive = true } of prompt.points ?? []) {
    const [cx, cy] = at(x, y);
    context.save();
    context.beginPath();
    context.arc(cx, cy, 7 * density, 0, 2 * Math.PI);
    context.fillStyle = positive ? "#fff" : "#ff7a59";
    context.strokeStyle = "rgb(0 0 0 / 65%)";
    context.lineWidth = 1.5 * density;
    context.fill();
    context.stroke();
    context.beginPath();
    context.moveTo(cx - 3.2 * density, cy);
    context.lineTo(cx + 3.2 * density, cy);
    if (positive) {
      context.moveTo(cx, cy - 3.2 * density);
      context.lineTo(cx, cy + 3.2 * density);
    }
    context.strokeStyle = "#14150f";
    context.lineWidth = 1.8 * density;
    context.stroke();
    context.restore();
  }
}
