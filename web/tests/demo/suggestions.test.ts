import { type Catalogue, edit, type Model, NO_PROMPTS } from "rtseg";
import { describe, expect, it } from "vitest";

import { suggest } from "../../demo/src/suggestions.js";

const model = (state: Model["state"], ...labels: string[]): Model => ({
  name: labels.join(),
  title: "",
  labels,
  takes: ["text"],
  openVocabulary: false,
  licence: "",
  state,
  get: "",
});
const catalogue: Catalogue = {
  models: [model("missing", "cat", "cup", "bicycle"), model("ready", "person", "cup")],
  defaultPrompts: [],
};
const asked = edit(NO_PROMPTS, { kind: "add", prompts: [{ text: "Person" }] });

describe("suggestions", () => {
  it("name what can be asked for now before what has to be fetched, each once", () => {
    expect(suggest("", catalogue, NO_PROMPTS)).toEqual(["person", "cup", "cat", "bicycle"]);
    expect(suggest("", null, NO_PROMPTS)).toEqual([]);
  });

  it("go on from the last phrase, first with what begins so", () => {
    expect(suggest("C", catalogue, NO_PROMPTS)).toEqual(["cup", "cat", "bicycle"]);
    expect(suggest("person, ca", catalogue, NO_PROMPTS)).toEqual(["cat"]);
    expect(suggest("dog", catalogue, NO_PROMPTS)).toEqual([]);
  });

  it("leave out what is asked for, or written already", () => {
    expect(suggest("", catalogue, asked)).not.toContain("person");
    expect(suggest("cup, ", catalogue, asked)).toEqual(["cat", "bicycle"]);
    expect(suggest("cat", catalogue, asked)).toEqual([]);
  });
});
