/** How an overlay looks. */

import type { Fit } from "../core/fit.js";
import type { Showing } from "../core/presentation.js";
import type { Background, Effect, Naming, UncertainStyle } from "./scene.js";

export interface OverlayOptions {
  effect?: Effect;
  background?: Background;
  /** As the video's `object-fit`. */
  fit?: Fit;
  /** Show video and outlines as in a mirror. */
  mirrored?: boolean;
  /** CSS pixels. */
  lineWidth?: number;
  /** Track ids of the objects whose line is to stand out. */
  emphasised?: readonly number[];
  /** How an outline looks whose `standing` says that it may be wrong. */
  uncertain?: UncertainStyle;
  /** Each picture at once, or held back until its own outlines have come. */
  showing?: Showing;
  /**
   * Live, whether pictures are looked at to lead outlines on to them; else they go by their own
   * motion alone, as they do where a page may not read the video's pixels.
   */
  looking?: boolean;
  /** In step, no picture is held back for longer; in milliseconds. */
  maxHoldMs?: number;
  /** What is written at each object: its label, or what a function makes of it. */
  labels?: Naming;
  /**
   * How much outlines are kept from trembling, 0 … 1. What moves is not held back by it, and nothing
   * is drawn further than 2.5 camera pixels from where it belongs.
   */
  calm?: number;
  /** So long an object that is lost fades, in milliseconds; 0 for not at all. */
  fadeMs?: number;
}

export const DEFAULTS: Required<OverlayOptions> = {
  effect: "outline",
  background: { kind: "colour", colour: "#1b4dff" },
  fit: "contain",
  mirrored: false,
  lineWidth: 3,
  emphasised: [],
  uncertain: { opacity: 0.55, dash: [3, 2.6] },
  showing: "live",
  looking: true,
  maxHoldMs: 600,
  labels: false,
  calm: 0.5,
  fadeMs: 250,
};
