/** The bar of controls under the picture. */

import { ask } from "../ask.js";
import { element } from "../element.js";
import { control } from "../icons.js";
import type { ImageApp } from "./app.js";
import type { Board } from "./board.js";
import type { ImageStore } from "./state.js";

const ZOOM_STEP = 1.5;

export function dock(
  store: ImageStore,
  app: ImageApp,
  board: Board,
  pickFile: () => void,
): HTMLElement {
  const less = control("zoomOut", "Smaller (−)", () => {
    board.zoomBy(1 / ZOOM_STEP);
  });
  const more = control("zoomIn", "Larger (+)", () => {
    board.zoomBy(ZOOM_STEP);
  });
  const whole = control("fit", "All of the picture (0)", () => {
    board.fit();
  });
  const other = control("file", "Another picture (O)", pickFile);
  const leave = control("stop", "Put the picture away (Q)", () => {
    app.leave();
  });
  leave.classList.add("danger");
  board.onMove(({ zoom }) => {
    less.disabled = whole.disabled = zoom <= 1;
  });
  less.disabled = whole.disabled = true;
  const root = element(
    "div",
    { class: "dock image-dock", role: "group", "aria-label": "Controls" },
    ask(store, app.prompting),
    element(
      "div",
      { class: "controls", role: "group", "aria-label": "Picture" },
      less,
      more,
      whole,
      other,
      leave,
    ),
  );
  store.watch(({ screen }) => {
    root.hidden = screen !== "stage";
  });
  return root;
}
