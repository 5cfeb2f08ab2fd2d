import { describe, expect, it } from "vitest";

import { commandIn, refusalTitle, refusedIn, withoutCommand } from "../../demo/src/words.js";

const unicorn = { id: "p1", text: "unicorn" };
const cat = { id: "p2", text: "cat" };
const touch = { id: "p3", points: [{ x: 0, y: 0 }] };

describe("a refusal", () => {
  it("is about the words that it quotes, or else about all that waited", () => {
    const message = "no model here can outline 'unicorn'; you can ask for: cat";
    expect(refusedIn(message, [cat, unicorn, touch])).toEqual([unicorn]);
    expect(refusedIn("no model outlines what is touched", [cat, touch])).toEqual([cat, touch]);
    expect(refusedIn(message, [])).toEqual([]);
  });

  it("says a command once, below", () => {
    const message = "sam3 takes any words: get it with: rtseg models pull sam3";
    expect(withoutCommand(message, commandIn(message))).toBe("sam3 takes any words:");
    expect(withoutCommand(message, null)).toBe(message);
    expect(withoutCommand(`${message}; or not`, commandIn(message))).toBe(`${message}; or not`);
  });

  it("names what was asked for, and the command that helps", () => {
    const message = "no model on this machine can outline 'cat'; yolox: `rtseg models pull yolox`";
    expect(refusalTitle({ code: "model_missing", message, words: ["cat"] })).toContain("“cat”");
    expect(commandIn(message)).toBe("rtseg models pull yolox");
    const nothing = { code: "unknown_prompt", message: "", words: [] };
    expect(refusalTitle(nothing)).toBe("Nothing here can outline what you touched");
  });
});
