/** Where one says what to outline, with what the server knows as suggestions. */

import { type Edit, normalised } from "rtseg";

import { element, mark } from "./element.js";
import { control } from "./icons.js";
import { suggest } from "./suggestions.js";
import type { Asked, Store } from "./store.js";

/** Whoever takes what is said. */
export interface Asking {
  /** Ask for each of "cat, cup". */
  say(text: string): void;
  change(change: Edit): void;
}

export function ask(store: Store<Asked>, prompting: Asking): HTMLElement {
  const list = element("ul", { class: "suggestions", id: "suggestions", role: "listbox" });
  list.setAttribute("aria-label", "Suggestions");
  list.hidden = true;
  const input = element("input", {
    id: "ask",
    type: "text",
    role: "combobox",
    placeholder: "Say or touch: cat, cup",
    "aria-label": "What to outline",
    "aria-autocomplete": "list",
    "aria-controls": list.id,
    "aria-expanded": "false",
    autocomplete: "off",
    autocapitalize: "off",
    spellcheck: "false",
    enterkeyhint: "done",
    maxlength: 200,
  });
  let chosen = -1;

  const show = () => {
    const { catalogue, list: asked } = store.get();
    const words = document.activeElement === input ? suggest(input.value, catalogue, asked) : [];
    chosen = -1;
    list.hidden = words.length === 0;
    list.replaceChildren(...words.map((word, index) => option(word, index)));
    mark(input, "aria-expanded", words.length > 0);
    input.removeAttribute("aria-activedescendant");
  };
  const option = (word: string, index: number) => {
    const one = element(
      "li",
      { role: "option", id: `suggestion-${index}`, "aria-selected": false },
      word,
    );
    // Before the input loses its focus, and without taking it.
    one.addEventListener("pointerdown", (event) => {
      event.preventDefault();
    });
    one.addEventListener("click", () => {
      take(word);
    });
    return one;
  };
  const move = (by: number) => {
    const { children } = list;
    if (children.length === 0) return;
    const from = chosen < 0 && by < 0 ? 0 : chosen;
    chosen = (from + by + children.length) % children.length;
    [...children].forEach((one, index) => {
      mark(one, "aria-selected", index === chosen);
    });
    const one = children[chosen];
    if (one === undefined) return;
    mark(input, "aria-activedescendant", one.id);
    one.scrollIntoView({ block: "nearest" });
  };
  /** A suggestion takes the place of the phrase that is being written, and all are asked for. */
  const take = (word: string) => {
    const before = input.value.split(",").slice(0, -1);
    submit([...before, word].join());
  };
  const submit = (text: string) => {
    input.value = "";
    prompting.say(text);
    // What was said is looked for in the picture now, which the list would hide.
    list.hidden = true;
    mark(input, "aria-expanded", false);
  };

  input.addEventListener("input", show);
  // Not with the focus alone, which comes by itself at times: a list that nobody called hides the
  // picture, and takes the touches that were meant for that.
  input.addEventListener("click", show);
  input.addEventListener("blur", show);
  input.addEventListener("keydown", (event) => {
    switch (event.key) {
      case "ArrowDown":
      case "ArrowUp":
        if (list.hidden) show();
        move(event.key === "ArrowDown" ? 1 : -1);
        break;
      case "Escape":
        if (list.hidden && input.value === "") input.blur();
        else if (list.hidden) input.value = "";
        list.hidden = true;
        mark(input, "aria-expanded", false);
        break;
      case "Enter": {
        const word = list.children[chosen]?.textContent;
        if (word === undefined) submit(input.value);
        else take(word);
        break;
      }
      default:
        return;
    }
    event.preventDefault();
  });
  // The words that were refused come back, to be put right.
  store.watch(({ refusal, list: asked }, before) => {
    if (refusal !== before?.refusal && refusal !== null && input.value === "") {
      input.value = refusal.words.join(", ");
      if (document.activeElement === input) input.select();
    } else if (asked !== before?.list && refusal === null) {
      const said = before?.refusal?.words.join(", ");
      if (said !== undefined && normalised(said) === normalised(input.value)) input.value = "";
    }
    if (asked !== before?.list && !list.hidden) show();
  });
  return element("div", { class: "ask" }, input, list, ...editButtons(store, prompting));
}

function editButtons(store: Store<Asked>, prompting: Asking): HTMLElement[] {
  const minus = control("minus", "Touches say what does not belong", () => {
    store.set({ isNegative: !store.get().isNegative });
  });
  minus.classList.add("minus");
  const undo = control("undo", "Undo (Ctrl+Z)", () => {
    prompting.change({ kind: "undo" });
  });
  const redo = control("redo", "Redo (Ctrl+Shift+Z)", () => {
    prompting.change({ kind: "redo" });
  });
  store.watch(({ isNegative, list }) => {
    mark(minus, "aria-pressed", isNegative);
    undo.disabled = list.past.length === 0;
    redo.disabled = list.future.length === 0;
  });
  return [minus, undo, redo];
}
