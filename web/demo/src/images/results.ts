/** What was found, one row each, and what is not there. */

import { colourOf, isTouch, type NamedPrompt } from "rtseg";

import { element, mark, write } from "../element.js";
import { icon } from "../icons.js";
import { nameOf } from "../look.js";
import type { ImageApp } from "./app.js";
import { copyButton } from "./copying.js";
import { svgOf } from "./files.js";
import { foundOf, type ImageState, type ImageStore, instancesOf, type Numbered } from "./state.js";
import { emptyWords, percent } from "./words.js";

/** As much of a path as says what it is; all of it is copied. */
const PREVIEW_LENGTH = 220;

export function results(store: ImageStore, app: ImageApp): HTMLElement {
  const count = element("h2", { class: "panel-title" });
  const time = element("span", { class: "panel-note" });
  const hint = element(
    "p",
    { class: "panel-hint" },
    "Say or touch something. Its path to copy, files and code for the same come here.",
  );
  const list = element("ul", { class: "rows", "aria-label": "What was found" });
  const root = element(
    "section",
    { class: "panel-part", "aria-label": "Results" },
    element("div", { class: "panel-head" }, count, time),
    hint,
    list,
    detail(store, app),
  );
  let shown = "";
  store.watch((state) => {
    const { list: asked, outcomes } = state;
    const instances = instancesOf(state);
    write(count, titleOf(state, instances.length));
    write(time, timeOf(state));
    hint.hidden = asked.prompts.length > 0;
    const key = JSON.stringify(
      asked.prompts.map((prompt, index) => {
        const outcome = outcomes.get(prompt.id);
        const found = foundOf(outcome);
        const [first] = found?.instances ?? [];
        const name = first && rowName(first, prompt, state);
        return [
          prompt.id,
          index,
          name,
          found?.at,
          found ? null : outcome && emptyWords(prompt, outcome),
        ];
      }),
    );
    if (key !== shown) {
      shown = key;
      list.replaceChildren(
        ...asked.prompts.flatMap((prompt) => {
          const outcome = outcomes.get(prompt.id);
          if (outcome === undefined) return [];
          const found = foundOf(outcome)?.instances;
          if (found) return found.map((one) => row(one, store, app, prompt));
          const words = emptyWords(prompt, outcome);
          const isFailed = outcome.kind === "failed";
          return words === null ? [] : [emptyRow(words, isFailed ? app : null)];
        }),
      );
    }
    for (const one of list.querySelectorAll<HTMLElement>(".row[data-number]")) {
      const number = Number(one.dataset["number"]);
      mark(one, "data-hovered", state.hovered === number);
      const button = one.querySelector("button");
      if (button) mark(button, "aria-pressed", state.chosen === number);
    }
  });
  return root;
}

function titleOf({ list, outcomes }: ImageState, count: number): string {
  if (list.prompts.length === 0) return "Nothing asked for yet";
  const isBusy = [...outcomes.values()].some(
    ({ kind }) => kind === "looking" || kind === "queued" || kind === "waiting",
  );
  if (count === 0) return isBusy ? "Looking…" : "Nothing found";
  return count === 1 ? "1 outline" : `${count} outlines`;
}

function timeOf({ list, outcomes, chosen }: ImageState): string {
  const all = list.prompts.map(({ id }) => foundOf(outcomes.get(id)));
  const about = all.find((found) => found?.instances.some(({ number }) => number === chosen));
  if (!about) return "";
  const box = about.boxMs === null ? "" : `box ${about.boxMs.toFixed(0)} ms, `;
  return `${box}path ${about.tookMs.toFixed(0)} ms`;
}

function row(one: Numbered, store: ImageStore, app: ImageApp, prompt: NamedPrompt): HTMLElement {
  const dot = element("i", { class: "row-dot", "aria-hidden": "true" });
  dot.style.setProperty("--object", colourOf(one.number));
  const bar = element("i", { class: "row-bar", "aria-hidden": "true" });
  bar.style.setProperty("--score", String(one.score));
  const button = element(
    "button",
    {
      class: "row-button",
      type: "button",
      "aria-pressed": false,
      click: () => {
        app.prompting.select(prompt.id);
        store.set({ chosen: one.number });
      },
    },
    dot,
    element(
      "span",
      { class: "row-words" },
      element("b", {}, rowName(one, prompt, store.get())),
      element("small", {}, `${one.model} · ${one.areaPx.toLocaleString("en")} px`),
    ),
    element("span", { class: "row-score" }, percent(one.score), bar),
  );
  const hover = (number: number | null) => () => {
    store.set({ hovered: number });
  };
  return element(
    "li",
    {
      class: "row",
      "data-number": one.number,
      pointerenter: hover(one.number),
      pointerleave: hover(null),
      focusin: hover(one.number),
      focusout: hover(null),
    },
    button,
  );
}

/** What was touched is called as on its chip. */
function rowName({ label }: Numbered, prompt: NamedPrompt, { list }: ImageState): string {
  return isTouch(prompt) || label === "" ? nameOf(prompt, label, list.prompts) : label;
}

function emptyRow(words: string, app: ImageApp | null): HTMLElement {
  const again = () =>
    element(
      "button",
      {
        class: "mini",
        type: "button",
        click: () => {
          app?.retry();
        },
      },
      "Try again",
    );
  return element(
    "li",
    { class: "row row-empty", "data-failed": app !== null },
    element("p", {}, words),
    ...(app === null ? [] : [again()]),
  );
}

/** The path of the chosen one, and the ways to take it. */
function detail(store: ImageStore, app: ImageApp): HTMLElement {
  const chosen = (): Numbered | null => {
    const state = store.get();
    return instancesOf(state).find(({ number }) => number === state.chosen) ?? null;
  };
  const path = element("code", { class: "path-text", tabindex: 0, "aria-label": "Path" });
  const length = element("span", { class: "panel-note" });
  const cut = element(
    "button",
    {
      class: "mini",
      type: "button",
      title: "Save it alone, on nothing, as a PNG",
      click: () => void app.downloadCutOut(chosen()?.number ?? null),
    },
    icon("cutOut"),
    element("span", {}, "Cut out"),
  );
  const root = element(
    "div",
    { class: "detail" },
    element("div", { class: "panel-head" }, element("h3", {}, "Path in its box"), length),
    path,
    element(
      "div",
      { class: "minis" },
      copyButton("Path", "Copy the path", () => chosen()?.path ?? null),
      copyButton("SVG", "Copy an SVG document of it", () => {
        const { picture } = store.get();
        const one = chosen();
        return one && picture ? svgOf(one, picture) : null;
      }),
      copyButton("JSON", "Copy the server’s answer", () => {
        const { list, outcomes, chosen: number } = store.get();
        const found = list.prompts
          .map(({ id }) => foundOf(outcomes.get(id)))
          .find((all) => all?.instances.some((one) => one.number === number));
        return found ? JSON.stringify(found.answer.json, null, 2) : null;
      }),
      cut,
    ),
  );
  store.watch((state) => {
    const one = chosen();
    root.hidden = one === null;
    if (one === null) return;
    const isLong = one.path.length > PREVIEW_LENGTH;
    write(path, isLong ? `${one.path.slice(0, PREVIEW_LENGTH)}…` : one.path);
    write(length, `${one.path.length.toLocaleString("en")} characters`);
    mark(root, "data-number", String(state.chosen));
  });
  return root;
}
