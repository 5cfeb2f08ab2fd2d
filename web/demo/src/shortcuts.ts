import type { App } from "./app.js";
import { keyboard } from "./keyboard.js";
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
  ["I", "In step with the outline, or live"],
  ["C", "Camera and picture"],
  ["M", "Mirror"],
  ["F", "Fill the window"],
  ["D", "Where the time goes"],
  ["Q", "Stop"],
  ["?", "This list"],
];

/** Listen for the live page's keys, and give back the list of them. */
export function shortcuts(store: Store, app: App): HTMLDialogElement {
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
    i: () => {
      app.toggleShowing();
    },
    c: () => {
      document.querySelector<HTMLButtonElement>(".source")?.click();
    },
    "/": () => {
      document.querySelector<HTMLInputElement>("#ask")?.focus();
    },
    // Never the camera: who presses it twice wants to be rid of what is selected, not of all.
    Escape: removeSelected,
    q: () => {
      app.stop();
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
  return keyboard({
    list: KEYS,
    actions,
    history: (kind) => {
      app.prompting.change({ kind });
    },
    isOn: () => store.get().screen === "stage",
  });
}
