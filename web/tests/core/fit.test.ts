import { place } from "rtseg";
import { describe, expect, it } from "vitest";

describe("place", () => {
  const box = { width: 800, height: 800 };

  it("shows all of the picture, or fills the box, and keeps its middle", () => {
    expect(place({ width: 400, height: 200 }, box, "contain")).toEqual({ scale: 2, x: 0, y: 200 });
    expect(place({ width: 400, height: 200 }, box, "cover")).toEqual({ scale: 4, x: -400, y: 0 });
    expect(place({ width: 0, height: 0 }, box, "cover").scale).toBe(0);
  });
});
