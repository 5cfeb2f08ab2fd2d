/** The bar of controls under the picture. */

import type { App } from "./app.js";
import { ask } from "./ask.js";
import { backdrops, effects, labelToggle } from "./effects.js";
import { element, mark } from "./element.js";
import { control, icon } from "./icons.js";
import type { State, Store } from "./store.js";
import { takeButtons } from "./takebuttons.js";
import type { Taking } from "./taking.js";

export function dock(store: Store, app: App, taking: Taking, pickFile: () => void): HTMLElement {
  const root = element(
    "div",
    { class: "dock", role: "group", "aria-label": "Controls" },
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
  const mirror = control("mirror", "Mirror (M)", () => {
    store.set({ isMirrored: !store.get().isMirrored });
  });
  const fit = control("fit", "Fill the window, or show all of the picture (F)", () => {
    store.set({ fit: store.get().fit === "cover" ? "contain" : "cover" });
  });
  const pause = control("pause", "Pause (space)", () => {
    app.togglePause();
  });
  const stop = control("stop", "Stop (Q)", () => {
    app.stop();
  });
  stop.classList.add("danger");
  store.watch(({ isMirrored, fit: now, isPaused }) => {
    mark(mirror, "aria-pressed", isMirrored);
    mark(fit, "aria-pressed", now === "cover");
    mark(pause, "aria-pressed", isPaused);
    mark(pause, "aria-label", isPaused ? "Go on (space)" : "Pause (space)");
    pause.replaceChildren(icon(isPaused ? "play" : "pause"));
  });
  return element(
    "div",
    { class: "controls", role: "group", "aria-label": "Picture" },
    labelToggle(store),
    sourcePicker(store, app, pickFile),
    mirror,
    fit,
    pause,
    stop,
  );
}

/** The system's own list lies invisibly over the button: it is at home on phones and keyboards. */
function sourcePicker(store: Store, app: App, pickFile: () => void): HTMLElement {
  const select = element("select", { "aria-label": "Camera or file" });
  select.addEventListener("change", () => {
    const { value } = select;
    fill(store.get());
    if (value === "file") pickFile();
    else if (value !== "current") void app.useCamera(value.slice("camera:".length));
  });
  const fill = ({ cameras, source }: State) => {
    const options = cameras.map((camera, index) => {
      const name = camera.label || `Camera ${index + 1}`;
      return element("option", { value: `camera:${camera.deviceId}` }, name);
    });
    options.push(element("option", { value: "file" }, "Video file…"));
    const isFile = source !== null && source.deviceId === null;
    if (isFile) options.unshift(element("option", { value: "current" }, source.label));
    select.replaceChildren(...options);
    select.value = isFile ? "current" : `camera:${source?.deviceId ?? ""}`;
  };
  const label = element("label", { class: "control source" }, icon("camera"), select);
  store.watch((state, before) => {
    if (state.cameras !== before?.cameras || state.source !== before.source) fill(state);
    label.title = state.source === null ? "Camera or file" : `From: ${state.source.label}`;
  });
  return label;
}
