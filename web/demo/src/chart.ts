/** The last minute as stacked areas, of which any moment can be read. */

import { STAGES } from "./budget.js";
import { element, mark, write } from "./element.js";
import { type Bin, BIN_MS, BINS, sumOf } from "./history.js";
import { ceilingOf, columnAt, layers, marks } from "./layers.js";

const SVG = "http://www.w3.org/2000/svg";

export interface Chart {
  readonly root: HTMLElement;
  /** @param frameMs of the camera: what a frame may take before the next one is there. */
  show(bins: readonly Bin[], frameMs: number): void;
}

/** @param picked is called with the column that is read; null when none is any longer. */
export function chart(picked: (column: number | null) => void): Chart {
  const areas = STAGES.map(({ id }) => svg("path", { "data-stage": id }));
  const cursor = svg("path", { class: "chart-cursor", "vector-effect": "non-scaling-stroke" });
  const plot = svg(
    "svg",
    { class: "chart-plot", viewBox: `0 0 ${BINS} 1`, preserveAspectRatio: "none" },
    ...areas,
    cursor,
  );
  const missed = svg("path", {});
  const track = svg(
    "svg",
    { class: "chart-missed", viewBox: `0 0 ${BINS} 1`, preserveAspectRatio: "none" },
    missed,
  );
  const top = element("span", { class: "chart-top" });
  const budget = element("span", { class: "chart-budget" }, element("span", {}));
  const root = element(
    "div",
    {
      class: "chart",
      role: "slider",
      tabindex: 0,
      "aria-label": "The last minute. Arrow keys read a moment.",
      "aria-valuemin": -60,
      "aria-valuemax": 0,
    },
    element("div", { class: "chart-box", "aria-hidden": "true" }, plot, budget, top),
    track,
    element(
      "div",
      { class: "chart-axis", "aria-hidden": "true" },
      element("span", {}, "1 min ago"),
      element("span", { class: "chart-key" }, "no outline came"),
      element("span", {}, "now"),
    ),
  );

  let bins: readonly Bin[] = [];
  let ceiling = 0;
  let column: number | null = null;
  const pick = (now: number | null) => {
    column = now;
    cursor.setAttribute("d", now === null ? "" : `M${now + 0.5} 0V1`);
    say();
    picked(now);
  };
  const say = () => {
    mark(root, "aria-valuenow", String(-secondsAgo(column ?? BINS - 1)));
    mark(root, "aria-valuetext", column === null ? "now" : momentText(bins[column], column));
  };
  const pointed = (event: PointerEvent) => {
    const { left, width } = plot.getBoundingClientRect();
    pick(columnAt((event.clientX - left) / width));
  };
  root.addEventListener("pointerdown", pointed);
  root.addEventListener("pointermove", (event) => {
    if (event.pointerType === "mouse" || event.buttons > 0) pointed(event);
  });
  root.addEventListener("pointerleave", (event) => {
    // A finger that was lifted has read its moment, and now wants to see it.
    if (event.pointerType === "mouse") pick(null);
  });
  root.addEventListener("blur", () => {
    pick(null);
  });
  root.addEventListener("keydown", (event) => {
    const from = column ?? BINS - 1;
    const to = stepTo(event.key, from);
    if (to === null && !(event.key === "Escape" && column !== null)) return;
    event.preventDefault();
    pick(to);
  });
  pick(null);

  return {
    root,
    show(now, frameMs) {
      bins = now;
      ceiling = ceilingOf(bins, ceiling);
      layers(bins, STAGES.length, ceiling).forEach((d, stage) =>
        areas[stage]?.setAttribute("d", d),
      );
      missed.setAttribute("d", marks(bins));
      write(top, `${ceiling} ms`);
      budget.style.bottom = `${(100 * frameMs) / ceiling}%`;
      budget.hidden = !(frameMs > 0 && frameMs < ceiling * 0.9);
      if (budget.firstElementChild !== null) {
        write(budget.firstElementChild, `one frame, ${frameMs.toFixed(0)} ms`);
      }
      // Nobody wants to hear what they look at change; it is said when it is moved.
      if (column === null) say();
    },
  };
}

export function secondsAgo(column: number): number {
  return Math.round(((BINS - 1 - column) * BIN_MS) / 1000);
}

function stepTo(key: string, from: number): number | null {
  switch (key) {
    case "ArrowLeft":
    case "ArrowDown":
      return Math.max(0, from - 1);
    case "ArrowRight":
    case "ArrowUp":
      return Math.min(BINS - 1, from + 1);
    case "PageDown":
      return Math.max(0, from - 10);
    case "PageUp":
      return Math.min(BINS - 1, from + 10);
    case "Home":
      return 0;
    case "End":
      return BINS - 1;
    default:
      return null;
  }
}

/** A moment in words, the stages that take the most first. */
export function momentText(bin: Bin | undefined, column: number): string {
  const when = column === BINS - 1 ? "now" : `${secondsAgo(column)} s ago`;
  const missed = bin?.missed ? `, ${bin.missed} without an outline` : "";
  if (!bin?.spent) return `${when}: no outline${missed}`;
  const { spent } = bin;
  const most = STAGES.map(({ id }, stage) => ({ id, ms: spent[stage] ?? 0 }))
    .filter(({ ms }) => ms >= 1)
    .sort((a, b) => b.ms - a.ms)
    .slice(0, 4)
    .map(({ id, ms }) => `${id} ${ms.toFixed(0)}`);
  return `${when}: ${sumOf(spent).toFixed(0)} milliseconds${missed}. ${most.join(", ")}`;
}

function svg(name: string, attributes: Record<string, string>, ...children: Node[]): SVGElement {
  const made = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...children);
  return made;
}
