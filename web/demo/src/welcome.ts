/** The first thing that anyone sees of the live page. */

import type { App } from "./app.js";
import { frontPage } from "./front.js";
import { startFigure } from "./hero/figure.js";
import type { Ways } from "./notices.js";
import type { Store } from "./store.js";

export function welcome(store: Store, app: App, ways: Ways, pickFile: () => void): HTMLElement {
  return frontPage(store, {
    kind: "",
    canvas: "hero-canvas",
    tag: "hero-tag",
    title: ["Its outline", "stays on it."],
    lead: "Point a camera at the world and say or touch what you want outlined. rtseg follows it live, frame by frame, and sends back a line, not a video.",
    actions: [
      {
        icon: "camera",
        text: "Use camera",
        openingText: "Waiting for the camera…",
        click: () => void app.useCamera(),
      },
      { icon: "file", text: "Pick a video file", click: pickFile },
    ],
    goes: "Your camera’s picture goes to ",
    link: { href: "./images", text: "Pictures" },
    startHero: startFigure,
    ways,
  });
}
