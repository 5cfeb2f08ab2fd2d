/** The first thing that anyone sees of either page: what it does, beside a drawing that does it. */

import type { Problem } from "rtseg";

import { element } from "./element.js";
import { logo } from "./icons.js";
import { noticeCard, type Ways } from "./notices.js";

export interface Front {
  /** Of the page, beside the one that both have. */
  kind: string;
  /** Of the canvas and of the word on it. */
  canvas: string;
  tag: string;
  title: [string, string];
  lead: string;
  actions: HTMLElement[];
  /** "Your camera’s picture goes to ", before the name of this server. */
  goes: string;
  /** The other page. */
  link: { href: string; text: string };
  startHero: (canvas: HTMLCanvasElement, tag: HTMLElement) => { stop(): void };
  ways: Ways;
}

/** Make the page, and what shows it or hides it, with what is in the way in place of its actions. */
export function frontPage(front: Front): {
  page: HTMLElement;
  show: (isShown: boolean, problem: Problem | null) => void;
} {
  const canvas = element("canvas", { class: front.canvas, "aria-hidden": "true" });
  const tag = element("p", { class: front.tag, "aria-hidden": "true" });
  const lead = element("p", { class: "lead" }, front.lead);
  const actions = element("div", { class: "actions" }, ...front.actions);
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
  return {
    page,
    show: (isShown, problem) => {
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
    },
  };
}
