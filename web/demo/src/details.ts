/** Where the time of a frame goes: the last minute, and each stage in figures. */

import type { App } from "./app.js";
import { STAGES } from "./budget.js";
import { chart, secondsAgo } from "./chart.js";
import { element, mark, write } from "./element.js";
import { type Bin, BINS, type Quantiles, sumOf } from "./history.js";
import { control } from "./icons.js";
import type { Store } from "./store.js";

const REFRESH_MS = 250;
/** Quantiles of a whole minute change slowly, and sorting it costs half a millisecond. */
const QUANTILES_EVERY = 4;

export function details(store: Store, app: App): HTMLElement {
  const total = element("b");
  const lead = element("p", { class: "details-total" }, total, " from the lens to the screen");
  const table = stageTable();
  let bins: readonly Bin[] = [];
  let column: number | null = null;
  const refreshMoment = () => {
    const now = column === null ? recent(bins) : bins[column];
    table.moment(now ?? null, column);
  };
  const plot = chart((picked) => {
    column = picked;
    refreshMoment();
  });
  const note = element("p", { class: "details-note" });
  const measured = element("div", { class: "details-measured" }, plot.root, table.root);
  const close = control("stop", "Close (D)", () => {
    app.toggleDetails();
  });
  const root = element(
    "aside",
    { class: "details", "aria-label": "Where the time goes" },
    element("header", {}, element("h2", {}, "Where the time goes"), close),
    lead,
    measured,
    note,
  );

  let quantiles: Quantiles | null = null;
  let turn = 0;
  const refresh = () => {
    const now = performance.now();
    bins = app.gauge.history.bins(now);
    if (turn++ % QUANTILES_EVERY === 0) {
      quantiles = app.gauge.history.quantiles(now);
      table.quantiles(quantiles);
    }
    const { cameraFps, modelMs, isTimed } = app.gauge.read(now);
    write(total, quantiles === null ? "– ms" : `${quantiles.total.p50.toFixed(0)} ms`);
    // What the camera promises stands still; what it keeps of that is another figure.
    const fps = store.get().given?.fps ?? cameraFps;
    plot.show(bins, fps > 0 ? 1000 / fps : 0);
    refreshMoment();
    measured.hidden = isTimed === false;
    write(note, noteText(isTimed, modelMs, app.gauge.isEstimated));
  };
  let timer: ReturnType<typeof setInterval> | undefined;
  store.watch(({ screen, isDetailed }, before) => {
    root.hidden = screen !== "stage" || !isDetailed;
    if (before !== null && screen === before.screen && isDetailed === before.isDetailed) return;
    clearInterval(timer);
    if (root.hidden) return;
    turn = 0;
    refresh();
    timer = setInterval(refresh, REFRESH_MS);
  });
  return root;
}

function noteText(isTimed: boolean | null, modelMs: number | null, isEstimated: boolean): string {
  if (isTimed === false) return "The server was not asked for its times, or does not tell them.";
  if (modelMs === null) return "Waiting for the first figures…";
  const model = `Beside that, the model takes ${modelMs.toFixed(0)} ms a run. No frame waits for it.`;
  const clocks =
    "The server’s clock tells another time: there and back are shared by the round trip.";
  return isEstimated ? `${model} ${clocks}` : model;
}

/** The latest bin that is full. */
function recent(bins: readonly Bin[]): Bin | undefined {
  return bins.slice(-3, -1).findLast(({ spent }) => spent !== null);
}

function stageTable() {
  const when = element("th", { scope: "col" });
  const row = (name: HTMLElement) => {
    const cells = [element("td"), element("td"), element("td")];
    return { root: element("tr", {}, name, ...cells), cells };
  };
  const rows = STAGES.map(({ id, tip }) =>
    row(
      element(
        "th",
        { scope: "row", title: tip },
        element("i", { "data-stage": id, "aria-hidden": "true" }),
        id,
        element("span", { class: "only-heard" }, `, ${tip}`),
      ),
    ),
  );
  const whole = row(element("th", { scope: "row" }, "all of it"));
  whole.root.classList.add("whole");
  const root = element(
    "table",
    {},
    element("caption", { class: "only-heard" }, "Milliseconds of each stage, of the last minute"),
    element(
      "thead",
      {},
      element(
        "tr",
        {},
        element("td"),
        element("th", { scope: "col", title: "Half of the frames take longer" }, "p50"),
        element("th", { scope: "col", title: "One frame in twenty takes longer" }, "p95"),
        when,
      ),
    ),
    element("tbody", {}, ...rows.map((one) => one.root), whole.root),
  );
  const put = (cell: HTMLElement | undefined, ms: number | undefined) => {
    if (cell !== undefined) write(cell, ms === undefined ? "–" : ms.toFixed(1));
  };
  return {
    root,
    quantiles(all: Quantiles | null) {
      [...rows, whole].forEach(({ cells }, index) => {
        const one = index < rows.length ? all?.stages[index] : all?.total;
        put(cells[0], one?.p50);
        put(cells[1], one?.p95);
      });
    },
    moment(bin: Bin | null, column: number | null) {
      const isNow = column === null || column === BINS - 1;
      write(when, isNow ? "now" : `${secondsAgo(column)} s ago`);
      mark(root, "data-read", column !== null);
      const { spent = null } = bin ?? {};
      rows.forEach(({ cells }, index) => {
        put(cells[2], spent?.[index]);
      });
      put(whole.cells[2], spent === null ? undefined : sumOf(spent));
    },
  };
}
