/** What is in the way, or worth a word, over the picture. */

import type { Problem } from "rtseg";

import { element, mark, write } from "../element.js";
import { noticeCard, type Ways } from "../notices.js";
import { sentence } from "../words.js";
import type { ImageApp } from "./app.js";
import type { ImageState, ImageStore } from "./state.js";
import { IMAGE_WORDS, summary } from "./words.js";

const REFRESH_MS = 500;

export function imageWays(app: ImageApp, pickFile: () => void): Ways {
  const again = () => {
    app.retry();
  };
  return {
    does: {
      again: { text: "Try again", click: again },
      file: { text: "Choose another picture", click: pickFile },
    },
    useKey: again,
  };
}

export function boardNotices(store: ImageStore, ways: Ways): HTMLElement {
  const card = element("div", { class: "stage-card", role: "alert" });
  const words = element("span");
  const strip = element(
    "div",
    { class: "strip", "data-kind": "live", role: "status" },
    element("i", { class: "pulse", "aria-hidden": "true" }),
    words,
  );
  const heard = element("p", { class: "only-heard", "aria-live": "polite" });
  let shown: Problem | null = null;
  store.watch((state) => {
    const { screen, remark } = state;
    const trouble = screen === "stage" ? state.trouble : null;
    if (trouble !== shown) {
      shown = trouble;
      card.replaceChildren(...(trouble === null ? [] : [noticeCard(trouble, ways)]));
    }
    const text = stripText(state);
    write(words, text ?? "");
    mark(strip, "data-kind", remark === null ? "idle" : "live");
    strip.hidden = text === null || screen !== "stage";
    write(heard, summary(state));
  });
  return element("div", { class: "stage-notices" }, strip, card, heard);
}

function stripText({ remark, list, trouble, refusal, picture }: ImageState): string | null {
  if (trouble !== null || refusal !== null) return null;
  const isFirst = list.prompts.length === 0;
  // What to do first is no news once something was done.
  if (remark !== null && (isFirst || remark.code !== "first_hint")) {
    return sentence(remark.message);
  }
  return picture !== null && isFirst ? IMAGE_WORDS.empty : null;
}

/** Words that tell of time are written anew as it passes. */
export function keepTime(store: ImageStore): void {
  let timer: ReturnType<typeof setInterval> | undefined;
  store.watch(({ outcomes }, before) => {
    if (outcomes === before?.outcomes) return;
    const isWaiting = [...outcomes.values()].some(
      ({ kind }) => kind === "waiting" || kind === "looking",
    );
    clearInterval(timer);
    if (isWaiting) {
      timer = setInterval(() => {
        store.set({});
      }, REFRESH_MS);
    }
  });
}
