/** What is written at a thing: the name on its chip. */

import type { Named } from "rtseg";

import { nameOf } from "./look.js";
import type { State } from "./store.js";

export function nameIn({ found, list, active }: State, { trackId, label }: Named): string | null {
  const prompt = list.prompts.find(({ id }) => found.get(id)?.objects.includes(trackId));
  if (prompt === undefined) return label;
  const answer = active.find(({ id }) => id === prompt.id);
  return nameOf(prompt, answer?.label, list.prompts);
}
