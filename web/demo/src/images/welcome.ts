/** The first thing that anyone sees of the page for pictures. */

import { frontPage } from "../front.js";
import type { Ways } from "../notices.js";
import type { ImageApp } from "./app.js";
import { startHero } from "./hero.js";
import type { ImageStore } from "./state.js";

export function welcome(
  store: ImageStore,
  app: ImageApp,
  ways: Ways,
  pickFile: () => void,
): HTMLElement {
  return frontPage(store, {
    kind: "image-welcome",
    canvas: "still-life",
    tag: "hero-tag still-life-tag",
    title: ["Picture in,", "path out."],
    lead: "Drop a picture, then say, click or frame what you want outlined. The box comes first, then a rough line, then the path that you can paste anywhere.",
    actions: [
      { icon: "replace", text: "Choose a picture", openingText: "Opening…", click: pickFile },
      { text: "Try the still life", click: () => void app.openSample() },
    ],
    goes: "Dropped or pasted, your picture goes to ",
    link: { href: "./", text: "Live camera" },
    startHero,
    ways,
  });
}
