/** What the chips of the live page say. */

import { isTouch, type NamedPrompt } from "rtseg";

import type { ChipLook } from "./chips.js";
import type { Finding } from "./findings.js";
import type { State } from "./store.js";
import { confidenceWords, findingSentence, findingWords, TOUCH_WORDS } from "./words.js";

const NOTHING_YET: Finding = { kind: "looking", objects: [], confidence: null };

export function liveLook(prompt: NamedPrompt, { list, found, active }: State): ChipLook {
  const finding = found.get(prompt.id) ?? NOTHING_YET;
  const answer = active.find((one) => one.id === prompt.id);
  const name = nameOf(prompt, answer?.label, list.prompts);
  return {
    name,
    state: findingWords(finding),
    detail: confidenceWords(finding),
    kind: finding.kind,
    title: `${answer?.model ? `${name}, outlined by ${answer.model}` : name}. ${findingSentence(finding)}${wayBack(prompt, finding)}`,
    objects: finding.objects,
  };
}

/** Words are looked for again by themselves; what was touched, nobody else can find. */
function wayBack(prompt: NamedPrompt, { kind }: Finding): string {
  return kind === "lost" && isTouch(prompt) ? ` ${TOUCH_WORDS.lost}` : "";
}

/** The word that was said; of what was touched, the server's word for it, numbered if need be. */
export function nameOf(
  prompt: NamedPrompt,
  label: string | undefined,
  all: readonly NamedPrompt[],
): string {
  if (prompt.text) return prompt.text;
  const touched = all.filter((one) => isTouch(one) && !one.text);
  const number = touched.length > 1 ? ` ${touched.indexOf(prompt) + 1}` : "";
  const isNamed = label !== undefined && label !== "";
  return `${isNamed ? label : "object"}${number}`;
}
