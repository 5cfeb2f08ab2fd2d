/** Video and outlines, filling the window. */

import { element, mark } from "./element.js";
import type { Store } from "./store.js";

export interface StageView {
  readonly root: HTMLElement;
  readonly video: HTMLVideoElement;
  readonly canvas: HTMLCanvasElement;
}

export function stage(): StageView {
  const video = element("video", { class: "stage-video", playsinline: true, muted: true });
  // The attribute alone does not mute an element that a script made.
  video.muted = true;
  const canvas = element("canvas", { class: "stage-canvas", "aria-hidden": "true" });
  const root = element("main", { class: "stage", "aria-label": "Live picture" }, video, canvas);
  return { root, video, canvas };
}

export function bindStage({ root }: StageView, store: Store): void {
  store.watch(({ screen, isPaused, session }) => {
    // Not `hidden`: a video that is not laid out is not decoded, and a file has to start here.
    mark(root, "data-shown", screen === "stage");
    mark(root, "data-paused", isPaused);
    mark(root, "data-session", session.kind);
    root.inert = screen !== "stage";
  });
}
