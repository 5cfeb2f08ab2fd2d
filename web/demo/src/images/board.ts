/** The canvas with the picture and what lies over it; knows which part of it is looked at. */

import type { Placement } from "rtseg";

import { element } from "../element.js";
import type { Surface } from "../hands.js";
import { type Area, held, type Look, panned, placed, WHOLE, zoomed } from "./look.js";
import { paintOutlines } from "./paint.js";
import type { ImageStore } from "./state.js";

/** CSS pixels that stay free around the picture. */
const MARGIN_PX = 14;

export class Board implements Surface {
  readonly root: HTMLElement;
  /** Lies over the picture, and takes what hands do. */
  readonly glass: HTMLElement;
  readonly isMirrored = false;
  readonly #canvas = element("canvas", { class: "board-canvas", "aria-hidden": "true" });
  readonly #context = this.#canvas.getContext("2d");
  readonly #store: ImageStore;
  readonly #still = matchMedia("(prefers-reduced-motion: reduce)");
  readonly #moved = new Set<(look: Look) => void>();
  #look: Look = WHOLE;
  #request = 0;

  constructor(store: ImageStore, label: string) {
    this.#store = store;
    this.glass = element("div", {
      class: "glass",
      role: "application",
      tabindex: 0,
      "aria-label": label,
    });
    this.root = element(
      "main",
      { class: "board", "aria-label": "Picture" },
      this.#canvas,
      this.glass,
    );
    new ResizeObserver(() => {
      this.#resize();
    }).observe(this.#canvas);
    store.watch((state, before) => {
      if (state.picture?.bitmap !== before?.picture?.bitmap) this.#look = WHOLE;
      this.invalidate();
    });
  }

  /** Hear when another part of the picture is shown. */
  onMove(listener: (look: Look) => void): void {
    this.#moved.add(listener);
  }

  get zoom(): number {
    return this.#look.zoom;
  }

  toPicture(clientX: number, clientY: number): { x: number; y: number } | null {
    const { picture } = this.#store.get();
    if (picture === null) return null;
    const { left, top } = this.#canvas.getBoundingClientRect();
    const { scale, x, y } = this.#placement();
    if (scale <= 0) return null;
    return {
      x: (clientX - left - x) / (picture.width * scale),
      y: (clientY - top - y) / (picture.height * scale),
    };
  }

  fromPicture(x: number, y: number): { x: number; y: number } {
    const { picture } = this.#store.get();
    const { scale, x: left, y: top } = this.#placement();
    return {
      x: left + x * (picture?.width ?? 0) * scale,
      y: top + y * (picture?.height ?? 0) * scale,
    };
  }

  /** Show it `factor` times as large, around a place in the window; by default the middle. */
  zoomBy(factor: number, client?: { readonly x: number; readonly y: number }): void {
    const { picture } = this.#store.get();
    if (picture === null) return;
    const { left, top } = this.#canvas.getBoundingClientRect();
    const area = this.#area();
    const at = client
      ? { x: client.x - left, y: client.y - top }
      : { x: area.left + area.width / 2, y: area.top + area.height / 2 };
    this.#show(zoomed(this.#look, picture, area, factor, at));
  }

  panBy(dx: number, dy: number): void {
    const { picture } = this.#store.get();
    if (picture !== null) this.#show(panned(this.#look, picture, this.#area(), dx, dy));
  }

  /** Show all of the picture. */
  fit(): void {
    this.#show(WHOLE);
  }

  /** Paint at the next refresh. */
  invalidate(): void {
    if (this.#request !== 0) return;
    this.#request = requestAnimationFrame((now) => {
      this.#request = 0;
      if (this.#paint(now)) this.invalidate();
    });
  }

  #show(look: Look): void {
    this.#look = look;
    this.invalidate();
    for (const listener of this.#moved) listener(look);
  }

  /** What the styles leave free of other things: `--clear-top`, `--clear-bottom`. */
  #area(): Area {
    const style = getComputedStyle(this.#canvas);
    const clear = (side: string) => parseFloat(style.getPropertyValue(`--clear-${side}`)) || 0;
    const { clientWidth, clientHeight } = this.#canvas;
    const top = clear("top") + MARGIN_PX;
    return {
      left: MARGIN_PX,
      top,
      width: Math.max(1, clientWidth - 2 * MARGIN_PX),
      height: Math.max(1, clientHeight - top - clear("bottom") - MARGIN_PX),
    };
  }

  /** In CSS pixels. */
  #placement(): Placement {
    const { picture } = this.#store.get();
    return placed(picture ?? { width: 0, height: 0 }, this.#area(), this.#look);
  }

  #paint(now: number): boolean {
    const context = this.#context;
    const state = this.#store.get();
    const { picture } = state;
    if (context === null) return false;
    const { width, height } = this.#canvas;
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.clearRect(0, 0, width, height);
    if (picture === null) return false;
    const density = this.#density();
    const css = this.#placement();
    const placement = { scale: css.scale * density, x: css.x * density, y: css.y * density };
    const { scale, x, y } = placement;
    const [shownWidth, shownHeight] = [picture.width * scale, picture.height * scale];
    // What is transparent is white to the server as well.
    context.fillStyle = "#fff";
    context.fillRect(x, y, shownWidth, shownHeight);
    // Far in, one wants to see the pixels.
    context.imageSmoothingEnabled = scale < 3 * density;
    context.imageSmoothingQuality = "high";
    context.drawImage(picture.bitmap, x, y, shownWidth, shownHeight);
    const isStill = this.#still.matches;
    return paintOutlines(context, { state, placement, density, now, isStill });
  }

  #resize(): void {
    const density = this.#density();
    this.#canvas.width = Math.round(this.#canvas.clientWidth * density);
    this.#canvas.height = Math.round(this.#canvas.clientHeight * density);
    const { picture } = this.#store.get();
    if (picture !== null) this.#look = held(this.#look, picture, this.#area());
    // Setting the size has wiped the canvas; waiting for the next refresh would flash.
    this.#paint(performance.now());
    this.invalidate();
    for (const listener of this.#moved) listener(this.#look);
  }

  #density(): number {
    return Math.min(2, window.devicePixelRatio || 1);
  }
}
