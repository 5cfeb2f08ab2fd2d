/** What can be done on the page for pictures. Views call these; the store says what came of it. */

import { fetchModels, type Problem, ServerError } from "rtseg";

import type { Toucher } from "../hands.js";
import { apiKey } from "../key.js";
import type { Board } from "./board.js";
import { cutOut, fetchFormat, type Format, hand } from "./files.js";
import { openPicture, PictureError, smaller, stemOf } from "./picture.js";
import { ImagePrompting } from "./prompting.js";
import { sample } from "./sample.js";
import { type ImageStore, instancesOf } from "./state.js";
import { IMAGE_WORDS, sizeWords } from "./words.js";

const REMARK_MS = 7000;
/** What stays of the longer side when a server will have nothing larger. */
const LEAST_SIDE_PX = 256;

export class ImageApp {
  readonly prompting: ImagePrompting;
  readonly #store: ImageStore;
  #remarkTimer: ReturnType<typeof setTimeout> | undefined;
  #opening = 0;
  #shrinking: Promise<boolean> | null = null;

  constructor(store: ImageStore) {
    this.#store = store;
    this.prompting = new ImagePrompting(store, {
      tooLarge: () => this.#shrink(),
      wantsKey: () => {
        this.#wantKey();
      },
      remark: (problem) => {
        this.remark(problem);
      },
    });
  }

  async loadCatalogue(): Promise<void> {
    try {
      this.#store.set({ catalogue: await fetchModels(document.baseURI, undefined, apiKey()) });
    } catch (error) {
      if (!(error instanceof ServerError)) throw error;
      // Nothing needs it but suggestions; what is in the way is told when something is asked.
    }
  }

  /** Show a picture, and ask again for what the words ask for. */
  async open(file: Blob, name: string): Promise<void> {
    const turn = ++this.#opening;
    this.#store.set({ isOpening: true, trouble: null });
    try {
      const picture = await openPicture(file, name);
      if (turn !== this.#opening) {
        picture.bitmap.close();
        return;
      }
      this.#store.get().picture?.bitmap.close();
      this.#store.set({ screen: "stage", picture, refusal: null, remark: null });
      this.prompting.change({ kind: "forget-touches" });
      this.prompting.work.reset();
      if (!picture.isOriginal) this.#tellSize();
    } catch (error) {
      if (!(error instanceof PictureError)) throw error;
      const problem = { code: "picture_unreadable", message: error.message };
      if (turn !== this.#opening) return;
      // The picture that is shown stays.
      if (this.#store.get().picture === null) this.#store.set({ trouble: problem });
      else this.remark(problem);
    } finally {
      if (turn === this.#opening) this.#store.set({ isOpening: false });
    }
  }

  async openSample(): Promise<void> {
    await this.open(await sample(), "still-life.jpg");
    if (this.#store.get().list.prompts.length === 0) {
      this.remark({ code: "first_hint", message: IMAGE_WORDS.sample });
    }
  }

  /** Back to the first screen. */
  leave(): void {
    // What is still being opened is not wanted any more.
    this.#opening++;
    this.#store.get().picture?.bitmap.close();
    this.#store.set({
      screen: "welcome",
      picture: null,
      isOpening: false,
      trouble: null,
      remark: null,
    });
    this.prompting.change({ kind: "forget-touches" });
    this.prompting.work.reset();
  }

  retry(): void {
    void this.loadCatalogue();
    this.prompting.work.retry();
  }

  /** Have the server write a file, and hand it over. */
  async download(format: Format): Promise<void> {
    const state = this.#store.get();
    const { picture, isFetching } = state;
    if (picture === null || isFetching !== null) return;
    this.#store.set({ isFetching: format.id });
    try {
      await fetchFormat(state, picture, format);
    } catch (error) {
      if (!(error instanceof ServerError)) throw error;
      if (error.status === 401) this.#wantKey();
      else this.remark(error.problem);
    } finally {
      this.#store.set({ isFetching: null });
    }
  }

  /** The things on the picture, or one of them, on nothing. */
  async downloadCutOut(number: number | null): Promise<void> {
    const state = this.#store.get();
    const all = instancesOf(state);
    const wanted = number === null ? all : all.filter((one) => one.number === number);
    if (state.picture === null || wanted.length === 0) return;
    const name = `${stemOf(state.picture.name)}-cut-out.png`;
    hand(await cutOut(state.picture, wanted), name);
  }

  /** For the hands on the picture. */
  toucher(board: Board): Toucher {
    return {
      frame: null,
      touch: (touch, _frame, reach) => {
        const { picture } = this.#store.get();
        // Far in, one is as exact as one sees.
        return this.prompting.touch(touch, reach * (picture?.sent.width ?? 1));
      },
      draw: (box) => this.prompting.draw(box),
      point: (place) => {
        this.prompting.point(place);
        board.invalidate();
      },
      hint: (message) => {
        this.remark({ code: "hint", message });
      },
    };
  }

  /** Say something for a moment. */
  remark(problem: Problem): void {
    clearTimeout(this.#remarkTimer);
    this.#store.set({ remark: problem });
    this.#remarkTimer = setTimeout(() => {
      this.#store.set({ remark: null });
    }, REMARK_MS);
  }

  #wantKey(): void {
    const message = "This server wants an API key.";
    this.#store.set({ trouble: { code: "invalid_api_key", message } });
  }

  /** Several answers may say so at once; the picture shrinks by one step for all of them. */
  #shrink(): Promise<boolean> {
    this.#shrinking ??= this.#shrinkOnce().finally(() => {
      this.#shrinking = null;
    });
    return this.#shrinking;
  }

  async #shrinkOnce(): Promise<boolean> {
    const { picture } = this.#store.get();
    if (picture === null || Math.max(picture.sent.width, picture.sent.height) < LEAST_SIDE_PX) {
      return false;
    }
    const less = await smaller(picture);
    if (this.#store.get().picture !== picture) return false;
    this.#store.set({ picture: less });
    this.#tellSize();
    return true;
  }

  #tellSize(): void {
    const { picture } = this.#store.get();
    if (picture !== null) this.remark({ code: "hint", message: sizeWords(picture) });
  }
}
