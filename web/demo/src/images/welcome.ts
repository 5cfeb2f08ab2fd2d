/** The first thing that anyone sees of the page for pictures. */

import { element, write } from "../element.js";
import { frontPage } from "../front.js";
import { icon } from "../icons.js";
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
  const choose = element(
    "button",
    { class: "button primary", type: "button", click: pickFile },
    icon("replace"),
    element("span", {}, "Choose a picture"),
  );
  const tryIt = element(
    "button",
    { class: "button", type: "button", click: () => void app.openSample() },
    "Try the still life",
  );
  const { page, show } = frontPage({
    kind: "image-welcome",
    canvas: "still-life",
    tag: "hero-tag still-life-tag",
    title: ["Picture in,", "path out."],
    lead: "Drop a picture, then say, click or frame what you want outlined. The box comes first, then a rough line, then the path that you can paste anywhere.",
    actions: [choose, tryIt],
    goes: "Dropped or pasted, your picture goes to ",
    link: { href: "./", text: "Live camera" },
    startHero,
    ways,
  });
  store.watch(({ screen, isOpening, trouble }) => {
    const isShown = screen === "welcome";
    choose.disabled = tryIt.disabled = isOpening;
    write(choose.lastElementChild ?? choose, isOpening ? "Opening…" : "Choose a picture");
    show(isShown, isShown ? trouble : null);
  });
  return page;
}
