/** The first thing that anyone sees of the live page. */

import type { App } from "./app.js";
import { element, write } from "./element.js";
import { frontPage } from "./front.js";
import { startFigure } from "./hero/figure.js";
import { icon } from "./icons.js";
import { liveWays } from "./notices.js";
import type { Store } from "./store.js";

export function welcome(store: Store, app: App, pickFile: () => void): HTMLElement {
  const use = element(
    "button",
    { class: "button primary", type: "button", click: () => void app.useCamera() },
    icon("camera"),
    element("span", {}, "Use camera"),
  );
  const pick = element(
    "button",
    { class: "button", type: "button", click: pickFile },
    icon("file"),
    "Pick a video file",
  );
  const { page, show } = frontPage({
    kind: "",
    canvas: "hero-canvas",
    tag: "hero-tag",
    title: ["Its outline", "stays on it."],
    lead: "Point a camera at the world and say or touch what you want outlined. rtseg follows it live, frame by frame, and sends back a line, not a video.",
    actions: [use, pick],
    goes: "Your camera’s picture goes to ",
    link: { href: "./images", text: "Pictures" },
    startHero: startFigure,
    ways: liveWays(app, pickFile),
  });
  store.watch(({ screen, isOpening, trouble }) => {
    use.disabled = isOpening;
    write(use.lastElementChild ?? use, isOpening ? "Waiting for the camera…" : "Use camera");
    show(screen === "welcome", trouble);
  });
  return page;
}
