/** What can be asked of a camera, and what it says that it gives. Pure. */

import type { CameraWishes, Facing, Given } from "rtseg";

export interface Choice {
  readonly value: string;
  readonly text: string;
}

const SIZES: readonly (readonly [number, number])[] = [
  [640, 360],
  [640, 480],
  [1280, 720],
  [1920, 1080],
];
const RATES = [30, 60];
/** What is asked for where nobody says; the library's own. */
const USUAL = { width: 1280, height: 720, fps: 30 };

export function sizeOf({ width = USUAL.width, height = USUAL.height }: CameraWishes): string {
  return `${width}x${height}`;
}

export function rateOf({ fps = USUAL.fps }: CameraWishes): string {
  return String(fps);
}

/** Sizes that the camera has, and the one that is wished for, whether it has it or not. */
export function sizeChoices(wishes: CameraWishes, most: Given | null): Choice[] {
  const { width = USUAL.width, height = USUAL.height } = wishes;
  const has = ([wide, high]: readonly [number, number]) =>
    most === null || (wide <= Math.max(most.width, 1) && high <= Math.max(most.height, 1));
  const fitting = SIZES.filter(has);
  const isKnown = fitting.some(([wide, high]) => wide === width && high === height);
  const all = isKnown ? fitting : [...fitting, [width, height] as const];
  return [...all]
    .sort((a, b) => a[0] * a[1] - b[0] * b[1])
    .map(([wide, high]) => ({ value: `${wide}x${high}`, text: sizeName(wide, high) }));
}

/** "720p", where that says it; the panel has the whole of it. */
function sizeName(wide: number, high: number): string {
  const isUsual = SIZES.some(([width, height]) => width === wide && height === high);
  return isUsual ? `${high}p` : `${wide} × ${high}`;
}

export function rateChoices({ fps = USUAL.fps }: CameraWishes, most: Given | null): Choice[] {
  const limit = most?.fps ?? Infinity;
  const all = [...new Set([...RATES.filter((rate) => rate <= limit + 0.5), fps])];
  return all
    .sort((a, b) => a - b)
    .map((rate) => ({ value: String(rate), text: `${rate} a second` }));
}

export function parseSize(value: string): { width: number; height: number } | null {
  const [width, height] = value.split("x").map(Number);
  return width && height ? { width, height } : null;
}

/** What comes, in words, beside what was asked for if that is something else. */
export function givenText(given: Given | null, wishes: CameraWishes): string {
  if (given === null) return "";
  const { width = USUAL.width, height = USUAL.height, fps } = wishes;
  const rate = given.fps === null ? "" : `, ${Math.round(given.fps)} a second`;
  const gives = `The camera gives ${given.width} × ${given.height}${rate}.`;
  const [long, short] = [Math.max(given.width, given.height), Math.min(given.width, given.height)];
  const isSize = long === Math.max(width, height) && short === Math.min(width, height);
  const isRate = fps === undefined || given.fps === null || Math.abs(given.fps - fps) <= 1;
  if (isSize && isRate) return gives;
  return `${gives} That is as near as it comes to what was asked for.`;
}

/**
 * Which sides there are to choose from: phones have a camera on either, and name many more.
 *
 * @param isHeld the device is one that is held in a hand.
 */
export function sides(labels: readonly string[], isHeld: boolean): readonly Facing[] {
  if (labels.length < 2) return [];
  const names = (pattern: RegExp) => labels.some((label) => pattern.test(label));
  const isNamed = names(/\b(front|user|selfie)\b/i) && names(/\b(back|rear|environment)\b/i);
  return isNamed || isHeld ? ["user", "environment"] : [];
}

/** A name that can be read, for a camera that has none until it is allowed. */
export function cameraName(label: string, index: number): string {
  // Chromium adds the numbers of the maker and of the thing: "HD Camera (046d:0825)".
  return label.replace(/\s*\([0-9a-f]{4}:[0-9a-f]{4}\)$/i, "").trim() || `Camera ${index + 1}`;
}
