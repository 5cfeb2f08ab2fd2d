/** The first thing that anyone sees of the page for pictures. */

import type { Problem } from "rtseg";

import { element, write } from "../element.js";
import { icon, logo } from "../icons.js";
import { noticeCard, type Ways } from "../notices.js";
import type { ImageApp } from "./app.js";
import { startHero } from "./hero.js";
import type { ImageStore } from "./state.js";

export function welcome(
  store: ImageStore,
  app: ImageApp,
  ways: Ways,
  pickFile: () => void,
): HTMLElement {
  const canvas = element("canvas", { class: "still-life", "aria-hidden": "true" });
  const tag = element("p", { class: "hero-tag still-life-tag", "aria-hidden": "true" });
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
  const lead = element(
    "p",
    { class: "lead" },
    "Drop a picture, then say, click or frame what you want outlined. The box comes first, then a rough line, then the path that you can paste anywhere.",
  );
  const actions = element("div", { class: "actions" }, choose, tryIt);
  const trouble = element("div", { class: "welcome-trouble", role: "alert" });
  const isLocal = ["localhost", "127.0.0.1", "[::1]"].includes(location.hostname);
  const home = element("b", {}, location.host || "this machine");
  const page = element(
    "main",
    { class: "welcome image-welcome" },
    element("div", { class: "hero" }, canvas, tag),
    element("header", { class: "brand" }, logo(), "rtseg"),
    element(
      "div",
      { class: "pitch" },
      element("h1", {}, "Picture in,", element("br"), "path out."),
      lead,
      actions,
      trouble,
      element(
        "p",
        { class: "privacy" },
        "Dropped or pasted, your picture goes to ",
        home,
        isLocal ? ", which is this machine, and nowhere else." : " and nowhere else.",
      ),
    ),
    element(
      "footer",
      { class: "welcome-foot" },
      element("a", { href: "./" }, "Live camera"),
      element("a", { href: "./docs" }, "HTTP API"),
      element("span", {}, "Apache-2.0"),
    ),
  );

  let hero: { stop(): void } | null = null;
  let shown: Problem | null = null;
  store.watch((state) => {
    const { isOpening } = state;
    const isShown = state.screen === "welcome";
    const problem = isShown ? state.trouble : null;
    page.hidden = !isShown;
    choose.disabled = tryIt.disabled = isOpening;
    write(choose.lastElementChild ?? choose, isOpening ? "Opening…" : "Choose a picture");
    if (problem !== shown) {
      shown = problem;
      trouble.replaceChildren(...(problem === null ? [] : [noticeCard(problem, ways)]));
    }
    lead.hidden = actions.hidden = problem !== null;
    // It costs a little power to draw: only while it is looked at.
    if (isShown) hero ??= startHero(canvas, tag);
    else {
      hero?.stop();
      hero = null;
    }
  });
  return page;
}
