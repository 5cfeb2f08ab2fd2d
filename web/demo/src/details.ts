/** Where the time of a frame goes, as one bar. */

import type { App } from "./app.js";
import { element, write } from "./element.js";
import type { Figures } from "./figures.js";
import type { Store } from "./store.js";

const REFRESH_MS = 500;

const TIPS: Readonly<Record<string, string>> = {
  "to server": "encoding in the browser, the network, and receiving",
  decode: "the coded frame to pixels",
  wait: "until the tracker was free",
  track: "following every object into this frame",
  path: "masks to outlines",
  encode: "outlines to bytes",
  "to page": "the network, and this page’s turn to listen",
};

export function details(store: Store, app: App): HTMLElement {
  const total = element("b");
  const bar = element("div", { class: "bar", "aria-hidden": "true" });
  const list = element("dl", { class: "bar-list" });
  const model = element("p", { class: "details-note" });
  const measured = element(
    "div",
    {},
    element("p", { class: "details-total" }, total, " ms from the lens to this page"),
    bar,
    list,
    model,
  );
  const offer = element(
    "div",
    {},
    element(
      "p",
      {},
      "The server can time every step of a frame. It costs some twenty bytes a frame, so it is off until you ask.",
    ),
    element(
      "button",
      {
        class: "button small",
        type: "button",
        click: () => {
          app.toggleTiming();
        },
      },
      "Measure",
    ),
  );
  const root = element(
    "aside",
    { class: "details", "aria-label": "Where the time goes" },
    element("h2", {}, "Where the time goes"),
    offer,
    measured,
  );

  const refresh = () => {
    const figures = app.gauge.read(performance.now());
    const sum = figures.stages.reduce((ms, stage) => ms + stage.ms, 0);
    write(total, figures.stages.length > 0 ? sum.toFixed(0) : "–");
    draw(bar, list, figures, sum);
    write(
      model,
      figures.modelMs === null
        ? "Waiting for the first figures…"
        : `Beside that, the model takes ${figures.modelMs.toFixed(0)} ms a run. No frame waits for it.`,
    );
  };
  let timer: ReturnType<typeof setInterval> | undefined;
  store.watch(({ screen, isDetailed, isTiming }) => {
    root.hidden = screen !== "stage" || !isDetailed;
    offer.hidden = isTiming;
    measured.hidden = !isTiming;
    clearInterval(timer);
    if (root.hidden || !isTiming) return;
    refresh();
    timer = setInterval(refresh, REFRESH_MS);
  });
  return root;
}

function draw(bar: HTMLElement, list: HTMLElement, { stages }: Figures, sum: number): void {
  const names = stages.map(({ name }) => name).join();
  if (bar.dataset["names"] !== names) {
    bar.dataset["names"] = names;
    bar.replaceChildren(...stages.map(({ name }) => element("i", { "data-stage": name })));
    list.replaceChildren(
      ...stages.map(({ name }) =>
        element(
          "div",
          { title: TIPS[name] ?? "" },
          element("dt", {}, element("i", { "data-stage": name }), name),
          element("dd"),
        ),
      ),
    );
  }
  stages.forEach(({ ms }, index) => {
    const part = bar.children[index];
    if (part instanceof HTMLElement) part.style.flexGrow = String(ms / sum);
    const figure = list.children[index]?.lastElementChild;
    if (figure) write(figure, `${ms.toFixed(1)} ms`);
  });
}
