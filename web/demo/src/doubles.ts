/** Two words for one thing, "person" and "human", are one thing to outline. */

import { isTouch, type NamedPrompt } from "rtseg";

/** As what a prompt is answered, and by whom. */
export interface Answered {
  readonly label: string;
  readonly model: string;
}

export interface Double {
  readonly id: string;
  /** Who said it first. */
  readonly of: NamedPrompt;
}

/** Prompts in words that the same model answers as the same thing as an earlier one. */
export function doublesIn(
  prompts: readonly NamedPrompt[],
  answer: (id: string) => Answered | undefined,
): Double[] {
  const first = new Map<string, NamedPrompt>();
  const doubles: Double[] = [];
  for (const prompt of prompts) {
    const answered = answer(prompt.id);
    if (isTouch(prompt) || !answered?.label || !answered.model) continue;
    const key = `${answered.model}\n${answered.label}`;
    const of = first.get(key);
    if (of === undefined) first.set(key, prompt);
    else doubles.push({ id: prompt.id, of });
  }
  return doubles;
}
