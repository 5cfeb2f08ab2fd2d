/** What the page for pictures knows. */

import { type Box, type Instance, NO_PROMPTS, type Problem, type Segmentation } from "rtseg";

import type { Asked, Store } from "../store.js";
import type { Picture } from "./picture.js";

/** An instance under a number of its own on the page: its colour, and how it is pointed at. */
export interface Numbered extends Instance {
  readonly number: number;
}

export interface Found {
  readonly kind: "found";
  readonly answer: Segmentation;
  readonly instances: readonly Numbered[];
  /** The coarse path that came before, and its box: the fine one settles out of it. */
  readonly coarse: { readonly path: string; readonly bbox: Box } | null;
  /** `performance.now()` when it came. */
  readonly at: number;
  /** From asking to the first box, and to the end. */
  readonly boxMs: number | null;
  readonly tookMs: number;
}

/** What became of a prompt. */
export type Outcome =
  /** Others are asked first. */
  | { readonly kind: "queued"; readonly before: Found | null }
  | {
      readonly kind: "looking";
      readonly since: number;
      readonly bbox: Box | null;
      /** Of the coarse path, as much as has come. */
      readonly path: string;
      /** Its outline until there is a better one. */
      readonly before: Found | null;
    }
  /** The server has too much to do, and said when to come again. */
  | { readonly kind: "waiting"; readonly until: number; readonly before: Found | null }
  | Found
  /** It was looked for, and is not there. */
  | { readonly kind: "nothing"; readonly tookMs: number }
  | { readonly kind: "failed"; readonly problem: Problem };

export interface ImageState extends Asked {
  readonly picture: Picture | null;
  readonly outcomes: ReadonlyMap<string, Outcome>;
  /** The number of the instance that the list and the code are about. */
  readonly chosen: number | null;
  /** The number of the instance that the pointer is over. */
  readonly hovered: number | null;
  /** The format that is being fetched. */
  readonly isFetching: string | null;
}

export type ImageStore = Store<ImageState>;

/** What it knows before anything has happened. */
export const IMAGE_START: ImageState = {
  screen: "welcome",
  isOpening: false,
  trouble: null,
  remark: null,
  catalogue: null,
  list: NO_PROMPTS,
  selected: null,
  pointed: null,
  isNegative: false,
  refusal: null,
  picture: null,
  outcomes: new Map(),
  chosen: null,
  hovered: null,
  isFetching: null,
};

/** What is known of a prompt, if anything is. */
export function foundOf(outcome: Outcome | undefined): Found | null {
  switch (outcome?.kind) {
    case "found":
      return outcome;
    case "queued":
    case "looking":
    case "waiting":
      return outcome.before;
    default:
      return null;
  }
}

/** Every outline on the picture, in the order of the prompts. */
export function instancesOf({ list, outcomes }: ImageState): Numbered[] {
  return list.prompts.flatMap(({ id }) => foundOf(outcomes.get(id))?.instances ?? []);
}

/** The prompt that an instance answers. */
export function promptOf({ list, outcomes }: ImageState, number: number): string | null {
  const isIt = ({ id }: { id: string }) =>
    foundOf(outcomes.get(id))?.instances.some((one) => one.number === number);
  return list.prompts.find(isIt)?.id ?? null;
}
