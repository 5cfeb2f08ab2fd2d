/** Which part of a picture is looked at, and how large. Plain functions; no picture in them. */

import { place, type Placement, type Size } from "rtseg";

/** At 1 the whole picture is shown, and nothing moves. */
export interface Look {
  readonly zoom: number;
  /** The place of the picture that is in the middle, in [0, 1] of its sides. */
  readonly x: number;
  readonly y: number;
}

/** Where there is room for the picture, in CSS pixels of the canvas. */
export interface Area extends Size {
  readonly left: number;
  readonly top: number;
}

export const WHOLE: Look = { zoom: 1, x: 0.5, y: 0.5 };

/** One pixel of the picture is never larger than this, in CSS pixels. */
const LARGEST_PX = 24;

/** Where the picture lies: `screen = picture pixel * scale + (x, y)`. */
export function placed(picture: Size, area: Area, look: Look): Placement {
  const fit = place(picture, area, "contain");
  const scale = Math.max(fit.scale, 0) * look.zoom;
  return {
    scale,
    x: area.left + area.width / 2 - look.x * picture.width * scale,
    y: area.top + area.height / 2 - look.y * picture.height * scale,
  };
}

/** Show it `factor` times as large, while what lies at a place of the canvas stays there. */
export function zoomed(
  look: Look,
  picture: Size,
  area: Area,
  factor: number,
  at: { readonly x: number; readonly y: number },
): Look {
  const before = placed(picture, area, look);
  if (before.scale <= 0) return look;
  const fitScale = before.scale / look.zoom;
  const zoom = Math.min(Math.max(1, LARGEST_PX / fitScale), Math.max(1, look.zoom * factor));
  const scale = fitScale * zoom;
  const [px, py] = [(at.x - before.x) / before.scale, (at.y - before.y) / before.scale];
  return held(
    {
      zoom,
      x: (px + (area.left + area.width / 2 - at.x) / scale) / picture.width,
      y: (py + (area.top + area.height / 2 - at.y) / scale) / picture.height,
    },
    picture,
    area,
  );
}

/** Move the picture by so many CSS pixels. */
export function panned(look: Look, picture: Size, area: Area, dx: number, dy: number): Look {
  const { scale } = placed(picture, area, look);
  if (scale <= 0) return look;
  const x = look.x - dx / (picture.width * scale);
  const y = look.y - dy / (picture.height * scale);
  return held({ ...look, x, y }, picture, area);
}

/** No further than to the picture's edge; what is smaller than the room stays in its middle. */
export function held(look: Look, picture: Size, area: Area): Look {
  const { scale } = placed(picture, area, look);
  if (scale <= 0) return WHOLE;
  const hold = (value: number, shown: number, room: number) => {
    const half = Math.min(0.5, room / shown / 2);
    return Math.min(1 - half, Math.max(half, value));
  };
  return {
    zoom: look.zoom,
    x: hold(look.x, picture.width * scale, area.width),
    y: hold(look.y, picture.height * scale, area.height),
  };
}
