/** The page's address: how to start, for benchmarks, kiosks and bookmarks, and what is shared. */

import { type Effect, type Facing, phrasesIn, type Showing } from "rtseg";

export interface Params {
  /** Use the camera at once. */
  readonly autostart: boolean;
  /** Ask the server where its time goes. */
  readonly timing: boolean;
  /** Begin with the panel that shows it. */
  readonly details: boolean;
  readonly channel: "websocket" | "datachannel";
  /** None: the server's default. */
  readonly prompts: readonly string[];
  readonly effect: Effect;
  /** Behind what is outlined, where the effect shows one; null: the page's own. */
  readonly background: string | null;
  /** Null: as this browser was left. */
  readonly showing: Showing | null;
  /** Names at the things themselves. */
  readonly labels: boolean;
  /** Null: as fits the camera. */
  readonly mirror: boolean | null;
  readonly fit: "cover" | "contain";
  /** Width of the line, CSS pixels; null: the library's own. */
  readonly line: number | null;
  readonly camera: { width?: number; height?: number; fps?: number; facing?: Facing };
  /** What this page makes nothing of, as it stands in the address. */
  readonly unknown: readonly string[];
}

/** In a smaller window the panel that says where the time goes would hide the picture. */
const DETAILS_FROM = { width: 700, height: 520 } as const;

export function hasRoomForDetails(view: { innerWidth: number; innerHeight: number }): boolean {
  return view.innerWidth >= DETAILS_FROM.width && view.innerHeight >= DETAILS_FROM.height;
}

export const EFFECTS: readonly Effect[] = [
  "outline",
  "fill",
  "glow",
  "spotlight",
  "cutout",
  "blur",
  "replace",
];
/** Behind what is outlined, until somebody chooses. */
export const BACKGROUND = "#1f4bff";
const FACINGS: readonly Facing[] = ["user", "environment"];
const SHOWINGS = { live: "live", instep: "in step" } as const;
const LINES = { least: 0.5, most: 24 } as const;

/** Reads an address of this version, of an older or a newer one, and what a hand wrote. */
export function readParams(search: string): Params {
  const query = new URLSearchParams(search);
  const unknown = new Set(query.keys());
  /** What `read` makes of it; null, and said to be unknown, if it makes nothing of it. */
  const take = <T>(name: string, read: (text: string) => T | null): T | null => {
    const text = query.get(name);
    if (text === null) return null;
    const value = read(text.trim());
    if (value !== null) unknown.delete(name);
    return value;
  };
  const oneOf = <T extends string>(name: string, values: readonly T[]) =>
    take(name, (text) => values.find((value) => value === text.toLowerCase()) ?? null);
  const flag = (name: string) =>
    take(name, (text) => {
      if (["", "1", "true", "yes"].includes(text.toLowerCase())) return true;
      return ["0", "false", "no"].includes(text.toLowerCase()) ? false : null;
    });
  const number = (name: string, least: number, most: number) =>
    take(name, (text) => {
      const value = Number(text);
      return text !== "" && value >= least && value <= most ? value : null;
    });
  const [width, height] = [number("width", 1, 16_384), number("height", 1, 16_384)];
  const [fps, facing] = [number("fps", 1, 1000), oneOf("facing", FACINGS)];
  const params = {
    autostart: flag("autostart") ?? false,
    timing: flag("timing") ?? true,
    details: flag("details") ?? false,
    channel: oneOf("channel", ["websocket", "datachannel"] as const) ?? ("websocket" as const),
    prompts: take("prompts", phrasesIn) ?? [],
    effect: oneOf("effect", EFFECTS) ?? "outline",
    labels: flag("labels") ?? false,
    background: take("background", colourIn),
    showing: take("showing", showingIn),
    mirror: flag("mirror"),
    fit: oneOf("fit", ["cover", "contain"] as const) ?? ("cover" as const),
    line: number("line", LINES.least, LINES.most),
    camera: {
      ...(width !== null && { width }),
      ...(height !== null && { height }),
      ...(fps !== null && { fps }),
      ...(facing !== null && { facing }),
    },
  };
  const said = [...unknown].map((name) => `${name}=${query.get(name) ?? ""}`);
  return { ...params, unknown: said };
}

/** "in step", "in-step" and "instep" are one. */
function showingIn(text: string): Showing | null {
  const name = text.toLowerCase().replace(/[^a-z]/g, "");
  return name === "live" || name === "instep" ? SHOWINGS[name] : null;
}

function colourIn(text: string): string | null {
  const hex = /^#?([0-9a-f]{6})$/i.exec(text)?.[1];
  return hex === undefined ? null : `#${hex.toLowerCase()}`;
}
