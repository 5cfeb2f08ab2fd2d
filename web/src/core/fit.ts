export type Fit = "contain" | "cover";

/** Where a picture lies in a box: `box = picture * scale + (x, y)`. */
export interface Placement {
  readonly scale: number;
  readonly x: number;
  readonly y: number;
}

/** Place a picture in the middle of a box as CSS `object-fit` does. */
export function place(
  picture: { readonly width: number; readonly height: number },
  box: { readonly width: number; readonly height: number },
  fit: Fit,
): Placement {
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
