import type { Size } from "./path.js";

export type Fit = "contain" | "cover";

/** Where a picture lies in a box: `box = picture * scale + (x, y)`. */
export interface Placement {
  readonly scale: number;
  readonly x: number;
  readonly y: number;
}

/** Place a picture in the middle of a box as CSS `object-fit` does. */
export function place(picture: Size, box: Size, fit: Fit): Placement {
  if (picture.width <= 0 || picture.height <= 0) return { scale: 0, x: 0, y: 0 };
  const across = box.width / picture.width;
  const down = box.height / picture.height;
  const scale = fit === "cover" ? Math.max(across, down) : Math.min(across, down);
  return {
    scale,
    x: (box.width - picture.width * scale) / 2,
    y: (box.height - picture.height * scale) / 2,
  };
}

/** How a picture is shown in a box. All lengths of the box are in one unit: CSS pixels, say. */
export interface View {
  readonly picture: Size;
  readonly box: Size;
  readonly fit: Fit;
  /** Left and right are exchanged on the screen; the picture's own coordinates are not. */
  readonly mirrored: boolean;
}

/** From a place in the box to [0, 1] of the picture's sides; beyond that, it is beside the picture. */
export function boxToPicture(view: View, x: number, y: number): { x: number; y: number } | null {
  const { scale, x: left, y: top } = place(view.picture, view.box, view.fit);
  if (scale <= 0) return null;
  const across = view.mirrored ? view.box.width - x : x;
  return {
    x: (across - left) / (view.picture.width * scale),
    y: (y - top) / (view.picture.height * scale),
  };
}

/** From [0, 1] of the picture's sides to a place in the box. The inverse of `boxToPicture`. */
export function pictureToBox(view: View, x: number, y: number): { x: number; y: number } {
  const { scale, x: left, y: top } = place(view.picture, view.box, view.fit);
  const across = left + x * view.picture.width * scale;
  return {
    x: view.mirrored ? view.box.width - across : across,
    y: top + y * view.picture.height * scale,
  };
}
