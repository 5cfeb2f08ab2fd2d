/** Live or in step: which it is, how far apart picture and outline are, and the choice. */

import type { Showing } from "rtseg";

import type { App } from "./app.js";
import { element, mark, write } from "./element.js";
import { popover } from "./popover.js";
import { gapText, type Shown } from "./gap.js";
import type { Store } from "./store.js";

const REFRESH_MS = 500;

export const SHOWING_WORDS: Readonly<Record<Showing, { name: string; text: string }>> = {
  live: {
    name: "Live",
    text: "The newest picture at once. Its outline was made for an earlier one, and is moved on to it.",
  },
  "in step": {
    name: "In step",
    text: "The picture waits until its own outline is there. It comes a little later, and they fit.",
  },
};

/** The button that says it, with the panel in which it is chosen. */
export function showingSwitch(store: Store, app: App): HTMLElement {
  const brief = [element("i"), element("b"), element("i")];
  const button = element(
    "button",
    { class: "showing", type: "button" },
    element("span", {}, ...brief),
  );
  const now = element("p", { class: "panel-note" });
  const choices = (["live", "in step"] as const).map((showing) => choice(showing, store));
  const panel = popover(
    button,
    "Which picture the outlines are laid over",
    element("h2", {}, "Picture and outline"),
    element("div", { class: "choices", role: "radiogroup", "aria-label": "Showing" }, ...choices),
    now,
  );
  const refresh = () => {
    const shown: Shown = app.presented(performance.now());
    const { brief: words, long } = gapText(shown);
    brief.forEach((part, index) => {
      write(part, words[index] ?? "");
    });
    write(now, long);
    mark(
      button,
      "aria-label",
      `Showing: ${SHOWING_WORDS[shown.showing].name}. ${long} Change it (I)`,
    );
    mark(button, "title", `${long} Change it (I)`);
  };
  const root = element("span", { class: "showing-holder" }, button, panel);
  let timer: ReturnType<typeof setInterval> | undefined;
  store.watch(({ screen, session, isPaused, showing }, before) => {
    const isShown = screen === "stage" && session.kind === "live" && !isPaused;
    root.hidden = !isShown;
    const isSame =
      before !== null &&
      screen === before.screen &&
      session === before.session &&
      isPaused === before.isPaused &&
      showing === before.showing;
    if (isSame) return;
    if (!isShown && panel.matches(":popover-open")) panel.hidePopover();
    clearInterval(timer);
    if (!isShown) return;
    refresh();
    timer = setInterval(refresh, REFRESH_MS);
  });
  return root;
}

function choice(showing: Showing, store: Store): HTMLElement {
  const { name, text } = SHOWING_WORDS[showing];
  const input = element("input", { type: "radio", name: "showing", value: showing });
  input.addEventListener("change", () => {
    if (input.checked) store.set({ showing });
  });
  store.watch((state) => {
    input.checked = state.showing === showing;
  });
  return element(
    "label",
    { class: "choice" },
    input,
    element("span", {}, element("b", {}, name), element("small", {}, text)),
  );
}
