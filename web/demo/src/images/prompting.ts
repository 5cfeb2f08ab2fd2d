/** What is asked for in a picture: edited here, and handed to the work. */

import {
  type ActivePrompt,
  edit,
  type Edit,
  type Meaning,
  meaningOf,
  objectAt,
  type OutlinedFrame,
  parsePath,
  phrasesIn,
  type Problem,
  type Prompt,
  promptAt,
  type PromptBox,
  ringsOf,
  type Touch,
} from "rtseg";

import { doublesIn } from "../doubles.js";
import { doubleWords } from "../words.js";
import { foundOf, type ImageState, type ImageStore } from "./state.js";
import { Work } from "./work.js";

export interface Page {
  /** The server wants less than it was sent; true if it is tried again with less. */
  tooLarge(): Promise<boolean>;
  wantsKey(): void;
  remark(problem: Problem): void;
}

export class ImagePrompting {
  readonly #store: ImageStore;
  readonly #page: Page;
  readonly work: Work;
  #seen: {
    outcomes: ImageState["outcomes"];
    frame: OutlinedFrame | null;
    active: ActivePrompt[];
  } | null = null;

  constructor(store: ImageStore, page: Page) {
    this.#store = store;
    this.#page = page;
    this.work = new Work(store, {
      settled: ({ id }) => {
        this.#settled(id);
      },
      refused: ({ id, text }, problem) => {
        store.set({ refusal: { ...problem, words: text ? [text] : [] } });
        this.change({ kind: "refuse", ids: [id] });
      },
      tooLarge: () => page.tooLarge(),
      wantsKey: () => {
        page.wantsKey();
      },
    });
  }

  /** Ask for each of "cat, cup". */
  say(text: string): void {
    this.change({ kind: "add", prompts: phrasesIn(text).map((phrase) => ({ text: phrase })) });
  }

  /** Do what a touch means; says what that was, and which prompt it was about. */
  touch(touch: Touch, reachPx: number): Meaning & { id: string | null } {
    const state = this.#store.get();
    const situation = { ...this.#situation(), wanted: state.list.prompts, reachPx };
    const meaning = meaningOf(touch, { ...situation, selected: state.selected });
    switch (meaning.kind) {
      case "add":
        return { ...meaning, id: this.#addTouched({ points: [touch] }) };
      case "refine":
        this.change({ kind: "refine", id: meaning.id, point: touch });
        this.select(meaning.id);
        return meaning;
      case "select":
      case "words": {
        this.select(meaning.id);
        const { frame } = situation;
        const number = frame === null ? null : objectAt(frame, touch.x, touch.y);
        this.#store.set({ chosen: number ?? state.chosen });
        return meaning;
      }
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
    const { frame, active } = this.#situation();
    const { list, pointed: before, hovered: hoveredBefore } = this.#store.get();
    const hovered = place === null || frame === null ? null : objectAt(frame, place.x, place.y);
    const pointed =
      place === null ? null : promptAt(place, { frame, active, wanted: list.prompts });
    if (pointed !== before || hovered !== hoveredBefore) this.#store.set({ pointed, hovered });
  }

  select(selected: string | null): void {
    const { selected: before, outcomes } = this.#store.get();
    if (selected === before) return;
    const [first] = foundOf(outcomes.get(selected ?? ""))?.instances ?? [];
    this.#store.set({ selected, ...(first && { chosen: first.number }) });
  }

  remove(id: string): void {
    this.change({ kind: "remove", id });
  }

  /** Edit the list, and ask for what is new in it. */
  change(change: Edit): void {
    const before = this.#store.get();
    const list = edit(before.list, change);
    if (list === before.list) return;
    const ids = new Set(list.prompts.map(({ id }) => id));
    const kept = (id: string | null) => (id !== null && ids.has(id) ? id : null);
    this.#store.set({
      list,
      refusal: change.kind === "refuse" ? before.refusal : null,
      selected: kept(before.selected),
      pointed: kept(before.pointed),
      hovered: null,
    });
    this.work.match(before.outcomes);
  }

  #addTouched(prompt: Prompt): string | null {
    this.change({ kind: "add", prompts: [prompt] });
    const id = this.#store.get().list.prompts.at(-1)?.id ?? null;
    this.select(id);
    return id;
  }

  /** An answer has come: what it means for the rest of the page. */
  #settled(id: string): void {
    const { list, outcomes, chosen, selected } = this.#store.get();
    const outcome = outcomes.get(id);
    if (outcome?.kind === "found") {
      const [first] = outcome.instances;
      const isAbout = chosen === null || selected === id;
      if (isAbout && first) this.#store.set({ chosen: first.number });
    }
    const doubles = doublesIn(list.prompts, (one) => {
      const other = outcomes.get(one);
      return other?.kind === "found" ? other.answer : undefined;
    });
    for (const { id: double, of } of doubles) {
      const said = list.prompts.find((one) => one.id === double)?.text ?? "";
      this.change({ kind: "refuse", ids: [double] });
      this.select(of.id);
      this.#page.remark({ code: "hint", message: doubleWords(said, of.text ?? "") });
    }
  }

  /** What is outlined where, read once for every change of it. */
  #situation(): { frame: OutlinedFrame | null; active: ActivePrompt[] } {
    const { picture, list, outcomes } = this.#store.get();
    if (this.#seen?.outcomes === outcomes) return this.#seen;
    const known = list.prompts.map((prompt) => ({
      prompt,
      instances: foundOf(outcomes.get(prompt.id))?.instances ?? [],
    }));
    const active = known.map(
      ({ prompt: { id, text = "", points = [], box = null }, instances }) => ({
        id,
        text,
        points,
        box,
        label: instances[0]?.label ?? "",
        model: instances[0]?.model ?? "",
        objects: instances.map(({ number }) => number),
      }),
    );
    const frame = picture && {
      ...picture.sent,
      objects: known.flatMap(({ instances }) =>
        instances.map(({ number, path, bbox }) => ({
          trackId: number,
          rings: ringsOf(parsePath(path), bbox, picture.sent),
        })),
      ),
    };
    this.#seen = { outcomes, frame, active };
    return this.#seen;
  }
}
