import { describe, expect, it } from "vitest";

import { withDuration } from "../../src/core/webm.js";

function bytes(hex: string): Uint8Array {
  return Uint8Array.from(hex.split(/\s+/), (byte) => parseInt(byte, 16));
}

// As Chromium writes it: header, a segment of unknown length, Info, and the beginning of Tracks.
const HEADER =
  "1a 45 df a3 9f 42 86 81 01 42 f7 81 01 42 f2 81 04 42 f3 81 08 42 82 84 77 65 62 6d 42 87 81 04 42 85 81 02";
const SEGMENT = "18 53 80 67 01 ff ff ff ff ff ff ff";
const INFO =
  "15 49 a9 66 99 2a d7 b1 83 0f 42 40 4d 80 86 43 68 72 6f 6d 65 57 41 86 43 68 72 6f 6d 65";
const REST = "16 54 ae 6b bd ae bb d7 81 01 73 c5";

describe("the duration of a WebM file", () => {
  it("is written behind what Info has, in the file's own unit", () => {
    const told = withDuration(bytes(`${HEADER} ${SEGMENT} ${INFO} ${REST}`), 3500) ?? [];
    const info = INFO.replace("15 49 a9 66 99", "15 49 a9 66 01 00 00 00 00 00 00 24");
    const duration = "44 89 88 40 ab 58 00 00 00 00 00"; // 3500.0
    expect([...told]).toEqual([...bytes(`${HEADER} ${SEGMENT} ${info} ${duration} ${REST}`)]);
  });

  it("is in seconds where the file counts in seconds", () => {
    const slow = INFO.replace(
      "15 49 a9 66 99 2a d7 b1 83 0f 42 40",
      "15 49 a9 66 9a 2a d7 b1 84 3b 9a ca 00",
    );
    const told = withDuration(bytes(`${HEADER} ${SEGMENT} ${slow} ${REST}`), 3500);
    const at = (told?.length ?? 0) - bytes(REST).length - 8;
    expect(new DataView((told ?? new Uint8Array(8)).buffer).getFloat64(at)).toBe(3.5);
  });

  it.each([
    [
      "is there already",
      `${HEADER} ${SEGMENT} 15 49 a9 66 8b 44 89 88 40 ab 58 00 00 00 00 00 ${REST}`,
    ],
    ["a segment of known length", `${HEADER} 18 53 80 67 a9 ${INFO} ${REST}`],
    ["an index before Info", `${HEADER} ${SEGMENT} 11 4d 9b 74 80 ${INFO} ${REST}`],
    ["Info that is cut off", `${HEADER} ${SEGMENT} ${INFO.slice(0, 40)}`],
    ["no Info", `${HEADER} ${SEGMENT} ${REST}`],
    ["another file", "00 00 00 20 66 74 79 70"],
    ["hardly anything", "1a 45"],
  ])("is left alone: %s", (_, hex) => {
    expect(withDuration(bytes(hex), 3500)).toBe(null);
  });

  it("never breaks on any bytes", () => {
    const whole = bytes(`${HEADER} ${SEGMENT} ${INFO} ${REST}`);
    for (let at = 0; at < whole.length; at++) {
      for (const value of [0, 1, 0x80, 0xff]) {
        const other = whole.slice();
        other[at] = value;
        const told = withDuration(other, 1);
        expect(told === null || told.length === whole.length + 18).toBe(true);
        expect(() => withDuration(whole.slice(0, at), 1)).not.toThrow();
      }
    }
  });
});
