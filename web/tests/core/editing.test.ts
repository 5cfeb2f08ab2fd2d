import { edit, type Edit, NO_PROMPTS, phrasesIn, type PromptList } from "rtseg";
import { describe, expect, it } from "vitest";

const after = (...edits: Edit[]): PromptList => edits.reduce(edit, NO_PROMPTS);
const words = (...texts: string[]): Edit => ({
  kind: "add",
  prompts: texts.map((text) => ({ text })),
});
const touched: Edit = { kind: "add", prompts: [{ points: [{ x: 0.5, y: 0.5, frame: 7 }] }] };
const undo: Edit = { kind: "undo" };
const redo: Edit = { kind: "redo" };
const texts = ({ prompts }: PromptList) => prompts.map(({ text }) => text);
const ids = ({ prompts }: PromptList) => prompts.map(({ id }) => id);

describe("a list of prompts", () => {
  it("names what is added, and asks for no word twice", () => {
    const list = after(words("cat", "cup"), words("Cat "), touched, touched);
    expect(texts(list)).toEqual(["cat", "cup", undefined, undefined]);
    expect(new Set(ids(list)).size).toBe(4);
  });

  it("gives back the same state for an edit that changes nothing", () => {
    const list = after(words("cat"));
    const idle: Edit[] = [
      words("cat"),
      { kind: "add", prompts: [] },
      { kind: "remove", id: "nobody" },
      { kind: "refuse", ids: ["nobody"] },
      { kind: "refine", id: "nobody", point: { x: 0, y: 0 } },
      { kind: "forget-touches" },
      { kind: "renew", boxes: new Map() },
      redo,
    ];
    for (const one of idle) expect(edit(list, one), one.kind).toBe(list);
    expect(edit(NO_PROMPTS, undo)).toBe(NO_PROMPTS);
  });

  it("refines one prompt and keeps its name", () => {
    const list = after(words("cat"), touched, {
      kind: "refine",
      id: "p2",
      point: { x: 0.1, y: 0.2, positive: false },
    });
    expect(ids(list)).toEqual(["p1", "p2"]);
    expect(list.prompts[0]?.points).toBe(undefined);
    expect(list.prompts[1]?.points).toEqual([
      { x: 0.5, y: 0.5, frame: 7 },
      { x: 0.1, y: 0.2, positive: false },
    ]);
  });

  it("goes back and forth through every step", () => {
    const edits: Edit[] = [
      words("cat", "cup"),
      touched,
      { kind: "refine", id: "p3", point: { x: 0, y: 0 } },
      { kind: "remove", id: "p1" },
      { kind: "clear" },
    ];
    const states = edits.map((_, index) => after(...edits.slice(0, index + 1)).prompts);
    let list = after(...edits);
    for (const prompts of [...states.slice(0, -1).reverse(), []]) {
      list = edit(list, undo);
      expect(list.prompts).toEqual(prompts);
    }
    expect(edit(list, undo)).toBe(list);
    for (const prompts of states) {
      list = edit(list, redo);
      expect(list.prompts).toEqual(prompts);
    }
    expect(edit(list, redo)).toBe(list);
  });

  it("forgets what was undone when something else is done, and gives no name twice", () => {
    const list = after(words("cat"), undo, words("cup"));
    expect(edit(list, redo)).toBe(list);
    expect(ids(list)).toEqual(["p2"]);
  });

  it("loses what the server refused, for undo and redo too", () => {
    let list = after(words("cat"), words("unicorn"), words("cup"), undo);
    list = edit(list, { kind: "refuse", ids: ["p2"] });
    expect(texts(list)).toEqual(["cat"]);
    expect(texts(edit(list, redo))).toEqual(["cat", "cup"]);
    list = edit(list, undo);
    expect(texts(list)).toEqual([]);
    expect(edit(list, undo)).toBe(list);
  });

  it("keeps words alone for another camera", () => {
    const list = after(words("cat"), touched, words("cup"), { kind: "forget-touches" });
    expect(texts(list)).toEqual(["cat", "cup"]);
    expect(texts(edit(list, undo))).toEqual(["cat"]);
  });

  it("looks for objects anew where they were last, and for the rest in the newest frame", () => {
    const box = { xMin: 0.1, yMin: 0.2, xMax: 0.3, yMax: 0.4 };
    const before = after(words("cat"), touched, touched, {
      kind: "refine",
      id: "p2",
      point: { x: 0, y: 0 },
    });
    const list = edit(before, {
      kind: "renew",
      boxes: new Map([
        ["p1", box],
        ["p2", box],
      ]),
    });
    expect(list.prompts).toEqual([
      { id: "p1", text: "cat" },
      { id: "p2", points: [], box },
      { id: "p3", points: [{ x: 0.5, y: 0.5, frame: null }] },
    ]);
    // The touch and what refined it are one now, and one step.
    expect(ids(edit(list, undo))).toEqual(["p1", "p2"]);
    expect(edit(list, { kind: "renew", boxes: new Map() }).prompts).toEqual(list.prompts);
  });

  it("remembers no more than a hundred steps", () => {
    const many = Array.from({ length: 150 }, (_, index) => words(`thing ${index}`));
    expect(after(...many).past).toHaveLength(100);
  });
});

describe("phrasesIn", () => {
  it.each([
    ["cat, red  cup ,", ["cat", "red cup"]],
    ["Cat,cat", ["Cat"]],
    [" , ", []],
  ])("%j", (text, phrases) => {
    expect(phrasesIn(text)).toEqual(phrases);
  });
});
