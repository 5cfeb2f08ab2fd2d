import { afterEach, describe, expect, it, vi } from "vitest";

import { Eye } from "../../src/dom/eye.js";

afterEach(() => {
  vi.unstubAllGlobals();
});

const LIVE = { looking: true, showing: "live" } as const;
const video = { videoWidth: 640, videoHeight: 360 } as HTMLVideoElement;

/** An eye over a canvas of paper; `read` is its `getImageData`. */
function eye(read: () => { data: Uint8ClampedArray }) {
  const canvas = { width: 0, height: 0 };
  const getImageData = vi.fn(read);
  const context = { canvas, drawImage: vi.fn(), getImageData };
  vi.stubGlobal("document", { createElement: () => ({ getContext: () => context }) });
  const one = new Eye();
  const taken = vi.spyOn(one.looking, "picture");
  return { one, taken, getImageData, canvas };
}

const blank = () => ({ data: new Uint8ClampedArray(4 * 160 * 90) });

describe("an eye", () => {
  it("takes pictures small, in the camera's shape", () => {
    const { one, taken, canvas } = eye(blank);
    one.see(video, 40, LIVE);
    expect(taken).toHaveBeenCalledWith(expect.anything(), { width: 160, height: 90 }, 40);
    expect(canvas).toEqual({ width: 160, height: 90 });
  });

  it("reads nothing that is of no use", () => {
    const { one, getImageData } = eye(blank);
    one.see(video, null, LIVE);
    one.see(video, 40, { ...LIVE, looking: false });
    one.see(video, 40, { ...LIVE, showing: "in step" });
    one.see({ videoWidth: 0, videoHeight: 0 } as HTMLVideoElement, 40, LIVE);
    expect(getImageData).not.toHaveBeenCalled();
  });

  it("stays shut before a video that may not be read, until there is another", () => {
    const { one, taken, getImageData } = eye(() => {
      throw new DOMException("The canvas has been tainted by cross-origin data.", "SecurityError");
    });
    one.see(video, 40, LIVE);
    one.see(video, 73, LIVE);
    expect(getImageData).toHaveBeenCalledTimes(1);
    expect(taken).not.toHaveBeenCalled();
    one.clear();
    one.see(video, 106, LIVE);
    expect(getImageData).toHaveBeenCalledTimes(2);
  });
});
