import { boxToPicture, pictureToBox, place, type View } from "rtseg";
import { describe, expect, it } from "vitest";

describe("place", () => {
  const box = { width: 800, height: 800 };

  it("shows all of the picture, or fills the box, and keeps its middle", () => {
    expect(place({ width: 400, height: 200 }, box, "contain")).toEqual({ scale: 2, x: 0, y: 200 });
    expect(place({ width: 400, height: 200 }, box, "cover")).toEqual({ scale: 4, x: -400, y: 0 });
    expect(place({ width: 0, height: 0 }, box, "cover").scale).toBe(0);
  });
});

describe("a place on the screen", () => {
  const picture = { width: 640, height: 360 };
  const box = { width: 400, height: 700 };
  const view = (part: Partial<View>): View => ({
    picture,
    box,
    fit: "cover",
    mirrored: false,
    ...part,
  });

  it("is found in the picture through its fit", () => {
    // Covering a tall box, the picture is 700 high and 1244.4 wide: 422.2 are cut off at each side.
    const at = boxToPicture(view({}), 0, 350);
    expect(at?.x).toBeCloseTo(422.22 / 1244.44, 4);
    expect(at?.y).toBeCloseTo(0.5, 6);
    // Contained, it is 225 high with 237.5 of nothing above.
    expect(boxToPicture(view({ fit: "contain" }), 100, 237.5)).toEqual({ x: 0.25, y: 0 });
    expect(boxToPicture(view({ fit: "contain" }), 100, 200)?.y).toBeLessThan(0);
  });

  it("is on the other side in a mirror", () => {
    const mirrored = view({ fit: "contain", mirrored: true });
    expect(boxToPicture(mirrored, 100, 350)?.x).toBeCloseTo(0.75, 6);
    expect(pictureToBox(mirrored, 0.75, 0.5)).toEqual({ x: 100, y: 350 });
  });

  it("does not depend on how many device pixels are in one of CSS", () => {
    const twice = view({ box: { width: 800, height: 1400 } });
    expect(boxToPicture(twice, 246, 402)).toEqual(boxToPicture(view({}), 123, 201));
  });

  it.each([
    ["cover", false],
    ["cover", true],
    ["contain", false],
    ["contain", true],
  ] as const)("comes back to where it was: %s, mirrored %s", (fit, mirrored) => {
    for (const [x, y] of [
      [3, 690],
      [200, 350],
      [399, 1],
    ] as const) {
      const at = boxToPicture(view({ fit, mirrored }), x, y) ?? expect.fail("no picture");
      const back = pictureToBox(view({ fit, mirrored }), at.x, at.y);
      expect(back.x).toBeCloseTo(x, 6);
      expect(back.y).toBeCloseTo(y, 6);
    }
  });

  it("is nowhere while there is no picture", () => {
    expect(boxToPicture(view({ picture: { width: 0, height: 0 } }), 1, 1)).toBe(null);
  });
});
