import { expect, it } from "vitest";

import { durationWords, endWords, fileName, sizeWords } from "../../demo/src/takewords.js";

it("names files by the local time, so that they sort by it", () => {
  expect(fileName(new Date(2026, 0, 9, 7, 5, 3), "png")).toBe("rtseg-2026-01-09-07-05-03.png");
});

it("says how long and how large", () => {
  const ms = [0, 7_900, 61_000, 750_000, 3_723_000];
  expect(ms.map(durationWords)).toEqual(["0:00", "0:07", "1:01", "12:30", "1:02:03"]);
  expect([0, 40_000, 2_340_000, 56_700_000].map(sizeWords)).toEqual([
    "0.0 MB",
    "0.0 MB",
    "2.3 MB",
    "57 MB",
  ]);
});

it("says why a recording ended that nobody ended", () => {
  const clip = {
    blob: new Blob(["1234"]),
    mimeType: "video/webm",
    durationMs: 4000,
    frames: 90,
    width: 640,
    height: 360,
  };
  expect(endWords({ ...clip, why: "stopped" })).toBe("Recording saved: 0:04, 0.0 MB.");
  expect(endWords({ ...clip, why: "camera" })).toContain("The camera went away.");
  expect(endWords({ ...clip, why: "full" })).toContain("as large as it may be");
});
