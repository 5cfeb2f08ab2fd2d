/** What is asked for: edited here, sent from here, and what became of it. */

import {
  boxOf,
  edit,
  type Edit,
  type FrameMessage,
  type Meaning,
  meaningOf,
  NO_PROMPTS,
  phrasesIn,
  type Problem,
  type Prompt,
  promptAt,
  type PromptBox,
  type PromptList,
  type SessionEvent,
  type Situation,
  type Touch,
} from "rtseg";

import { doublesIn } from "./doubles.js";
import { type Finding, findings, isOutlined, type Search } from "./findings.js";
import type { State, Store } from "./store.js";
import { doubleWords, refusedIn, TOUCH_WORDS } from "./words.js";

type PromptsEvent = Extract<SessionEvent, { type: "prompts" }>;

/** Answers of the server that mean: not this list. It keeps what it had. */
const REFUSALS = new Set([
  "unknown_prompt",
  "model_missing",
  "model_corrupt",
  "model_failed",
  "invalid_request",
  "bad_message",
]);

/** What is asked for from the start: nothing that could be undone. */
export function listOf(prompts: readonly Prompt[]): PromptList {
  return { ...edit(NO_PROMPTS, { kind: "add", prompts }), past: [] };
}

/** False: the person has asked for nothing and removed nothing, and takes the server's default. */
export function isChosen({ prompts, past }: PromptList): boolean {
  return prompts.length > 0 || past.length > 0;
}

export class Prompting {
  readonly #store: Store;
  readonly #send: (prompts: readonly Prompt[]) => void;
  readonly #searches = new Map<string, Search>();
  /** Prompts that have had an object, in this connection or before. */
  readonly #known = new Set<string>();
  #latest: FrameMessage | null = null;

  constructor(store: Store, send: (prompts: readonly Prompt[]) => void) {
    this.#store = store;
    this.#send = send;
  }

  /** What the server has to be asked for now; nothing while paused. */
  get prompts(): readonly Prompt[] {
    const { isPaused, list } = this.#store.get();
    return isPaused ? [] : list.prompts;
  }

  /** Ask for each of "cat, cup". */
  say(text: string): void {
    const prompts = phrasesIn(text).map((phrase) => ({ text: phrase }));
    this.change({ kind: "add", prompts });
  }

  /** Do what a touch means; says what that was, and which prompt it was about. */
  touch(touch: Touch, frame: number | null, reachPx: number): Meaning & { id: string | null } {
    const meaning = meaningOf(touch, this.#situation(reachPx));
    const point = { ...touch, frame };
    switch (meaning.kind) {
      case "add":
        return { ...meaning, id: this.#addTouched({ points: [point] }) };
      case "refine":
        this.change({ kind: "refine", id: meaning.id, point });
        this.select(meaning.id);
        return meaning;
      case "select":
        this.select(meaning.id);
        return meaning;
      case "words":
        this.select(meaning.id);
        return meaning;
      case "nothing":
        return { ...meaning, id: null };
    }
  }

  /** Ask for what is in a box; gives its prompt. */
  draw(box: PromptBox): string | null {
    return this.#addTouched({ box });
  }

  /** What the pointer is over, as far as it is outlined. */
  point(place: { x: number; y: number } | null): void {
    const pointed = place === null ? null : promptAt(place, this.#situation(0));
    if (pointed !== this.#store.get().pointed) this.#store.set({ pointed });
  }

  select(selected: string | null): void {
    if (selected !== this.#store.get().selected) this.#store.set({ selected });
  }

  remove(id: string): void {
    this.change({ kind: "remove", id });
  }

  /** Edit the list, and ask for it if that has changed it. */
  change(change: Edit): void {
    const before = this.#store.get().list;
    const list = edit(before, change);
    if (list === before) return;
    const ids = new Set(list.prompts.map(({ id }) => id));
    const { selected, pointed } = this.#store.get();
    this.#store.set({
      list,
      refusal: change.kind === "refuse" ? this.#store.get().refusal : null,
      selected: selected !== null && ids.has(selected) ? selected : null,
      pointed: pointed !== null && ids.has(pointed) ? pointed : null,
      isEmpty: false,
    });
    for (const id of this.#searches.keys()) if (!ids.has(id)) this.#searches.delete(id);
    this.#find(performance.now());
    this.#send(this.prompts);
  }

  /**
   * What was touched is looked for anew, where it was last: after a pause, and in a new connection.
   */
  renew(): void {
    const { active, list } = this.#store.get();
    const frame = this.#latest;
    const boxes = new Map<string, PromptBox>();
    for (const { id, objects } of active) {
      const [box] = objects.flatMap((trackId) => (frame ? (boxOf(frame, trackId) ?? []) : []));
      if (box !== undefined) boxes.set(id, box);
    }
    this.#latest = null;
    this.#searches.clear();
    const renewed = edit(list, { kind: "renew", boxes });
    this.#store.set({ list: renewed, active: [] });
    this.#find(performance.now());
    if (renewed.prompts.length > 0) this.#send(this.prompts);
  }

  /**
   * The server has said what it outlines. Two words that it takes for one thing become one
   * prompt; gives what there is to say about that.
   */
  answered({ prompts }: PromptsEvent): string[] {
    const { list } = this.#store.get();
    // Nothing was asked for: these are the server's own, and can be taken from here on.
    const isTheirs = !isChosen(list) && prompts.length > 0;
    this.#store.set({
      active: prompts,
      ...(isTheirs && {
        list: { ...NO_PROMPTS, prompts: prompts.map(({ id, text }) => ({ id, text })) },
      }),
    });
    this.#find(performance.now());
    const { list: now } = this.#store.get();
    const doubles = doublesIn(now.prompts, (id) => prompts.find((one) => one.id === id));
    const words = doubles.map(({ id, of }) => {
      const said = now.prompts.find((one) => one.id === id)?.text ?? "";
      return doubleWords(said, of.text ?? "");
    });
    this.change({ kind: "refuse", ids: doubles.map(({ id }) => id) });
    return words;
  }

  /**
   * Whether it was about prompts that the server does not take; these go, with its words. Gives
   * back what is left to be said.
   */
  refuse(problem: Problem): Problem | null {
    if (problem.code === "nothing_there") return this.#missed(problem);
    return this.#refuse(problem) ? null : problem;
  }

  /** A touch of what no model takes for an object. What has an object already keeps it. */
  #missed(problem: Problem): Problem {
    const { prompts } = this.#store.get().list;
    const missed = prompts.filter(({ id }) => problem.message.includes(`'${id}'`));
    const ids = missed.map(({ id }) => id).filter((id) => !this.#known.has(id));
    this.change({ kind: "refuse", ids });
    const isKept = missed.length > 0 && ids.length === 0;
    const message = isKept ? TOUCH_WORDS.nothingBetter : TOUCH_WORDS.nothingThere;
    return { code: problem.code, message };
  }

  #refuse(problem: Problem): boolean {
    if (!REFUSALS.has(problem.code)) return false;
    const { list, active } = this.#store.get();
    const answered = new Set(active.map(({ id }) => id));
    const waiting = list.prompts.filter(({ id }) => !answered.has(id));
    const refused = refusedIn(problem.message, waiting);
    if (refused.length === 0) return false;
    const words = refused.map(({ text = "" }) => text).filter(Boolean);
    this.#store.set({ refusal: { ...problem, words } });
    this.change({ kind: "refuse", ids: refused.map(({ id }) => id) });
    return true;
  }

  frame(frame: FrameMessage, now: number): void {
    this.#latest = frame;
    this.#find(now);
  }

  #addTouched(prompt: Prompt): string | null {
    this.change({ kind: "add", prompts: [prompt] });
    const id = this.#store.get().list.prompts.at(-1)?.id ?? null;
    this.select(id);
    return id;
  }

  #situation(reachPx: number): Situation {
    const { list, active, selected } = this.#store.get();
    return { frame: this.#latest, wanted: list.prompts, active, selected, reachPx };
  }

  #isVisible(objects: readonly number[]): boolean {
    const visible = this.#latest?.objects.filter(isOutlined) ?? [];
    return visible.some(({ trackId }) => objects.includes(trackId));
  }

  #find(now: number): void {
    const { list, active, found, isPaused } = this.#store.get();
    if (isPaused && list.prompts.length > 0) return;
    for (const { id, objects } of active) if (this.#isVisible(objects)) this.#known.add(id);
    const next = findings(list.prompts, active, this.#latest, this.#searches, now);
    if (!isSame(found, next)) this.#store.set({ found: next });
  }
}

function isSame(a: State["found"], b: ReadonlyMap<string, Finding>): boolean {
  if (a.size !== b.size) return false;
  for (const [id, { kind, objects, confidence }] of b) {
    const other = a.get(id);
    if (other?.kind !== kind || other.objects.join() !== objects.join()) return false;
    if (other.confidence !== confidence) return false;
  }
  return true;
}
