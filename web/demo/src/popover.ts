/** A panel that a button opens over the page, and anything else closes. */

import { element } from "./element.js";

const GAP_PX = 12;
const EDGE_PX = 12;

/** The panel of this button. It must be put into the page; the browser does the rest. */
export function popover(
  button: HTMLButtonElement,
  label: string,
  ...children: Node[]
): HTMLDivElement {
  const root = element(
    "div",
    { class: "popover", popover: "auto", role: "dialog", "aria-label": label },
    ...children,
  );
  button.popoverTargetElement = root;
  button.setAttribute("aria-haspopup", "dialog");
  const lay = () => {
    // Beside all of the bar that the button stands in.
    const bar = button.closest(".dock, .status") ?? button;
    place(root, button.getBoundingClientRect(), bar.getBoundingClientRect());
  };
  root.addEventListener("toggle", (event) => {
    if (event.newState !== "open") return;
    lay();
    addEventListener("resize", lay);
  });
  root.addEventListener("beforetoggle", (event) => {
    if (event.newState === "closed") removeEventListener("resize", lay);
  });
  return root;
}

/** Keys that close such a panel are not for what lies under it. */
export function isPopoverOpen(): boolean {
  return document.querySelector(":popover-open") !== null;
}

/** Towards the middle of the window from its button, and never beyond its edges. */
function place(root: HTMLElement, from: DOMRect, bar: DOMRect): void {
  const { innerWidth, innerHeight } = window;
  const isBelow = bar.top + bar.bottom < innerHeight;
  const room = isBelow ? innerHeight - bar.bottom : bar.top;
  root.style.maxHeight = `${room - GAP_PX - EDGE_PX}px`;
  const middle = (from.left + from.right) / 2 - root.offsetWidth / 2;
  const left = Math.min(Math.max(EDGE_PX, middle), innerWidth - root.offsetWidth - EDGE_PX);
  root.style.left = `${left}px`;
  root.style.top = isBelow ? `${bar.bottom + GAP_PX}px` : "auto";
  root.style.bottom = isBelow ? "auto" : `${innerHeight - bar.top + GAP_PX}px`;
}
