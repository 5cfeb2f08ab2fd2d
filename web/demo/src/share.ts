/** An address that opens the page as it is now, and what cannot stand in one. */

import { type CameraWishes, isTouch } from "rtseg";

import { BACKGROUND, EFFECTS } from "./params.js";
import type { State } from "./store.js";

export interface Shared {
  readonly address: string;
  /** In words, what stays behind; empty if nothing does. */
  readonly left: string;
}

export type Settings = Pick<
  State,
  | "list"
  | "effect"
  | "background"
  | "hasLabels"
  | "showing"
  | "isMirrored"
  | "fit"
  | "line"
  | "wishes"
>;

/**
 * No camera's name or id, no key and no token goes along: only how it looks and what is looked for.
 *
 * @param base the page's own address, whatever it carries already.
 */
export function share(settings: Settings, base: string): Shared {
  const { list, effect, background, hasLabels, showing, isMirrored, fit, line, wishes } = settings;
  const query = new URLSearchParams();
  const words = list.prompts.flatMap((one) => (one.text && !isTouch(one) ? [one.text] : []));
  if (words.length > 0) query.set("prompts", words.join(","));
  if (effect !== EFFECTS[0]) query.set("effect", effect);
  if (background.kind === "colour" && background.colour !== BACKGROUND) {
    query.set("background", background.colour.replace("#", ""));
  }
  if (hasLabels) query.set("labels", "1");
  query.set("showing", showing === "live" ? "live" : "instep");
  query.set("mirror", isMirrored ? "1" : "0");
  if (fit !== "cover") query.set("fit", fit);
  if (line !== null) query.set("line", String(line));
  for (const name of SHARED_WISHES) {
    const wish = wishes[name];
    if (wish !== undefined) query.set(name, String(wish));
  }
  const address = new URL(base);
  address.hash = "";
  // A list of words is easier to read, and to change, than what a form would make of it.
  address.search = query.toString().replaceAll("%2C", ",");
  // An address may carry a password; it is nobody else's.
  [address.username, address.password] = ["", ""];
  const stays = [
    ...(list.prompts.some(isTouch) ? ["what you touched"] : []),
    ...(background.kind === "image" ? ["your own background"] : []),
  ];
  const left = stays.length === 0 ? "" : `Not in it: ${stays.join(" and ")}.`;
  return { address: address.href, left };
}

const SHARED_WISHES = ["width", "height", "fps", "facing"] as const satisfies readonly Exclude<
  keyof CameraWishes,
  "deviceId"
>[];
