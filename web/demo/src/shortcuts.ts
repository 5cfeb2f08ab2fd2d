import type { App } from "./app.js";
import { element } from "./element.js";
import { EFFECTS } from "./params.js";
import type { Store } from "./store.js";

const KEYS: readonly (readonly [string, string])[] = [
  ["/", "Say what to outline"],
  ["Click, Enter", "Outline it; on the selected thing: this too"],
  ["Shift", "with either: this does not belong"],
  ["Drag", "Outline what is in the box"],
  ["Delete, Esc", "Remove the selected thing"],
  ["Ctrl Z", "Undo; with Shift, redo"],
  ["Space", "Pause, go on"],
  ["1 … 5", "Outline, fill, spotlight, blur, replace"],
  ["M", "Mirror"],
  ["F", "Fill the window"],
  ["D", "Where the time goes"],
  ["Esc", "Stop, when nothing is selected"],
  ["?", "This list"],
];

/** Listen for keys, and give back the list of them. */
export function shortcuts(store: Store, app: App): HTMLDialogElement {
  const dialog = element(
    "dialog",
    { class: "shortcuts", "aria-label": "Keyboard" },
    element("h2", {}, "Keyboard"),
    element(
      "dl",
      {},
      ...KEYS.map(([key, what]) =>
        element("div", {}, element("dt", {}, element("kbd", {}, key)), element("dd", {}, what)),
      ),
    ),
    element("form", { method: "dialog" }, element("button", { class: "button small" }, "Close")),
  );
  const removeSelected = () => {
    const { selected } = store.get();
    if (selected !== null) app.prompting.remove(selected);
  };
  const actions: Readonly<Record<string, () => void>> = {
    " ": () => {
      app.togglePause();
    },
    m: () => {
      store.set({ isMirrored: !store.get().isMirrored });
    },
    f: () => {
      store.set({ fit: store.get().fit === "cover" ? "contain" : "cover" });
    },
    d: () => {
      app.toggleDetails();
    },
    "/": () => {
      document.querySelector<HTMLInputElement>("#ask")?.focus();
    },
    Escape: () => {
      const { selected } = store.get();
      if (selected === null) app.stop();
      else app.prompting.remove(selected);
    },
    Delete: removeSelected,
    Backspace: removeSelected,
    ...Object.fromEntries(
      EFFECTS.map((effect, index) => [
        String(index + 1),
        () => {
          store.set({ effect });
        },
      ]),
    ),
  };
  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.altKey || dialog.open) return;
    // Space and the like already mean something to a focused control.
    const isTyping = event.target instanceof Element && event.target.closest("select, input");
    if (event.ctrlKey || event.metaKey) {
      const history = historyStep(event);
      const hasOwn = event.target instanceof HTMLInputElement && event.target.value !== "";
      if (history === null || hasOwn || store.get().screen !== "stage") return;
      event.preventDefault();
      app.prompting.change({ kind: history });
      return;
    }
    if (event.repeat) return;
    const isPressing = event.key === " " && event.target instanceof HTMLButtonElement;
    if (isTyping || isPressing) return;
    if (event.key === "?") {
      dialog.showModal();
      return;
    }
    const action = actions[event.key.length === 1 ? event.key.toLowerCase() : event.key];
    if (action === undefined || store.get().screen !== "stage") return;
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
