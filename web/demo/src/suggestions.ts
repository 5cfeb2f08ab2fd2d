import { type Catalogue, normalised, type PromptList } from "rtseg";

const MOST = 6;

/**
 * Words that the server knows and that go on from the last phrase of "cat, cu": first those that
 * begin so, then those that hold it. What can be outlined at once comes before what has to be
 * fetched first; what is asked for already does not come.
 */
export function suggest(text: string, catalogue: Catalogue | null, asked: PromptList): string[] {
  const phrases = text.split(",").map(normalised);
  const begun = phrases.at(-1) ?? "";
  const taken = new Set([
    ...phrases.slice(0, -1),
    ...asked.prompts.map((one) => normalised(one.text ?? "")),
  ]);
  const models = catalogue?.models ?? [];
  const known = [
    ...models.filter(({ state }) => state === "ready"),
    ...models.filter(({ state }) => state !== "ready"),
  ].flatMap(({ labels }) => labels);
  const fitting = [...new Set(known)].filter(
    (label) => normalised(label).includes(begun) && !taken.has(normalised(label)),
  );
  const isExact = fitting.length === 1 && normalised(fitting[0] ?? "") === begun;
  if (isExact) return [];
  const [first, rest] = [
    fitting.filter((label) => normalised(label).startsWith(begun)),
    fitting.filter((label) => !normalised(label).startsWith(begun)),
  ];
  return [...first, ...rest].slice(0, MOST);
}
