/** Keys that work anywhere on a page, and the list of them. */

import { element } from "./element.js";
import { isPopoverOpen } from "./popover.js";

export interface Keys {
  /** What the list says: a key, and what it does. */
  readonly list: readonly (readonly [string, string])[];
  /** By the key's name, letters small. */
  readonly actions: Readonly<Record<string, () => void>>;
  readonly history: (step: "undo" | "redo") => void;
  /** Whether keys mean anything now; the list can always be asked for. */
  readonly isOn: () => boolean;
}

/** Listen for keys, and give back the list of them, which "?" opens. */
export function keyboard({ list, actions, history, isOn }: Keys): HTMLDialogElement {
  const dialog = element(
    "dialog",
    { class: "shortcuts", "aria-label": "Keyboard" },
    element("h2", {}, "Keyboard"),
    element(
      "dl",
      {},
      ...list.map(([key, what]) =>
        element("div", {}, element("dt", {}, element("kbd", {}, key)), element("dd", {}, what)),
      ),
    ),
    element("form", { method: "dialog" }, element("button", { class: "button small" }, "Close")),
  );
  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.altKey || dialog.open || isPopoverOpen()) return;
    // Space and the like already mean something to a focused control.
    const isTyping = event.target instanceof Element && event.target.closest("select, input");
    if (event.ctrlKey || event.metaKey) {
      const step = historyStep(event);
      const hasOwn = event.target instanceof HTMLInputElement && event.target.value !== "";
      if (step === null || hasOwn || !isOn()) return;
      event.preventDefault();
      history(step);
      return;
    }
    if (event.repeat) return;
    const isPressing = event.key === " " && event.target instanceof HTMLButtonElement;
    if (isTyping || isPressing) return;
    if (event.key === "?") {
      dialog.showModal();
      // Its only button stands last and takes the focus: a small screen would begin there.
      dialog.scrollTop = 0;
      return;
    }
    const action = actions[event.key.length === 1 ? event.key.toLowerCase() : event.key];
    if (action === undefined || !isOn()) return;
    event.preventDefault();
    action();
  });
  return dialog;
}

function historyStep(event: KeyboardEvent): "undo" | "redo" | null {
  const key = event.key.toLowerCase();
  if (key === "z") return event.shiftKey ? "redo" : "undo";
  return key === "y" && !event.shiftKey ? "redo" : null;
}
