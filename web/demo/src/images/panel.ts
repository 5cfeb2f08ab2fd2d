/** Beside the picture: what was found, as files and as code. */

import { element, mark, write } from "../element.js";
import { icon, logo } from "../icons.js";
import { apiKey } from "../key.js";
import type { ImageApp } from "./app.js";
import { copyButton } from "./copying.js";
import { FORMATS } from "./files.js";
import { results } from "./results.js";
import { type Language, LANGUAGES } from "./snippets.js";
import { type ImageState, type ImageStore, instancesOf, promptOf } from "./state.js";
import { bytes } from "./words.js";

/** The formats that most want; the others are one click away. */
const SHOWN = 5;

export function panel(store: ImageStore, app: ImageApp): HTMLElement {
  const root = element(
    "aside",
    { class: "panel", "aria-label": "What was found" },
    results(store, app),
    downloads(store, app),
    code(store),
  );
  store.watch(({ screen }) => {
    root.hidden = screen !== "stage";
  });
  return root;
}

function downloads(store: ImageStore, app: ImageApp): HTMLElement {
  const cut = file("Cut-out", "Things alone, PNG", () => void app.downloadCutOut(null));
  const files = FORMATS.map((format) => ({
    id: format.id,
    button: file(format.name, format.hint, () => void app.download(format)),
  }));
  const [first, rest] = [files.slice(0, SHOWN), files.slice(SHOWN)];
  const root = element(
    "section",
    { class: "panel-part", "aria-label": "Download" },
    element("h2", { class: "panel-title" }, "Download"),
    element("div", { class: "files" }, cut, ...first.map(({ button }) => button)),
    element(
      "details",
      { class: "more" },
      element("summary", {}, "More formats"),
      element("div", { class: "files in-lines" }, ...rest.map(({ button }) => button)),
    ),
  );
  store.watch((state) => {
    // Before there is anything to take, what it could be taken as is only in the way.
    root.hidden = instancesOf(state).length === 0;
    for (const { id, button } of files) {
      button.disabled = state.isFetching !== null;
      mark(button, "aria-busy", state.isFetching === id);
    }
  });
  return root;
}

function file(name: string, hint: string, click: () => void): HTMLButtonElement {
  return element(
    "button",
    { class: "file", type: "button", click },
    icon("download"),
    element("span", {}, element("b", {}, name), element("small", {}, hint)),
  );
}

/** The same question from a program. */
function code(store: ImageStore): HTMLElement {
  const text = element("code", { tabindex: 0, "aria-label": "Code" });
  let language: Language = LANGUAGES[0];
  const current = () => codeOf(store.get(), language);
  const show = () => {
    write(text, current() ?? "");
    for (const { of, button } of tabs) mark(button, "aria-pressed", of === language);
  };
  const tabs = LANGUAGES.map((of) => {
    const click = () => {
      language = of;
      show();
    };
    return { of, button: element("button", { class: "tab", type: "button", click }, of.name) };
  });
  const root = element(
    "section",
    { class: "panel-part", "aria-label": "The same from code" },
    element(
      "div",
      { class: "panel-head" },
      element("h2", { class: "panel-title" }, "The same from code"),
      copyButton("Copy", "Copy the code", current),
    ),
    element(
      "div",
      { class: "tabs", role: "group", "aria-label": "Language" },
      ...tabs.map(({ button }) => button),
    ),
    element("pre", { class: "code" }, text),
  );
  store.watch((state, before) => {
    root.hidden = state.list.prompts.length === 0;
    const isSame =
      state.list === before?.list &&
      state.chosen === before.chosen &&
      state.selected === before.selected &&
      state.picture === before.picture;
    if (!isSame) show();
  });
  return root;
}

/** Of what is selected, else of everything; null if there is nothing to ask. */
function codeOf(state: ImageState, language: Language): string | null {
  const { list, picture, selected, chosen } = state;
  if (picture === null || list.prompts.length === 0) return null;
  const id = selected ?? (chosen === null ? null : promptOf(state, chosen));
  const one = list.prompts.find((prompt) => prompt.id === id);
  return language.write({
    prompts: one ? [one] : list.prompts,
    file: picture.name,
    mediaType: picture.mediaType,
    server: new URL(".", document.baseURI).href.replace(/\/$/, ""),
    needsKey: apiKey() !== undefined,
  });
}

/** Above the picture: whose page it is, and which picture. */
export function head(store: ImageStore): HTMLElement {
  const name = element("b");
  const size = element("small");
  const root = element(
    "header",
    { class: "image-head" },
    element(
      "nav",
      { class: "status", "aria-label": "Pages" },
      logo(),
      element("span", { "aria-current": "page" }, "Pictures"),
      element("a", { href: "./", class: "head-link" }, "Live camera"),
    ),
    element("p", { class: "status head-picture" }, name, size),
  );
  store.watch(({ screen, picture }) => {
    root.hidden = screen !== "stage";
    if (picture === null) return;
    write(name, picture.name);
    const { width, height, sent, sentBytes, isOriginal } = picture;
    const how = isOriginal
      ? ""
      : sent.width === width
        ? " as JPEG"
        : ` at ${sent.width} × ${sent.height}`;
    write(size, `${width} × ${height} · ${bytes(sentBytes)} sent${how}`);
  });
  return root;
}
