/** What was asked for, one chip each: its colours, its name, and what became of it. */

import { colourOf, isTouch, type NamedPrompt } from "rtseg";

import { element, mark, write } from "./element.js";
import { icon } from "./icons.js";
import type { Prompting } from "./prompting.js";
import type { State, Store } from "./store.js";
import { findingWords } from "./words.js";

/** More colours than this say "many" just as well. */
const MOST_DOTS = 4;

interface Chip {
  readonly root: HTMLElement;
  show(state: State): void;
}

export function chips(store: Store, prompting: Prompting): HTMLElement {
  const root = element("ul", { class: "chips", "aria-label": "What is outlined" });
  const made = new Map<string, Chip>();
  store.watch((state) => {
    const { prompts } = state.list;
    root.hidden = state.screen !== "stage" || prompts.length === 0;
    for (const [id, { root: gone }] of made) {
      if (prompts.some((prompt) => prompt.id === id)) continue;
      // First forgotten, then removed: what loses its focus by that comes back here.
      made.delete(id);
      moveFocus(root, gone);
      gone.remove();
    }
    prompts.forEach(({ id }, index) => {
      const isNew = !made.has(id);
      const one = made.get(id) ?? chip(id, store, prompting);
      made.set(id, one);
      if (root.children[index] !== one.root)
        root.insertBefore(one.root, root.children[index] ?? null);
      one.show(state);
      // The list alone is scrolled, and only if it is longer than the window is wide.
      if (isNew) root.scrollLeft = root.scrollWidth;
    });
  });
  return root;
}

function chip(id: string, store: Store, prompting: Prompting): Chip {
  const dots = element("span", { class: "dots", "aria-hidden": "true" });
  const name = element("b");
  const state = element("small");
  const select = element(
    "button",
    {
      class: "chip-name",
      type: "button",
      click: () => {
        prompting.select(store.get().selected === id ? null : id);
      },
    },
    dots,
    element("span", {}, name, state),
  );
  const remove = element(
    "button",
    {
      class: "chip-remove",
      type: "button",
      click: () => {
        prompting.remove(id);
      },
    },
    icon("stop"),
  );
  const point = (pointed: string | null) => () => {
    store.set({ pointed });
  };
  const root = element(
    "li",
    {
      class: "chip",
      pointerenter: point(id),
      pointerleave: point(null),
      focusin: () => {
        if (root.querySelector(":focus-visible") !== null) point(id)();
      },
      focusout: point(null),
    },
    select,
    remove,
  );
  const show = (all: State) => {
    const prompt = all.list.prompts.find((one) => one.id === id);
    const finding = all.found.get(id) ?? { kind: "looking", objects: [] };
    const active = all.active.find((one) => one.id === id);
    if (prompt === undefined) return;
    const text = nameOf(prompt, active?.label, all.list.prompts);
    write(name, text);
    write(state, findingWords(finding));
    mark(root, "data-state", finding.kind);
    mark(root, "data-pointed", all.pointed === id);
    mark(select, "aria-pressed", all.selected === id);
    mark(select, "title", active?.model ? `${text}, outlined by ${active.model}` : text);
    mark(remove, "aria-label", `Remove ${text}`);
    mark(remove, "title", `Remove ${text} (Delete)`);
    paintDots(dots, finding.objects);
  };
  return { root, show };
}

/** The word that was said; of what was touched, the server's word for it, numbered if need be. */
function nameOf(
  prompt: NamedPrompt,
  label: string | undefined,
  all: readonly NamedPrompt[],
): string {
  if (prompt.text) return prompt.text;
  const touched = all.filter((one) => isTouch(one) && !one.text);
  const number = touched.length > 1 ? ` ${touched.indexOf(prompt) + 1}` : "";
  return `${label ?? "object"}${number}`;
}

function paintDots(dots: HTMLElement, objects: readonly number[]): void {
  const key = objects.join();
  if (dots.dataset["objects"] === key) return;
  dots.dataset["objects"] = key;
  const colours = objects.slice(0, MOST_DOTS).map(colourOf);
  const painted = colours.map((colour) => {
    const dot = element("i");
    dot.style.setProperty("--object", colour);
    return dot;
  });
  dots.replaceChildren(...(painted.length > 0 ? painted : [element("i")]));
}

/** Who removes by keyboard goes on from the neighbour, not from the top of the page. */
function moveFocus(list: HTMLElement, gone: HTMLElement): void {
  if (gone.querySelector(":focus-visible") === null) return;
  const neighbour = gone.nextElementSibling ?? gone.previousElementSibling;
  const next = neighbour?.querySelector("button") ?? list.ownerDocument.querySelector("#ask");
  if (next instanceof HTMLElement) next.focus();
}
