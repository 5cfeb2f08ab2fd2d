/** What was asked for, one chip each: its colours, its name, and what became of it. */

import { colourOf, type NamedPrompt } from "rtseg";

import { element, mark, write } from "./element.js";
import { icon } from "./icons.js";
import type { Asked, Store } from "./store.js";

/** More colours than this say "many" just as well. */
const MOST_DOTS = 4;

/** What a chip says. */
export interface ChipLook {
  readonly name: string;
  readonly state: string;
  /** Added to it where there is room. */
  readonly detail?: string;
  /** For its styles: "looking", "found", "away" … */
  readonly kind: string;
  /** When it is pointed at. */
  readonly title: string;
  /** Numbers of its objects, which are its colours. */
  readonly objects: readonly number[];
}

/** What can be done with a chip. */
export interface ChipActions {
  select(id: string | null): void;
  remove(id: string): void;
}

interface Chip<S> {
  readonly root: HTMLElement;
  show(state: S): void;
}

export function chips<S extends Asked>(
  store: Store<S>,
  actions: ChipActions,
  look: (prompt: NamedPrompt, state: S) => ChipLook,
): HTMLElement {
  const root = element("ul", { class: "chips", "aria-label": "What is outlined" });
  const made = new Map<string, Chip<S>>();
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
      const one = made.get(id) ?? chip(id, store, actions, look);
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

function chip<S extends Asked>(
  id: string,
  store: Store<S>,
  actions: ChipActions,
  look: (prompt: NamedPrompt, state: S) => ChipLook,
): Chip<S> {
  const dots = element("span", { class: "dots", "aria-hidden": "true" });
  const name = element("b");
  const state = element("span");
  const detail = element("span", { class: "chip-detail" });
  const select = element(
    "button",
    {
      class: "chip-name",
      type: "button",
      click: () => {
        actions.select(store.get().selected === id ? null : id);
      },
    },
    dots,
    element("span", {}, name, element("small", {}, state, detail)),
  );
  const remove = element(
    "button",
    {
      class: "chip-remove",
      type: "button",
      click: () => {
        actions.remove(id);
      },
    },
    icon("stop"),
  );
  const point = (pointed: string | null) => () => {
    store.set({ pointed } as Partial<S>);
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
  const show = (all: S) => {
    const prompt = all.list.prompts.find((one) => one.id === id);
    if (prompt === undefined) return;
    const { name: text, state: words, detail: more = "", kind, title, objects } = look(prompt, all);
    write(name, text);
    write(state, words);
    write(detail, more);
    mark(root, "data-state", kind);
    mark(root, "data-pointed", all.pointed === id);
    mark(select, "aria-pressed", all.selected === id);
    mark(select, "title", title);
    mark(remove, "aria-label", `Remove ${text}`);
    mark(remove, "title", `Remove ${text} (Delete)`);
    paintDots(dots, objects);
  };
  return { root, show };
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
