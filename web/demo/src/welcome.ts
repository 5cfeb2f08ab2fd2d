/** The first thing that anyone sees. */

import type { App } from "./app.js";
import { element, write } from "./element.js";
import { startFigure } from "./hero/figure.js";
import { icon, logo } from "./icons.js";
import { liveWays, noticeCard } from "./notices.js";
import type { Store } from "./store.js";

export function welcome(store: Store, app: App, pickFile: () => void): HTMLElement {
  const canvas = element("canvas", { class: "hero-canvas", "aria-hidden": "true" });
  const tag = element("p", { class: "hero-tag", "aria-hidden": "true" });
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
  const lead = element(
    "p",
    { class: "lead" },
    "Point a camera at the world and say or touch what you want outlined. rtseg follows it live, frame by frame, and sends back a line, not a video.",
  );
  const actions = element("div", { class: "actions" }, use, pick);
  const trouble = element("div", { class: "welcome-trouble", role: "alert" });
  const isLocal = ["localhost", "127.0.0.1", "[::1]"].includes(location.hostname);
  const home = element("b", {}, location.host || "this machine");
  const page = element(
    "main",
    { class: "welcome" },
    element("div", { class: "hero" }, canvas, tag),
    element("header", { class: "brand" }, logo(), "rtseg"),
    element(
      "div",
      { class: "pitch" },
      element("h1", {}, "Its outline", element("br"), "stays on it."),
      lead,
      actions,
      trouble,
      element(
        "p",
        { class: "privacy" },
        "Your camera’s picture goes to ",
        home,
        isLocal ? ", which is this machine, and nowhere else." : " and nowhere else.",
      ),
    ),
    element(
      "footer",
      { class: "welcome-foot" },
      element("a", { href: "./images" }, "Pictures"),
      element("a", { href: "./docs" }, "HTTP API"),
      element("span", {}, "Apache-2.0"),
    ),
  );

  let figure: { stop(): void } | null = null;
  store.watch(({ screen, isOpening, trouble: problem }) => {
    const isShown = screen === "welcome";
    page.hidden = !isShown;
    use.disabled = isOpening;
    write(use.lastElementChild ?? use, isOpening ? "Waiting for the camera…" : "Use camera");
    // What is in the way brings its own ways on, in place of the usual ones.
    lead.hidden = actions.hidden = problem !== null;
    trouble.replaceChildren(
      ...(problem === null ? [] : [noticeCard(problem, liveWays(app, pickFile))]),
    );
    // It costs a little power to draw: only while it is looked at.
    if (isShown) figure ??= startFigure(canvas, tag);
    else {
      figure?.stop();
      figure = null;
    }
  });
  return page;
}
