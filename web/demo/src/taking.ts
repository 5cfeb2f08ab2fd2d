/** Pictures and videos of what is on the screen, for the person to keep. */

import { CaptureError, type Clip, type Overlay, record, type Recording, snapshot } from "rtseg";

import { hand } from "./images/files.js";
import { createStore } from "./store.js";
import { endWords, fileName, TAKE_WORDS, troubleWords } from "./takewords.js";

export interface TakingState {
  /** Null while nothing is recorded. */
  readonly recording: { readonly elapsedMs: number; readonly bytes: number } | null;
  /** How many pictures were taken: each time, something flashes. */
  readonly taken: number;
}

export class Taking {
  readonly store = createStore<TakingState>({ recording: null, taken: 0 });
  readonly #overlay: Overlay;
  readonly #say: (words: string) => void;
  #recording: Recording | null = null;

  /** @param say tells the person something, for a moment. */
  constructor(overlay: Overlay, say: (words: string) => void) {
    this.#overlay = overlay;
    this.#say = say;
  }

  async save(): Promise<void> {
    await this.#try(async () => {
      const blob = await snapshot(this.#overlay);
      hand(blob, fileName(new Date(), "png"));
      this.#taken(TAKE_WORDS.saved);
    });
  }

  async copy(): Promise<void> {
    await this.#try(async () => {
      // The types promise what an insecure address does not have.
      const clipboard = navigator.clipboard as Clipboard | undefined;
      if (clipboard === undefined || !("ClipboardItem" in window)) {
        this.#say(TAKE_WORDS.noClipboard);
        return;
      }
      // As a promise: Safari takes it only in the very moment of the click.
      const item = new ClipboardItem({ "image/png": snapshot(this.#overlay) });
      await clipboard.write([item]);
      this.#taken(TAKE_WORDS.copied);
    });
  }

  /** Begin to record, or end it. */
  async toggle(): Promise<void> {
    if (this.#recording !== null) {
      await this.#recording.stop().catch(() => undefined);
      return;
    }
    await this.#try(async () => {
      const recording = record(this.#overlay);
      this.#recording = recording;
      const tick = setInterval(() => {
        this.store.set({ recording: recording.progress });
      }, 250);
      this.store.set({ recording: recording.progress });
      try {
        this.#keep(await recording.done);
      } finally {
        clearInterval(tick);
        this.#recording = null;
        this.store.set({ recording: null });
      }
    });
  }

  #keep(clip: Clip): void {
    const suffix = clip.mimeType.startsWith("video/mp4") ? "mp4" : "webm";
    hand(clip.blob, fileName(new Date(), suffix));
    this.#say(endWords(clip));
  }

  #taken(words: string): void {
    this.store.set({ taken: this.store.get().taken + 1 });
    this.#say(words);
  }

  async #try(take: () => Promise<void>): Promise<void> {
    try {
      await take();
    } catch (error) {
      if (error instanceof CaptureError) this.#say(troubleWords(error));
      else if (error instanceof DOMException) this.#say(TAKE_WORDS.refused);
      else throw error;
    }
  }
}
