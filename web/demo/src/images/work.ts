/** What is asked of the server about a picture, and what comes of it. */

import {
  ApiError,
  ImageClient,
  type NamedPrompt,
  type Problem,
  requestOf,
  ServerError,
} from "rtseg";

import { apiKey } from "../key.js";
import { type Found, foundOf, type ImageState, type ImageStore, type Outcome } from "./state.js";

/** Further ones wait here, where they can still be taken back. */
const MOST_AT_ONCE = 2;
const RETRY_MS = 2000;

/** Answers that mean: not this prompt, however often it is asked for. */
const REFUSALS = new Set(["unknown_prompt", "model_missing", "model_corrupt", "model_failed"]);

export interface Reports {
  /** An answer has come. */
  settled(prompt: NamedPrompt): void;
  /** The server will not answer this, however often it is asked. */
  refused(prompt: NamedPrompt, problem: Problem): void;
  /** The server wants less than it was sent; true if it is tried again with less. */
  tooLarge(): Promise<boolean>;
  /** The server wants a key, or another one. */
  wantsKey(): void;
}

export class Work {
  readonly #store: ImageStore;
  readonly #reports: Reports;
  readonly #running = new Map<NamedPrompt, AbortController>();
  readonly #timers = new Map<NamedPrompt, ReturnType<typeof setTimeout>>();
  /** Prompts are never changed: the same one, brought back by an undo, has the same answer. */
  #answers = new WeakMap<NamedPrompt, Outcome>();
  /** Of a prompt and a position in its answer. */
  readonly #numbers = new Map<string, number>();

  constructor(store: ImageStore, reports: Reports) {
    this.#store = store;
    this.#reports = reports;
  }

  /** Ask again for what failed. */
  retry(): void {
    const { list, outcomes } = this.#store.get();
    this.#store.set({ trouble: null });
    for (const prompt of list.prompts) {
      if (outcomes.get(prompt.id)?.kind !== "failed") continue;
      this.#answers.delete(prompt);
    }
    this.match(new Map());
  }

  /** Another picture: nothing of what is known is about it. */
  reset(): void {
    for (const prompt of [...this.#running.keys(), ...this.#timers.keys()]) this.#stop(prompt);
    this.#answers = new WeakMap();
    this.#numbers.clear();
    this.#store.set({ outcomes: new Map(), chosen: null, hovered: null });
    this.match(new Map());
  }

  /** Let what runs be what is asked for. */
  match(before: ImageState["outcomes"]): void {
    const { list, picture } = this.#store.get();
    const wanted = new Set(list.prompts);
    for (const prompt of [...this.#running.keys(), ...this.#timers.keys()]) {
      if (!wanted.has(prompt)) this.#stop(prompt);
    }
    if (picture === null) return;
    for (const prompt of list.prompts) {
      if (this.#answers.has(prompt)) continue;
      this.#answers.set(prompt, { kind: "queued", before: foundOf(before.get(prompt.id)) });
    }
    this.#show();
    this.#next();
  }

  #stop(prompt: NamedPrompt): void {
    this.#running.get(prompt)?.abort();
    this.#running.delete(prompt);
    clearTimeout(this.#timers.get(prompt));
    this.#timers.delete(prompt);
    // What was not answered is asked for anew, should it come back.
    const known = this.#answers.get(prompt);
    if (known?.kind !== "found" && known?.kind !== "nothing") this.#answers.delete(prompt);
  }

  #next(): void {
    for (const prompt of this.#store.get().list.prompts) {
      if (this.#running.size >= MOST_AT_ONCE) return;
      const known = this.#answers.get(prompt);
      if (known?.kind === "queued") void this.#ask(prompt, known.before);
    }
  }

  async #ask(prompt: NamedPrompt, before: Found | null): Promise<void> {
    const { picture } = this.#store.get();
    if (picture === null) return;
    const abort = new AbortController();
    this.#running.set(prompt, abort);
    const since = performance.now();
    let boxMs: number | null = null;
    let coarse: Found["coarse"] = null;
    const client = new ImageClient({ apiKey: apiKey() });
    this.#set(prompt, { kind: "looking", since, bbox: null, path: "", before });
    try {
      const { signal } = abort;
      for await (const news of client.stream(picture.uri, requestOf([prompt]), { signal })) {
        if (signal.aborted) return;
        if (news.type !== "final") {
          boxMs ??= performance.now() - since;
          const path: string = news.type === "path" ? news.path : (coarse?.path ?? "");
          coarse = { path, bbox: news.bbox };
          this.#set(prompt, { kind: "looking", since, ...coarse, before });
          continue;
        }
        const at = performance.now();
        const tookMs = at - since;
        const instances = news.segmentation.instances.map((one, index) => ({
          ...one,
          number: this.#numberOf(prompt.id, index),
        }));
        const answer = news.segmentation;
        this.#set(
          prompt,
          instances.length === 0
            ? { kind: "nothing", tookMs }
            : { kind: "found", answer, instances, coarse, at, boxMs, tookMs },
        );
      }
      this.#reports.settled(prompt);
    } catch (error) {
      if (abort.signal.aborted) return;
      if (!(error instanceof ServerError || error instanceof ApiError)) throw error;
      await this.#fail(prompt, before, error);
    } finally {
      if (this.#running.get(prompt) === abort) this.#running.delete(prompt);
      this.#next();
    }
  }

  async #fail(
    prompt: NamedPrompt,
    before: Found | null,
    error: ServerError | ApiError,
  ): Promise<void> {
    if (error instanceof ApiError) {
      const message = `The server's answer is not what this page understands: ${error.message}.`;
      this.#set(prompt, { kind: "failed", problem: { code: "unreadable", message } });
      return;
    }
    const { problem, status, retryAfterMs } = error;
    if (REFUSALS.has(problem.code)) {
      this.#reports.refused(prompt, problem);
      return;
    }
    if (status === 413 && (await this.#reports.tooLarge())) {
      this.#set(prompt, { kind: "queued", before });
      return;
    }
    if (status === 429 || (status === 503 && retryAfterMs !== undefined)) {
      this.#comeAgain(prompt, before, retryAfterMs ?? RETRY_MS);
      return;
    }
    this.#set(prompt, { kind: "failed", problem });
    if (status === 401) this.#reports.wantsKey();
    else if (problem.code === "server_unreachable") this.#store.set({ trouble: problem });
  }

  #comeAgain(prompt: NamedPrompt, before: Found | null, afterMs: number): void {
    this.#set(prompt, { kind: "waiting", until: performance.now() + afterMs, before });
    const timer = setTimeout(() => {
      this.#timers.delete(prompt);
      this.#set(prompt, { kind: "queued", before });
      this.#next();
    }, afterMs);
    this.#timers.set(prompt, timer);
  }

  #set(prompt: NamedPrompt, outcome: Outcome): void {
    this.#answers.set(prompt, outcome);
    this.#show();
  }

  #show(): void {
    const { list } = this.#store.get();
    const outcomes = new Map<string, Outcome>();
    for (const prompt of list.prompts) {
      const known = this.#answers.get(prompt);
      if (known !== undefined) outcomes.set(prompt.id, known);
    }
    this.#store.set({ outcomes });
  }

  /** An object keeps its colour while it is corrected. */
  #numberOf(id: string, index: number): number {
    const key = `${id}/${index}`;
    const number = this.#numbers.get(key) ?? this.#numbers.size + 1;
    this.#numbers.set(key, number);
    return number;
  }
}
