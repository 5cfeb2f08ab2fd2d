import { type Effect, phrasesIn, type Showing } from "rtseg";

/** The page's address may say how to start: for benchmarks, kiosks and bookmarks. */
export interface Params {
  /** Use the camera at once. */
  readonly autostart: boolean;
  readonly timing: boolean;
  readonly channel: "websocket" | "datachannel";
  /** None: the server's default. */
  readonly prompts: readonly string[];
  readonly effect: Effect;
  /** Names at the things themselves. */
  readonly labels: boolean;
  readonly showing: Showing;
  /** Null: as fits the camera. */
  readonly mirror: boolean | null;
  readonly camera: { width?: number; height?: number; fps?: number };
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

export function readParams(search: string): Params {
  const query = new URLSearchParams(search);
  const flag = (name: string) => query.has(name) && !["0", "false"].includes(query.get(name) ?? "");
  const camera: Params["camera"] = {};
  for (const name of ["width", "height", "fps"] as const) {
    const value = Number(query.get(name));
    if (value > 0) camera[name] = value;
  }
  return {
    autostart: flag("autostart"),
    timing: flag("timing"),
    channel: query.get("channel") === "datachannel" ? "datachannel" : "websocket",
    prompts: phrasesIn(query.get("prompts") ?? ""),
    effect: EFFECTS.find((effect) => effect === query.get("effect")) ?? "outline",
    labels: flag("labels"),
    showing: query.get("showing") === "instep" ? "in step" : "live",
    mirror: query.has("mirror") ? flag("mirror") : null,
    camera,
  };
}
