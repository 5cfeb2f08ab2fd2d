/** What there is to be painted, and how it is to look. */

import type { Placement } from "../core/fit.js";
import type { Ring, Size } from "../core/path.js";
import type { FrameMessage, Outline } from "../core/wire.js";
import type { Picture } from "./pictures.js";

export type Effect = "outline" | "fill" | "glow" | "spotlight" | "cutout" | "blur" | "replace";

/** What takes the background's place in "replace": a CSS colour, or a picture that covers it. */
export type Background =
  | { readonly kind: "colour"; readonly colour: string }
  | {
      readonly kind: "image";
      readonly image: CanvasImageSource & Size;
    };

/** How an outline that may be wrong is drawn. */
export interface UncertainStyle {
  /** 0 … 1. */
  readonly opacity: number;
  /** Lengths of dashes and gaps, in widths of the line; null: none. */
  readonly dash: readonly number[] | null;
}

/**
 * What is written at an object: nothing, its label, or what a function says of it; null there is
 * nothing.
 */
export type Naming = boolean | ((object: Named) => string | null);

/** What a label can be made of. */
export type Named = Omit<Outline, "rings">;

/** An outline as it is drawn: rings of many places, pixels of the camera's picture. */
export interface Drawn extends Named {
  readonly rings: readonly Ring[];
}

/** An outline that is going, and how much of it is left. */
export interface Fading {
  readonly outline: Drawn;
  readonly left: number;
}

/** What is to be seen, apart from where and how. */
export interface Subject {
  readonly frame: FrameMessage;
  /** The frame's objects as they are to be drawn. */
  readonly objects: readonly Drawn[];
  /** Objects that were lost a moment ago. */
  readonly leaving: readonly Fading[];
  /** Time since the frame's packet came: the evidence has aged by that much more. */
  readonly sinceArrivalMs: number;
  /** `performance.now()`. */
  readonly now: number;
}

export interface Scene extends Subject {
  /** What is on the screen under all this; null where it is not known. */
  readonly picture: Picture | null;
  /** Where the frame lies on the canvas, in canvas pixels. */
  readonly placement: Placement;
  /** Canvas pixels in a CSS pixel. */
  readonly density: number;
  readonly effect: Effect;
  readonly background: Background;
  readonly lineWidth: number;
  /** Track ids whose line stands out. */
  readonly emphasised: readonly number[];
  readonly uncertain: UncertainStyle;
  readonly labels: Naming;
  /** The canvas is shown mirrored: what is to be read is written so that it can be. */
  readonly mirrored: boolean;
  /** Nothing glides. */
  readonly isStill: boolean;
}
