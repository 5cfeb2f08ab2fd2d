/** Whether everything runs as it should, and what is said if it does not. Reads no clock. */

export interface Size {
  readonly width: number;
  readonly height: number;
}

/** What is seen of a session that runs, about once a second. */
export interface Vitals {
  /** The camera's picture, as the page has it. */
  readonly picture: "fine" | "black" | "frozen" | "muted";
  readonly cameraFps: number;
  /** Of the video that goes out; null where the browser does not tell. */
  readonly sentFps: number | null;
  readonly maskFps: number;
  readonly given: Size | null;
  readonly sent: Size | null;
  readonly limit: "bandwidth" | "cpu" | null;
  readonly isStale: boolean;
}

export type Ailment =
  | { readonly kind: "muted" }
  | { readonly kind: "frozen" }
  | { readonly kind: "black" }
  | { readonly kind: "stale" }
  | { readonly kind: "small"; readonly sent: Size; readonly given: Size; readonly isCpu: boolean }
  | {
      readonly kind: "slow";
      readonly where: "here" | "server";
      readonly maskFps: number;
      readonly cameraFps: number;
    };

type Kind = Ailment["kind"];

/** So long it has to last before it is worth a word: most of it passes by itself. */
const PATIENCE_MS: Readonly<Record<Kind, number>> = {
  muted: 1500,
  frozen: 1500,
  black: 2500,
  stale: 1000,
  // Browsers begin small, and grow when they know the network.
  small: 8000,
  slow: 6000,
};
/** So long it has to be well again before the word is taken back, so that it can be read. */
const RELIEF_MS = 2500;
/** A part of the camera's rate, or of its picture's side, that is good enough. */
const ENOUGH = 0.7;

export class Health {
  readonly #since = new Map<Kind, number>();
  #told: { readonly ailment: Ailment; readonly seenAt: number } | null = null;

  /** What to say now; the worst of it. */
  look(now: number, vitals: Vitals): Ailment | null {
    const ailments = ailmentsOf(vitals);
    for (const kind of this.#since.keys()) {
      if (!ailments.some((one) => one.kind === kind)) this.#since.delete(kind);
    }
    for (const { kind } of ailments) if (!this.#since.has(kind)) this.#since.set(kind, now);
    const lasting = ailments.find(
      ({ kind }) => now - (this.#since.get(kind) ?? now) >= PATIENCE_MS[kind],
    );
    const told = ailments.find(({ kind }) => kind === this.#told?.ailment.kind);
    if (lasting !== undefined) this.#told = { ailment: lasting, seenAt: now };
    else if (told !== undefined) this.#told = { ailment: told, seenAt: now };
    else if (this.#told !== null && now - this.#told.seenAt >= RELIEF_MS) this.#told = null;
    return this.#told?.ailment ?? null;
  }

  /** Nobody looks, or nothing runs: what comes after that is judged anew. */
  forget(): void {
    this.#since.clear();
    this.#told = null;
  }
}

/** The worst first: what is at the beginning of the way explains what is behind it. */
function ailmentsOf(vitals: Vitals): Ailment[] {
  const { picture, cameraFps, sentFps, maskFps, given, sent, limit, isStale } = vitals;
  const ailments: Ailment[] = [];
  if (picture !== "fine") ailments.push({ kind: picture });
  if (isStale) ailments.push({ kind: "stale" });
  if (given !== null && sent !== null && sideOf(sent) < ENOUGH * sideOf(given)) {
    ailments.push({ kind: "small", sent, given, isCpu: limit === "cpu" });
  }
  // Without a picture there is nothing to outline, and that was said.
  if (picture === "fine" && cameraFps > 0 && maskFps < ENOUGH * cameraFps) {
    const isHere = limit === "cpu" || (sentFps !== null && sentFps < ENOUGH * cameraFps);
    ailments.push({ kind: "slow", where: isHere ? "here" : "server", maskFps, cameraFps });
  }
  return ailments;
}

function sideOf({ width, height }: Size): number {
  return Math.sqrt(width * height);
}

/** Whether there is anything to be seen in a picture of RGBA bytes. */
export function isBlack(pixels: ArrayLike<number>): boolean {
  let bright = 0;
  const count = pixels.length / 4;
  for (let at = 0; at < pixels.length; at += 4) {
    const [red = 0, green = 0, blue = 0] = [pixels[at], pixels[at + 1], pixels[at + 2]];
    if (Math.max(red, green, blue) > DARK) bright++;
  }
  // A camera in the dark is never quite black: its noise is brighter than this.
  return count > 0 && bright < 0.005 * count;
}

/** Video black is 16 of 255 where the levels are not stretched. */
const DARK = 20;
