/** The bar of controls under the picture. */

import type { App } from "./app.js";
import { ask } from "./ask.js";
import { cameraPanel } from "./camerapanel.js";
import { backdrops, effects, labelToggle } from "./effects.js";
import { element, mark } from "./element.js";
import { control, icon } from "./icons.js";
import type { Store } from "./store.js";
import { takeButtons } from "./takebuttons.js";
import type { Taking } from "./taking.js";

export function dock(store: Store, app: App, taking: Taking, pickFile: () => void): HTMLElement {
  const root = element(
    "div",
    { class: "dock", role: "region", "aria-label": "Controls" },
    ask(store, app.prompting),
    effects(store),
    backdrops(store),
    takeButtons(taking),
    controls(store, app, pickFile),
  );
  store.watch(({ screen }) => {
    root.hidden = screen !== "stage";
  });
  return root;
}

function controls(store: Store, app: App, pickFile: () => void): HTMLElement {
  const pause = control("pause", "Pause (space)", () => {
    app.togglePause();
  });
  const stop = control("stop", "Stop (Q)", () => {
    app.stop();
  });
  stop.classList.add("danger");
  store.watch(({ isPaused }) => {
    mark(pause, "aria-pressed", isPaused);
    mark(pause, "aria-label", isPaused ? "Go on (space)" : "Pause (space)");
    pause.replaceChildren(icon(isPaused ? "play" : "pause"));
  });
  return element(
    "div",
    { class: "controls", role: "group", "aria-label": "Picture" },
    labelToggle(store),
    cameraPanel(store, app, pickFile),
    pause,
    stop,
  );
}
