/** What the page for pictures says. */

import { isTouch, type NamedPrompt } from "rtseg";

import type { ChipLook } from "../chips.js";
import { nameOf } from "../look.js";
import { sentence, TOUCH_WORDS } from "../words.js";
import type { Picture } from "./picture.js";
import { foundOf, type ImageState, type Outcome } from "./state.js";

/** After so long it is likely that a model is loaded, or that others are served first. */
export const SLOW_MS = 1500;

export const IMAGE_WORDS = {
  sample: "Click the pear. Or drag a box around the mug.",
  empty: "Say what to outline, click it, or drag a box around it.",
} as const;

export function chipLook(prompt: NamedPrompt, state: ImageState): ChipLook {
  const outcome = state.outcomes.get(prompt.id);
  const found = foundOf(outcome);
  const name = nameOf(prompt, found?.answer.label, state.list.prompts);
  const model = found?.answer.model ?? "";
  return {
    name,
    state: outcomeWords(outcome, performance.now()),
    kind: kindOf(outcome),
    title: model === "" ? name : `${name}, outlined by ${model}`,
    objects: found?.instances.map(({ number }) => number) ?? [],
  };
}

function kindOf(outcome: Outcome | undefined): string {
  switch (outcome?.kind) {
    case "found":
      return "found";
    case "nothing":
      return "away";
    case "failed":
      return "failed";
    default:
      return "looking";
  }
}

export function outcomeWords(outcome: Outcome | undefined, now: number): string {
  switch (outcome?.kind) {
    case undefined:
    case "queued":
      return "next…";
    case "looking":
      if (outcome.path !== "") return "outlining…";
      if (outcome.bbox !== null) return "found, outlining…";
      return now - outcome.since > SLOW_MS ? "loading the model…" : "looking…";
    case "waiting":
      return `again in ${Math.max(1, Math.ceil((outcome.until - now) / 1000))} s`;
    case "found": {
      const { instances, answer } = outcome;
      const model = answer.model === "" ? "" : ` · ${answer.model}`;
      return instances.length > 1
        ? `${instances.length} found${model}`
        : `${percent(answer.score)}${model}`;
    }
    case "nothing":
      return "none here";
    case "failed":
      return "failed";
  }
}

export function percent(score: number): string {
  return `${Math.round(score * 100)} %`;
}

/** What became of everything, for those who listen. */
export function summary({ list, outcomes }: ImageState): string {
  const all = list.prompts.map((prompt) => ({
    name: isTouch(prompt) ? "what you touched" : (prompt.text ?? ""),
    outcome: outcomes.get(prompt.id),
  }));
  return all
    .flatMap(({ name, outcome }) => {
      if (outcome?.kind === "found") {
        const { length } = outcome.instances;
        return `${name}: ${length} ${length === 1 ? "outline" : "outlines"}.`;
      }
      return outcome?.kind === "nothing" ? `No ${name} found in this picture.` : [];
    })
    .join(" ");
}

/** Why there is nothing, in the list of results. */
export function emptyWords(prompt: NamedPrompt, outcome: Outcome): string | null {
  switch (outcome.kind) {
    case "nothing":
      return prompt.text && !isTouch(prompt)
        ? `Looked for “${prompt.text}”: there is none in this picture.`
        : TOUCH_WORDS.nothingThere;
    case "failed":
      return outcome.problem.code.endsWith("_api_key")
        ? "Waits for an API key."
        : sentence(outcome.problem.message);
    default:
      return null;
  }
}

export function sizeWords({ width, height, sent, sentBytes }: Picture): string {
  const isScaled = sent.width !== width;
  return isScaled
    ? `Sent at ${sent.width} × ${sent.height}, ${bytes(sentBytes)}: the picture itself has ${width} × ${height} pixels.`
    : `Sent as a JPEG of ${bytes(sentBytes)}: the server does not read the file as it is.`;
}

export function bytes(count: number): string {
  return count < 1e6
    ? `${Math.max(1, Math.round(count / 1e3))} kB`
    : `${(count / 1e6).toFixed(1)} MB`;
}
