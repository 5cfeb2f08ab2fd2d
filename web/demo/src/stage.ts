/** Video and outlines, filling the window. */

import { element, mark } from "./element.js";
import type { Store } from "./store.js";
import { TOUCH_WORDS } from "./words.js";

export interface StageView {
  readonly root: HTMLElement;
  readonly video: HTMLVideoElement;
  readonly canvas: HTMLCanvasElement;
  /** Lies over the picture, takes what hands do, and shows that it was felt. */
  readonly glass: HTMLElement;
}

export function stage(): StageView {
  const video = element("video", { class: "stage-video", playsinline: true, muted: true });
  // The attribute alone does not mute an element that a script made.
  video.muted = true;
  const canvas = element("canvas", { class: "stage-canvas", "aria-hidden": "true" });
  const glass = element("div", {
    class: "glass",
    role: "application",
    tabindex: 0,
    "aria-label": TOUCH_WORDS.picture,
  });
  const root = element(
    "main",
    { class: "stage", "aria-label": "Live picture" },
    video,
    canvas,
    glass,
  );
  return { root, video, canvas, glass };
}

export function bindStage({ root }: StageView, store: Store): void {
  store.watch(({ screen, isPaused, session, effect }) => {
    // Not `hidden`: a video that is not laid out is not decoded, and a file has to start here.
    mark(root, "data-shown", screen === "stage");
    mark(root, "data-paused", isPaused);
    mark(root, "data-session", session.kind);
    mark(root, "data-effect", effect);
    root.inert = screen !== "stage";
  });
}
