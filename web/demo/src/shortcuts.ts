import type { App } from "./app.js";
import { keyboard } from "./keyboard.js";
import { EFFECTS } from "./params.js";
import type { Store } from "./store.js";
import type { Taking } from "./taking.js";

const KEYS: readonly (readonly [string, string])[] = [
  ["/", "Say what to outline"],
  ["Click, Enter", "Outline it; on the selected thing: this too"],
  ["Shift", "with either: this does not belong"],
  ["Drag", "Outline what is in the box"],
  ["Delete, Esc", "Remove the selected thing"],
  ["Ctrl Z", "Undo; with Shift, redo"],
  ["Space", "Pause, go on"],
  ["1 … 7", "Outline, fill, glow, spotlight, cut out, blur, replace"],
  ["L", "Names at the things"],
  ["S", "Save a picture"],
  ["P", "Copy a picture"],
  ["R", "Record, stop recording"],
  ["I", "In step with the outline, or live"],
  ["C", "Camera and picture"],
  ["M", "Mirror"],
  ["F", "Fill the window"],
  ["D", "Where the time goes"],
  ["Q", "Stop"],
  ["?", "This list"],
];

/** Listen for the live page's keys, and give back the list of them. */
export function shortcuts(store: Store, app: App, taking: Taking): HTMLDialogElement {
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
    l: () => {
      store.set({ hasLabels: !store.get().hasLabels });
    },
    s: () => void taking.save(),
    p: () => void taking.copy(),
    r: () => void taking.toggle(),
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
