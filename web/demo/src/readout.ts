/** The live figures over the picture, each with its explanation. */

import type { Showing } from "rtseg";

import type { App } from "./app.js";
import { element, mark, write } from "./element.js";
import type { Figures } from "./figures.js";
import { spanText } from "./gap.js";
import { icon, logo } from "./icons.js";
import { SHOWING_WORDS, showingSwitch } from "./showing.js";
import type { State, Store } from "./store.js";

const REFRESH_MS = 400;

interface Figure {
  readonly id: string;
  readonly name: string;
  readonly unit: (figures: Figures) => string;
  readonly value: (figures: Figures) => string;
  readonly tip: (figures: Figures) => string;
}

const FIGURES: readonly Figure[] = [
  {
    id: "camera",
    name: "camera",
    unit: () => "fps",
    value: ({ cameraFps }) => cameraFps.toFixed(0),
    tip: () => "Frames a second that the camera delivers to this page.",
  },
  {
    id: "mask",
    name: "outline",
    unit: () => "fps",
    value: ({ maskFps }) => maskFps.toFixed(0),
    tip: () => "Outlines a second that come back. As many as the camera’s frames, at best.",
  },
  {
    id: "age",
    name: "age",
    unit: (figures) => ageText(figures)[1],
    value: (figures) => ageText(figures)[0],
    tip: ({ delayMs, evidenceMs }) =>
      delayMs === null
        ? "Age of what the model last saw. The whole delay is known once the clocks are joined."
        : `From the camera taking a frame to its outline being drawn here. What the model last saw is ${evidenceMs?.toFixed(0) ?? "–"} ms older than that frame.`,
  },
  {
    id: "rate",
    name: "traffic",
    unit: ({ bytesPerSecond }) => (bytesPerSecond < 1e6 ? "kB/s" : "MB/s"),
    value: ({ bytesPerSecond: rate }) => (rate < 1e6 ? rate / 1e3 : rate / 1e6).toFixed(1),
    tip: () =>
      "What the outlines take on their way back. A video would be some hundred times that.",
  },
  {
    id: "size",
    name: "a frame",
    unit: () => "B",
    value: ({ bytesPerFrame }) => bytesPerFrame?.toFixed(0) ?? "–",
    tip: () => "Bytes in one packet: every outline that is right for one camera frame.",
  },
];

export function readout(store: Store, app: App): HTMLElement {
  const shown = FIGURES.map((figure) => {
    const value = element("b");
    const unit = element("small");
    const tip = element("span", { class: "tip", role: "tooltip", id: `tip-${figure.id}` });
    const name = element("span", { class: "figure-name", id: `name-${figure.id}` }, figure.name);
    const shownValue = element("span", { class: "figure-value", id: `value-${figure.id}` });
    shownValue.append(value, unit);
    const root = element(
      "div",
      {
        class: `figure figure-${figure.id}`,
        // What can be focused needs a role and a name: "camera 30fps".
        role: "group",
        tabindex: 0,
        "aria-labelledby": `${name.id} ${shownValue.id}`,
        "aria-describedby": tip.id,
      },
      name,
      shownValue,
      tip,
    );
    return { figure, root, value, unit, tip };
  });
  const details = element(
    "button",
    {
      class: "figure figure-more",
      type: "button",
      title: "Where the time goes (D)",
      "aria-label": "Where the time goes (D)",
      click: () => {
        app.toggleDetails();
      },
    },
    icon("gauge"),
  );
  const model = element("span", { class: "status-model" });
  const word = element("span", { class: "status-word" });
  const status = element(
    "div",
    { class: "status" },
    logo(),
    element("i", { class: "status-dot", "aria-hidden": "true" }),
    element("span", { "aria-live": "polite" }, word),
    showingSwitch(store, app),
    model,
  );
  const root = element(
    "div",
    { class: "readout", role: "region", "aria-label": "How it runs" },
    status,
    element("div", { class: "figures" }, ...shown.map(({ root: one }) => one), details),
  );

  const say = () => {
    write(word, wordFor(store.get(), app.presented(performance.now()).showing));
  };
  const refresh = () => {
    say();
    const figures = app.gauge.read(performance.now());
    for (const { figure, value, unit, tip } of shown) {
      write(value, figure.value(figures));
      write(unit, figure.unit(figures));
      write(tip, figure.tip(figures));
    }
  };
  let timer: ReturnType<typeof setInterval> | undefined;
  store.watch((state) => {
    root.hidden = state.screen !== "stage";
    mark(details, "aria-pressed", state.isDetailed);
    mark(status, "data-kind", state.isPaused ? "paused" : state.session.kind);
    say();
    const models = [...new Set(state.active.map((prompt) => prompt.model).filter(Boolean))];
    write(model, models.join(", "));
    model.title = models.length > 0 ? `Model: ${models.join(", ")}` : "";
    clearInterval(timer);
    if (root.hidden) return;
    refresh();
    timer = setInterval(refresh, REFRESH_MS);
  });
  return root;
}

function ageText({ delayMs, evidenceMs }: Figures): readonly [string, string] {
  const ms = delayMs ?? evidenceMs;
  const [value = "–", unit = "ms"] = ms === null ? [] : spanText(ms).split(" ");
  return [value, unit];
}

/** @param showing as it is, which may be other than it is wished. */
function wordFor({ session, isPaused, isStale }: State, showing: Showing): string {
  switch (session.kind) {
    case "live":
      return isPaused ? "Paused" : isStale ? "Catching up" : SHOWING_WORDS[showing].name;
    case "connecting":
      return "Connecting";
    case "reconnecting":
      return session.reason.code === "model_missing" ? "Waiting" : "Reconnecting";
    case "failed":
      return "Stopped";
    case "idle":
    case "closed":
      return "";
  }
}
