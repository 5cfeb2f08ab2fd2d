import { describe, expect, it } from "vitest";

import { doublesIn } from "../../demo/src/doubles.js";

const ANSWERS = new Map([
  ["p1", { label: "person", model: "people" }],
  ["p2", { label: "person", model: "people" }],
  ["p3", { label: "person", model: "other" }],
  ["p4", { label: "person", model: "people" }],
  ["p5", { label: "", model: "people" }],
  ["p6", { label: "", model: "people" }],
]);

describe("two words for one thing", () => {
  it("are found, the first of them stays", () => {
    const person = { id: "p1", text: "person" };
    const prompts = [person, { id: "p3", text: "somebody" }, { id: "p2", text: "human" }];
    expect(doublesIn(prompts, (id) => ANSWERS.get(id))).toEqual([{ id: "p2", of: person }]);
  });

  it("are two things once one of them is touched, or is not answered yet", () => {
    const touched = { id: "p4", text: "person", points: [{ x: 0.5, y: 0.5 }] };
    const prompts = [
      { id: "p1", text: "person" },
      touched,
      { id: "p5", text: "a" },
      { id: "p6", text: "b" },
      { id: "p7", text: "c" },
    ];
    expect(doublesIn(prompts, (id) => ANSWERS.get(id))).toEqual([]);
  });
});
