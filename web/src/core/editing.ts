/**
 * A list of prompts that a person edits, with its history.
 *
 * Pure: a state and an edit in, a state out. Edits that change nothing give back the very state
 * that came in, so that nothing is sent for them and undo has no empty steps.
 */

import type { Box } from "./path.js";
import { isTouch, type NamedPrompt, type Point, type Prompt, withoutFrames } from "./prompt.js";

export interface PromptList {
  readonly prompts: readonly NamedPrompt[];
  /** What it was before each edit, the latest last. */
  readonly past: readonly (readonly NamedPrompt[])[];
  /** What was undone, the next to be redone last. */
  readonly future: readonly (readonly NamedPrompt[])[];
  /** Names are given once: an undone prompt that returns must not meet another of its name. */
  readonly nextId: number;
}

export type Edit =
  /** Ask for these as well, in one step. Words that are asked for already are passed over. */
  | { readonly kind: "add"; readonly prompts: readonly Prompt[] }
  /** Say more about where one of them is. */
  | { readonly kind: "refine"; readonly id: string; readonly point: Point }
  | { readonly kind: "remove"; readonly id: string }
  | { readonly kind: "clear" }
  | { readonly kind: "undo" }
  | { readonly kind: "redo" }
  /** The server will not have these: they go, and no undo brings them back. */
  | { readonly kind: "refuse"; readonly ids: readonly string[] }
  /**
   * Another connection, or a pause: no touch knows its frame any more. What was outlined is asked
   * for by where it was last; the rest by the old touches, in the newest frame.
   */
  | { readonly kind: "renew"; readonly boxes: ReadonlyMap<string, Box> }
  /** Another camera: what was touched is not in its picture. Words stay. */
  | { readonly kind: "forget-touches" };

/** More steps than anyone takes back. */
const STEPS = 100;

export const NO_PROMPTS: PromptList = { prompts: [], past: [], future: [], nextId: 1 };

export function edit(list: PromptList, change: Edit): PromptList {
  switch (change.kind) {
    case "add":
      return add(list, change.prompts);
    case "refine":
      return step(list, (prompts) =>
        prompts.map((prompt) =>
          prompt.id === change.id
            ? { ...prompt, points: [...(prompt.points ?? []), change.point] }
            : prompt,
        ),
      );
    case "remove":
      return step(list, (prompts) => prompts.filter(({ id }) => id !== change.id));
    case "clear":
      return step(list, () => []);
    case "undo":
      return undo(list);
    case "redo":
      return redo(list);
    case "refuse":
      return rewrite(list, (prompts) => prompts.filter(({ id }) => !change.ids.includes(id)));
    case "renew":
      return rewrite(list, renewal(change.boxes));
    case "forget-touches":
      return rewrite(list, (prompts) => prompts.filter((prompt) => !isTouch(prompt)));
  }
}

/** How words are compared: "Cat " and "cat" are one thing to ask for. */
export function normalised(text: string): string {
  return text.trim().replace(/\s+/g, " ").toLowerCase();
}

/** The phrases of "cat, red  cup": each once, in their order. */
export function phrasesIn(text: string): string[] {
  const phrases = new Map<string, string>();
  for (const part of text.split(",")) {
    const phrase = part.trim().replace(/\s+/g, " ");
    if (phrase !== "" && !phrases.has(normalised(phrase))) phrases.set(normalised(phrase), phrase);
  }
  return [...phrases.values()];
}

function add(list: PromptList, prompts: readonly Prompt[]): PromptList {
  const known = new Set(list.prompts.filter((one) => !isTouch(one)).map(wordsOf));
  const fresh = prompts.filter((prompt) => isTouch(prompt) || !known.has(wordsOf(prompt)));
  const named = fresh.map((prompt, index) => ({ ...prompt, id: `p${list.nextId + index}` }));
  const next = step(list, (now) => (named.length === 0 ? now : [...now, ...named]));
  return next === list ? list : { ...next, nextId: list.nextId + named.length };
}

function wordsOf({ text = "" }: Prompt): string {
  return normalised(text);
}

type Prompts = readonly NamedPrompt[];

function renewal(boxes: ReadonlyMap<string, Box>): (prompts: Prompts) => Prompts {
  // One prompt may stand in many steps, and is one afterwards as well.
  const done = new Map<NamedPrompt | string, NamedPrompt>();
  const renewed = (prompt: NamedPrompt) => {
    const box = isTouch(prompt) ? boxes.get(prompt.id) : undefined;
    const key = box === undefined ? prompt : prompt.id;
    const one =
      done.get(key) ?? (box === undefined ? withoutFrames(prompt) : { ...prompt, points: [], box });
    done.set(key, one);
    return one;
  };
  return (prompts) => prompts.map(renewed);
}

function step(list: PromptList, change: (prompts: Prompts) => Prompts): PromptList {
  const prompts = change(list.prompts);
  if (isSame(prompts, list.prompts)) return list;
  const past = [...list.past, list.prompts].slice(-STEPS);
  return { ...list, prompts, past, future: [] };
}

function undo(list: PromptList): PromptList {
  const before = list.past.at(-1);
  if (before === undefined) return list;
  const { past, future, prompts } = list;
  return { ...list, prompts: before, past: past.slice(0, -1), future: [...future, prompts] };
}

function redo(list: PromptList): PromptList {
  const next = list.future.at(-1);
  if (next === undefined) return list;
  const { past, future, prompts } = list;
  return { ...list, prompts: next, past: [...past, prompts], future: future.slice(0, -1) };
}

/** Change what is and what was; steps that become empty by it go. */
function rewrite(list: PromptList, change: (prompts: Prompts) => Prompts): PromptList {
  const prompts = change(list.prompts);
  const past = list.past.map(change);
  const future = list.future.map(change);
  const before = [list.prompts, ...list.past, ...list.future];
  const after = [prompts, ...past, ...future];
  if (after.every((one, index) => isSame(one, before[index] ?? []))) return list;
  return { ...list, prompts, past: distinct(past, prompts), future: distinct(future, prompts) };
}

/** Neighbours that say the same are one step; `present` is the last one's neighbour. */
function distinct(steps: readonly Prompts[], present: Prompts): readonly Prompts[] {
  return steps.filter((one, index) => !isSame(one, steps[index + 1] ?? present));
}

/** The prompts themselves are never changed, so that the same object is the same prompt. */
function isSame(a: Prompts, b: Prompts): boolean {
  return a.length === b.length && a.every((prompt, index) => prompt === b[index]);
}
