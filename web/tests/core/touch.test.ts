import { type ActivePrompt, meaningOf, promptAt, type Situation } from "rtseg";
import { describe, expect, it } from "vitest";

const square = (x: number, y: number) => [x, y, x, y + 20, x + 20, y + 20, x + 20, y];
const answer = (id: string, objects: number[]): ActivePrompt => ({
  id,
  text: "",
  points: [],
  box: null,
  label: "object",
  model: "touch",
  objects,
});
/** Words with two objects at (10, 10) and (40, 10), a touched one at (70, 10); 20 px each. */
const situation = (part: Partial<Situation> = {}): Situation => ({
  frame: {
    width: 100,
    height: 100,
    objects: [
      { trackId: 1, rings: [square(10, 10)] },
      { trackId: 2, rings: [square(40, 10)] },
      { trackId: 3, rings: [square(70, 10)] },
    ],
  },
  wanted: [
    { id: "words", text: "cat" },
    { id: "touched", points: [{ x: 0.8, y: 0.2 }] },
    { id: "new", points: [{ x: 0.2, y: 0.8 }] },
    { id: "boxed", box: { xMin: 0.5, yMin: 0.6, xMax: 0.7, yMax: 0.9 } },
  ],
  active: [answer("words", [1, 2]), answer("touched", [3]), answer("new", [])],
  selected: null,
  reachPx: 5,
  ...part,
});
const click = (x: number, y: number, part?: Partial<Situation>) =>
  meaningOf({ x: x / 100, y: y / 100, positive: true }, situation(part));
const shiftClick = (x: number, y: number, part?: Partial<Situation>) =>
  meaningOf({ x: x / 100, y: y / 100, positive: false }, situation(part));

describe("a click", () => {
  it("beside everything is a new object, whatever is selected", () => {
    expect(click(50, 50)).toEqual({ kind: "add" });
    expect(click(50, 50, { selected: "words" })).toEqual({ kind: "add" });
    expect(click(50, 50, { selected: "touched" })).toEqual({ kind: "add" });
    expect(click(50, 50, { frame: null })).toEqual({ kind: "add" });
  });

  it("on an outline selects its prompt", () => {
    expect(click(80, 20)).toEqual({ kind: "select", id: "touched" });
    expect(click(20, 20)).toEqual({ kind: "select", id: "words" });
    expect(click(50, 20, { selected: "touched" })).toEqual({ kind: "select", id: "words" });
    expect(click(50, 20, { selected: "words" })).toEqual({ kind: "select", id: "words" });
  });

  it("on or near the selected object refines it", () => {
    const selected = "touched";
    expect(click(80, 20, { selected })).toEqual({ kind: "refine", id: "touched" });
    expect(click(80, 34, { selected })).toEqual({ kind: "refine", id: "touched" });
    expect(click(80, 36, { selected })).toEqual({ kind: "add" });
    expect(click(80, 34)).toEqual({ kind: "add" });
  });

  it("near a touch or in a box that is still being looked for refines it", () => {
    expect(click(23, 80, { selected: "new" })).toEqual({ kind: "refine", id: "new" });
    expect(click(30, 80, { selected: "new" })).toEqual({ kind: "add" });
    expect(click(60, 70, { selected: "boxed" })).toEqual({ kind: "refine", id: "boxed" });
  });

  it("on an outline whose prompt was just removed is a new object", () => {
    const wanted = situation().wanted.filter(({ id }) => id !== "touched");
    expect(click(80, 20, { wanted })).toEqual({ kind: "add" });
  });
});

describe("a click that says no", () => {
  it("is about the object under it, or else about the selected one, wherever it is", () => {
    expect(shiftClick(80, 20)).toEqual({ kind: "refine", id: "touched" });
    expect(shiftClick(50, 50, { selected: "touched" })).toEqual({ kind: "refine", id: "touched" });
    expect(shiftClick(80, 20, { selected: "new" })).toEqual({ kind: "refine", id: "touched" });
  });

  it("means nothing beside everything, with nothing selected", () => {
    expect(shiftClick(50, 50)).toEqual({ kind: "nothing" });
  });

  it("cannot be about words, which mean every such thing", () => {
    expect(shiftClick(20, 20)).toEqual({ kind: "words", id: "words" });
    expect(shiftClick(20, 20, { selected: "words" })).toEqual({ kind: "words", id: "words" });
    expect(shiftClick(50, 50, { selected: "words" })).toEqual({ kind: "words", id: "words" });
  });
});

describe("promptAt", () => {
  it("says which prompt is under the pointer", () => {
    expect(promptAt({ x: 0.5, y: 0.2 }, situation())).toBe("words");
    expect(promptAt({ x: 0.5, y: 0.5 }, situation())).toBe(null);
  });
});
