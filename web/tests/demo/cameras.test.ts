import { describe, expect, it } from "vitest";

import {
  cameraName,
  givenText,
  rateChoices,
  sides,
  sizeChoices,
  sizeOf,
} from "../../demo/src/cameras.js";
import { backWords } from "../../demo/src/words.js";

const texts = (choices: readonly { text: string }[]) => choices.map(({ text }) => text);

describe("what a camera is asked for", () => {
  it("is what it has", () => {
    const most = { width: 1280, height: 720, fps: 30 };
    expect(texts(sizeChoices({}, most))).toEqual(["360p", "480p", "720p"]);
    expect(texts(rateChoices({}, most))).toEqual(["30 a second"]);
    expect(texts(sizeChoices({}, null))).toEqual(["360p", "480p", "720p", "1080p"]);
    expect(texts(rateChoices({}, null))).toEqual(["30 a second", "60 a second"]);
  });

  it("stays what an address wished for", () => {
    const wishes = { width: 800, height: 600, fps: 20 };
    expect(texts(sizeChoices(wishes, null))).toContain("800 × 600");
    expect(texts(rateChoices(wishes, null))).toEqual(["20 a second", "30 a second", "60 a second"]);
    expect(sizeOf({})).toBe("1280x720");
  });
});

describe("what a camera gives", () => {
  it("is said as it is", () => {
    const wishes = { width: 640, height: 360, fps: 30 };
    expect(givenText({ width: 640, height: 360, fps: 30 }, wishes)).toBe(
      "The camera gives 640 × 360, 30 a second.",
    );
    expect(givenText({ width: 640, height: 480, fps: 15 }, wishes)).toMatch(
      /^The camera gives 640 × 480, 15 a second\. .*as near as it comes/,
    );
    // A phone that is held upright.
    expect(givenText({ width: 360, height: 640, fps: null }, wishes)).toBe(
      "The camera gives 360 × 640.",
    );
    expect(givenText(null, wishes)).toBe("");
  });

  it("has a name that can be read", () => {
    expect(cameraName("HD Pro Webcam (046d:082d)", 0)).toBe("HD Pro Webcam");
    expect(cameraName("", 1)).toBe("Camera 2");
  });

  it("has two sides on a phone", () => {
    const phone = ["camera2 1, facing front", "camera2 0, facing back", "camera2 2, facing back"];
    expect(sides(phone, false)).toEqual(["user", "environment"]);
    expect(sides(["Webcam", "Capture card"], false)).toEqual([]);
    expect(sides(["a", "b"], true)).toEqual(["user", "environment"]);
    expect(sides(["facing front"], true)).toEqual([]);
  });

  it("goes on where another one cannot be had", () => {
    expect(backWords("camera_busy", "Webcam")).toBe(
      "That camera is in use by another program or tab. Back to Webcam.",
    );
    expect(backWords("camera_failed", "")).toBe(
      "That camera does not start. Back to the one before.",
    );
  });
});
