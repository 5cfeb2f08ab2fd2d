/** The first thing that anyone sees of either page: what it does, beside a drawing that does it. */

import type { Problem } from "rtseg";

import { element, write } from "./element.js";
import { icon, type IconName, logo } from "./icons.js";
import { noticeCard, type Ways } from "./notices.js";
import type { Asked, Store } from "./store.js";

/** A way to a picture. */
export interface Action {
  readonly icon?: IconName;
  readonly text: string;
  /** While a picture is being opened; the same when left out. */
  readonly openingText?: string;
  readonly click: () => void;
}

export interface Front {
  /** Of the page, beside the one that both have. */
  readonly kind: string;
  /** Of the canvas and of the word on it. */
  readonly canvas: string;
  readonly tag: string;
  readonly title: readonly [string, string];
  readonly lead: string;
  /** The one that most want comes first. */
  readonly actions: readonly Action[];
  /** "Your camera’s picture goes to ", before the name of this server. */
  readonly goes: string;
  /** The other page. */
  readonly link: { readonly href: string; readonly text: string };
  readonly startHero: (canvas: HTMLCanvasElement, tag: HTMLElement) => { stop(): void };
  readonly ways: Ways;
}

/** The page before there is a picture, with what is in the way in place of its actions. */
export function frontPage(store: Store<Asked>, front: Front): HTMLElement {
  const canvas = element("canvas", { class: front.canvas, "aria-hidden": "true" });
  const tag = element("p", { class: front.tag, "aria-hidden": "true" });
  const lead = element("p", { class: "lead" }, front.lead);
  const buttons = front.actions.map((action, index) => actionButton(action, index === 0, store));
  const actions = element("div", { class: "actions" }, ...buttons);
  const trouble = element("div", { class: "welcome-trouble", role: "alert" });
  const isLocal = ["localhost", "127.0.0.1", "[::1]"].includes(location.hostname);
  const home = element("b", {}, location.host || "this machine");
  const page = element(
    "main",
    { class: `welcome ${front.kind}`.trim() },
    element("div", { class: "hero" }, canvas, tag),
    element("header", { class: "brand" }, logo(), "rtseg"),
    element(
      "div",
      { class: "pitch" },
      element("h1", {}, front.title[0], element("br"), front.title[1]),
      lead,
      actions,
      trouble,
      element(
        "p",
        { class: "privacy" },
        front.goes,
        home,
        isLocal ? ", which is this machine, and nowhere else." : " and nowhere else.",
      ),
    ),
    element(
      "footer",
      { class: "welcome-foot" },
      element("a", { href: front.link.href }, front.link.text),
      element("a", { href: "./docs" }, "HTTP API"),
      element("span", {}, "Apache-2.0"),
    ),
  );

  let hero: { stop(): void } | null = null;
  let told: Problem | null = null;
  store.watch(({ screen, trouble: now }) => {
    const isShown = screen === "welcome";
    const problem = isShown ? now : null;
    page.hidden = !isShown;
    // What is in the way brings its own ways on, in place of the usual ones.
    lead.hidden = actions.hidden = problem !== null;
    if (problem !== told) {
      told = problem;
      trouble.replaceChildren(...(problem === null ? [] : [noticeCard(problem, front.ways)]));
    }
    // It costs a little power to draw: only while it is looked at.
    if (isShown) hero ??= front.startHero(canvas, tag);
    else {
      hero?.stop();
      hero = null;
    }
  });
  return page;
}

function actionButton(
  { icon: sign, text, openingText = text, click }: Action,
  isFirst: boolean,
  store: Store<Asked>,
): HTMLElement {
  const words = element("span", {}, text);
  const button = element(
    "button",
    { class: isFirst ? "button primary" : "button", type: "button", click },
    ...(sign === undefined ? [] : [icon(sign)]),
    words,
  );
  store.watch(({ isOpening }) => {
    // One picture at a time: until it is there, or has failed, no other one is opened.
    button.disabled = isOpening;
    write(words, isOpening ? openingText : text);
  });
  return button;
}
