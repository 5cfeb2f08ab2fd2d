/** Which camera, how large, how fast, which way round; and an address that says all of it. */

import type { Facing } from "rtseg";

import type { App } from "./app.js";
import {
  cameraName,
  type Choice,
  givenText,
  parseSize,
  rateChoices,
  rateOf,
  sides,
  sizeChoices,
  sizeOf,
} from "./cameras.js";
import { element, mark, write } from "./element.js";
import { control, icon } from "./icons.js";
import { linkButton } from "./linkbutton.js";
import { popover } from "./popover.js";
import type { State, Store } from "./store.js";

const FILE = "file";
const CURRENT = "current";

/** The button, with its panel beside it. */
export function cameraPanel(store: Store, app: App, pickFile: () => void): HTMLElement {
  const button = control("camera", "Camera and picture (C)", () => undefined);
  button.classList.add("source");
  const given = element("p", { class: "panel-note", "aria-live": "polite" });
  const panel = popover(
    button,
    "Camera and picture",
    element("h2", {}, "Camera"),
    sourceSelect(store, app, () => {
      panel.hidePopover();
      pickFile();
    }),
    sideSwitch(store, app),
    sizeSelects(store, app),
    given,
    element("h2", {}, "Picture"),
    toggles(store),
    element("hr"),
    linkButton(store),
  );
  store.watch((state) => {
    const { source, wishes } = state;
    button.title =
      source === null ? "Camera and picture (C)" : `From: ${source.label}. Change it (C)`;
    write(given, source?.isCamera === true ? givenText(state.given, wishes) : "");
    // What was open belongs to the stage.
    if (state.screen !== "stage" && panel.matches(":popover-open")) panel.hidePopover();
  });
  return element("div", { class: "panel-holder" }, button, panel);
}

/** The system's own list is at home on phones and keyboards. */
function sourceSelect(store: Store, app: App, pickFile: () => void): HTMLElement {
  const select = element("select", { class: "field", "aria-label": "Camera or file" });
  select.addEventListener("change", () => {
    const { value } = select;
    fill(store.get());
    if (value === FILE) pickFile();
    else if (value !== CURRENT) void app.useCamera({ deviceId: value.slice("camera:".length) });
  });
  const fill = ({ cameras, source }: State) => {
    const options = cameras.map(({ deviceId, label }, index) => ({
      value: `camera:${deviceId}`,
      text: cameraName(label, index),
    }));
    const isListed = options.some(({ value }) => value === `camera:${source?.deviceId ?? ""}`);
    if (source !== null && !isListed) options.unshift({ value: CURRENT, text: source.label });
    options.push({ value: FILE, text: "Video file…" });
    choose(select, options, isListed ? `camera:${source?.deviceId ?? ""}` : CURRENT);
  };
  store.watch((state, before) => {
    if (state.cameras !== before?.cameras || state.source !== before.source) fill(state);
    select.disabled = state.isOpening;
  });
  return select;
}

function sideSwitch(store: Store, app: App): HTMLElement {
  const root = element("div", { class: "segments", role: "group", "aria-label": "Side" });
  const isHeld = matchMedia("(hover: none) and (pointer: coarse)");
  const names: Readonly<Record<Facing, string>> = { user: "Front", environment: "Back" };
  for (const facing of ["user", "environment"] as const) {
    const click = () => void app.useCamera({ facing });
    const one = element("button", { type: "button", click }, names[facing]);
    store.watch(({ source, wishes, isOpening }) => {
      mark(one, "aria-pressed", (source?.facing ?? wishes.facing) === facing);
      one.disabled = isOpening;
    });
    root.append(one);
  }
  store.watch(({ cameras, source }) => {
    const labels = cameras.map(({ label }) => label);
    root.hidden = source?.isCamera !== true || sides(labels, isHeld.matches).length === 0;
  });
  return root;
}

function sizeSelects(store: Store, app: App): HTMLElement {
  const size = element("select", { class: "field", "aria-label": "Size of the picture" });
  const rate = element("select", { class: "field", "aria-label": "Frames a second" });
  size.addEventListener("change", () => {
    const wishes = parseSize(size.value);
    if (wishes !== null) void app.resize(wishes);
  });
  rate.addEventListener("change", () => void app.resize({ fps: Number(rate.value) }));
  const root = element("div", { class: "panel-row" }, size, rate);
  store.watch(({ wishes, most, source, isOpening }, before) => {
    root.hidden = source?.isCamera !== true;
    size.disabled = rate.disabled = isOpening;
    if (wishes === before?.wishes && most === before.most) return;
    choose(size, sizeChoices(wishes, most), sizeOf(wishes));
    choose(rate, rateChoices(wishes, most), rateOf(wishes));
  });
  return root;
}

function toggles(store: Store): HTMLElement {
  const toggle = (name: "mirror" | "fit", text: string, label: string, click: () => void) =>
    element(
      "button",
      { class: "toggle", type: "button", title: label, click },
      icon(name),
      element("span", {}, text),
    );
  const mirror = toggle("mirror", "Mirror", "As in a mirror (M)", () => {
    store.set({ isMirrored: !store.get().isMirrored });
  });
  const fit = toggle("fit", "Fill window", "Cut at the edges, or all of it (F)", () => {
    store.set({ fit: store.get().fit === "cover" ? "contain" : "cover" });
  });
  store.watch(({ isMirrored, fit: now }) => {
    mark(mirror, "aria-pressed", isMirrored);
    mark(fit, "aria-pressed", now === "cover");
  });
  return element("div", { class: "panel-row" }, mirror, fit);
}

function choose(select: HTMLSelectElement, choices: readonly Choice[], value: string): void {
  const options = choices.map((one) => element("option", { value: one.value }, one.text));
  select.replaceChildren(...options);
  select.value = value;
}
