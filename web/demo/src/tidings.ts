/** What becomes of the things that are followed, said once to those who do not see it. */

import { element, write } from "./element.js";
import { nameOf } from "./look.js";
import type { State, Store } from "./store.js";
import { findingSentence } from "./words.js";

/** A paragraph that only screen readers have; confidence alone is no news. */
export function tidings(store: Store): HTMLElement {
  const heard = element("p", { class: "only-heard", "aria-live": "polite" });
  store.watch((state, before) => {
    if (before === null || state.found === before.found) return;
    const said = news(state, before.found);
    if (said.length > 0) write(heard, said.join(" "));
  });
  return heard;
}

/** What to say of the prompts that are doubted, lost, or there again. */
export function news({ found, list, active }: State, before: State["found"]): string[] {
  return list.prompts.flatMap((prompt) => {
    const [now, then] = [found.get(prompt.id), before.get(prompt.id)];
    if (now === undefined || then === undefined || now.kind === then.kind) return [];
    if (now.kind !== "uncertain" && now.kind !== "lost" && now.kind !== "again") return [];
    const label = active.find((one) => one.id === prompt.id)?.label;
    const sentence = findingSentence({ ...now, confidence: null });
    return [`${nameOf(prompt, label, list.prompts)}: ${sentence}`];
  });
}
