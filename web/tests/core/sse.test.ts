import { describe, expect, it } from "vitest";

import { EventReader } from "../../src/core/sse.js";

const EVENTS = ['{"type":"bbox"}', "one\ntwo", "", "a: b — ü", "[DONE]"];

function stream(end: string): string {
  return [
    ": a comment",
    "id: 1",
    `data: ${EVENTS[0] ?? ""}`,
    "",
    "data: one",
    "data: two",
    "",
    "data",
    "",
    "",
    `data:${EVENTS[3] ?? ""}`,
    "event: x",
    "retry: 10",
    "",
    "data: [DONE]",
    "",
    "data: never ended",
  ].join(end);
}

describe("events", () => {
  for (const [name, end] of [
    ["\\n", "\n"],
    ["\\r\\n", "\r\n"],
    ["\\r", "\r"],
  ] as const) {
    it(`are the same wherever the text is cut, with lines that end in ${name}`, () => {
      const text = stream(end);
      for (let first = 0; first <= text.length; first++) {
        for (const second of [first, first + 1, first + 2, text.length]) {
          const reader = new EventReader();
          const parts = [text.slice(0, first), text.slice(first, second), text.slice(second)];
          expect(parts.flatMap((part) => reader.push(part))).toEqual(EVENTS);
        }
      }
    });

    it(`come one by one as they are complete, with ${name}`, () => {
      const reader = new EventReader();
      const read = stream(end)
        .split("")
        .flatMap((letter) => reader.push(letter));
      expect(read).toEqual(EVENTS);
    });
  }

  it("need their empty line", () => {
    const reader = new EventReader();
    expect(reader.push("data: {}\n")).toEqual([]);
    expect(reader.push("\n")).toEqual(["{}"]);
    expect(reader.push("\n\n\n")).toEqual([]);
  });
});
