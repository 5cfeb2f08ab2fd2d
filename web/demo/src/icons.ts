/** Drawn for these pages on a grid of 20, one and a half wide. */

import { element } from "./element.js";

const PERSON =
  "M10 3.2c2.4 0 4 1.8 4 4 0 1.5-.7 2.7-1.7 3.5 2.7.9 4.5 3 4.7 6.1H3c.2-3.1 2-5.2 4.7-6.1A4.3 4.3 0 0 1 6 7.2c0-2.2 1.6-4 4-4Z";

const SHAPES = {
  outline: `<path d="${PERSON}"/>`,
  fill: `<path fill="currentColor" d="${PERSON}"/>`,
  glow: `<path d="${PERSON}" stroke-width="4.6" stroke-opacity=".28"/><path d="${PERSON}"/>`,
  spotlight: `<path d="M2.5 3h15v14h-15z" fill="currentColor" fill-opacity=".35"/><circle cx="10" cy="10" r="4.2" fill="var(--icon-hole, #fff)"/>`,
  blur: `<circle cx="10" cy="10" r="3.4" fill="currentColor"/><path d="M10 2.8v.01M10 17.2v.01M2.8 10v.01M17.2 10v.01M4.9 4.9v.01M15.1 15.1v.01M15.1 4.9v.01M4.9 15.1v.01" stroke-width="2.4"/>`,
  replace: `<path d="M2.5 4h15v12h-15z"/><path d="m3 14 4-4.5 3.2 3.5 2.6-2.6L17 14.5"/><circle cx="13.5" cy="7.5" r="1.1"/>`,
  mirror: `<path d="M10 3v14" stroke-dasharray="2 2"/><path d="M7 6.5 2.5 14H7zM13 6.5l4.5 7.5H13z"/>`,
  fit: `<path d="M3 7V3.5h4M17 7V3.5h-4M3 13v3.5h4M17 13v3.5h-4"/>`,
  pause: `<path d="M7 4v12M13 4v12" stroke-width="2.4"/>`,
  play: `<path d="M6 3.8 16 10 6 16.2z" fill="currentColor"/>`,
  stop: `<path d="m5 5 10 10M15 5 5 15" stroke-width="1.8"/>`,
  undo: `<path d="M7.5 4 4 7.5 7.5 11M4.4 7.5H12a4.3 4.3 0 0 1 0 8.6H8"/>`,
  redo: `<path d="M12.5 4 16 7.5 12.5 11M15.6 7.5H8a4.3 4.3 0 0 0 0 8.6h4"/>`,
  minus: `<circle cx="10" cy="10" r="7"/><path d="M6.8 10h6.4"/>`,
  camera: `<path d="M2.5 6h10v8.5h-10zM12.5 9l5-2.5v7.5l-5-2.5z"/>`,
  file: `<path d="M3 4.5h14v11H3zM3 8h14M6.5 4.5V8M10 4.5V8M13.5 4.5V8"/>`,
  image: `<path d="M10 4.5v11M4.5 10h11"/>`,
  gauge: `<path d="M3.5 15a7.5 7.5 0 1 1 13 0M10 11.5 13.5 7"/>`,
  link: `<path d="M8.5 11.5a3 3 0 0 0 4.3 0l2.9-2.9a3 3 0 0 0-4.3-4.3l-1 1M11.5 8.5a3 3 0 0 0-4.3 0l-2.9 2.9a3 3 0 0 0 4.3 4.3l1-1"/>`,
  copy: `<path d="M7 6.5V3.5h9.5V13h-3M3.5 7H13v9.5H3.5z"/>`,
  check: `<path d="m4 10.5 4 4 8-9" stroke-width="2"/>`,
  download: `<path d="M10 3v9.5M6 9l4 4 4-4M3.5 16.5h13"/>`,
  zoomIn: `<circle cx="8.8" cy="8.8" r="5.3"/><path d="m12.8 12.8 4 4M6.4 8.8h4.8M8.8 6.4v4.8"/>`,
  zoomOut: `<circle cx="8.8" cy="8.8" r="5.3"/><path d="m12.8 12.8 4 4M6.4 8.8h4.8"/>`,
  cutOut: `<path d="${PERSON}" stroke-dasharray="2.4 2"/>`,
  cutout: `<path fill="currentColor" fill-opacity=".9" stroke-dasharray="2.2 1.9" d="${PERSON}"/>`,
  label: `<path d="M3 4.5h8.2l5.8 5.7-6.2 6.3L3 8.7z"/><circle cx="6.6" cy="8" r="1.1" fill="currentColor"/>`,
  snapshot: `<path d="M2.8 6h3.4l1.3-2h5l1.3 2h3.4v10H2.8z"/><circle cx="10" cy="10.8" r="3"/>`,
  record: `<circle cx="10" cy="10" r="7"/><circle cx="10" cy="10" r="4" fill="currentColor" stroke="none"/>`,
  recordStop: `<rect x="5.2" y="5.2" width="9.6" height="9.6" rx="1.6" fill="currentColor" stroke="none"/>`,
} as const;

export type IconName = keyof typeof SHAPES;

export function icon(name: IconName): SVGElement {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("viewBox", "0 0 20 20");
  svg.setAttribute("class", "icon");
  svg.setAttribute("aria-hidden", "true");
  svg.innerHTML = SHAPES[name];
  return svg;
}

/** A button that is its icon alone; the label is read aloud, and shown when it is pointed at. */
export function control(name: IconName, label: string, click: () => void): HTMLButtonElement {
  const attributes = { class: "control", type: "button", title: label, "aria-label": label, click };
  return element("button", attributes, icon(name));
}

/** The sign of rtseg: a thing, and a line that stays around it. */
export function logo(): SVGElement {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("viewBox", "4 4 24 24");
  svg.setAttribute("class", "logo");
  svg.setAttribute("aria-hidden", "true");
  svg.innerHTML =
    `<path class="logo-line" d="M16 5.5c5.6-.6 10.6 3.3 10.9 9.1.3 6.1-3.9 11.7-10.2 11.9-6.3.2-11.4-4.3-11.3-10.6C5.5 10.3 10.2 6.1 16 5.5Z"/>` +
    `<circle class="logo-thing" cx="16.2" cy="16" r="5.2"/>`;
  return svg;
}
