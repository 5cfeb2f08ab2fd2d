import { edit, NO_PROMPTS } from "rtseg";
import { describe, expect, it } from "vitest";

import { readParams } from "../../demo/src/params.js";
import { type Settings, share } from "../../demo/src/share.js";
import { unknownWords } from "../../demo/src/words.js";

const settings: Settings = {
  list: edit(NO_PROMPTS, { kind: "add", prompts: [{ text: "person" }, { text: "coffee cup" }] }),
  effect: "replace",
  background: { kind: "colour", colour: "#00b26b" },
  hasLabels: true,
  showing: "in step",
  isMirrored: true,
  fit: "contain",
  line: 3,
  wishes: { deviceId: "a-secret-name", width: 1280, height: 720, fps: 60, facing: "environment" },
};

describe("a shared address", () => {
  it("opens the page as it was", () => {
    const { address, left } = share(settings, "https://rtseg.test/live/?autostart=1&prompts=cat#x");
    const { pathname, search, hash } = new URL(address);
    expect([pathname, hash, left]).toEqual(["/live/", "", ""]);
    expect(readParams(search)).toMatchObject({
      prompts: ["person", "coffee cup"],
      effect: "replace",
      background: "#00b26b",
      labels: true,
      showing: "in step",
      mirror: true,
      fit: "contain",
      line: 3,
      camera: { width: 1280, height: 720, fps: 60, facing: "environment" },
      autostart: false,
      unknown: [],
    });
  });

  it("says nothing of the camera's name, and takes no password along", () => {
    const { address } = share(settings, "https://me:word@rtseg.test/?key=k");
    expect(address).not.toMatch(/secret|me:|word|key/);
  });

  it("says what cannot stand in it", () => {
    const touch = { points: [{ x: 0.5, y: 0.5 }] };
    const list = edit(settings.list, { kind: "add", prompts: [touch] });
    const image = {} as ImageBitmap;
    const { left, address } = share(
      { ...settings, list, background: { kind: "image", image } },
      "https://rtseg.test/",
    );
    expect(left).toBe("Not in it: what you touched and your own background.");
    expect(readParams(new URL(address).search)).toMatchObject({
      prompts: ["person", "coffee cup"],
      background: null,
    });
  });
});

describe("an address of another version", () => {
  it("is taken as far as it is understood, and the rest is said", () => {
    const params = readParams("?effect=sparkle&prompts=cat&mirror=perhaps&width=-4&shape=round");
    expect(params).toMatchObject({ effect: "outline", prompts: ["cat"], mirror: null, camera: {} });
    expect(params.unknown).toEqual(["effect=sparkle", "mirror=perhaps", "width=-4", "shape=round"]);
    expect(unknownWords(["effect=sparkle"])).toBe(
      "This page does not know “effect=sparkle” in its address. The rest holds.",
    );
    expect(unknownWords(["a=1", "b=2", "c=3"])).toBe(
      "This page does not know “a=1”, “b=2” and “c=3” in its address. The rest holds.",
    );
  });

  it("is read generously", () => {
    expect(readParams("?showing=in-step").showing).toBe("in step");
    expect(readParams("?showing=In%20Step").showing).toBe("in step");
    expect(readParams("?background=%231F4BFF").background).toBe("#1f4bff");
    expect(readParams("?autostart&timing=0")).toMatchObject({ autostart: true, timing: false });
    expect(readParams("")).toMatchObject({ timing: true, showing: null, unknown: [] });
  });
});
