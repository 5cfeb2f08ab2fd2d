import { afterEach, expect, it, vi } from "vitest";

import { ImageApp } from "../../../demo/src/images/app.js";
import { IMAGE_START } from "../../../demo/src/images/state.js";
import { createStore } from "../../../demo/src/store.js";

// It is drawn with what only browsers have.
vi.mock("../../../demo/src/images/sample.js", () => ({ sample: vi.fn() }));

class Reader {
  result = "data:image/png;base64,";
  onload: () => void = () => undefined;
  readAsDataURL(): void {
    queueMicrotask(() => {
      this.onload();
    });
  }
}

/** Bitmaps that are there when `resolve` is called, and know whether they were let go. */
function bitmaps(): { close: ReturnType<typeof vi.fn>; resolve(): void }[] {
  const made: { close: ReturnType<typeof vi.fn>; resolve(): void }[] = [];
  vi.stubGlobal("FileReader", Reader);
  vi.stubGlobal("createImageBitmap", () => {
    const close = vi.fn();
    return new Promise((resolve) => {
      made.push({
        close,
        resolve() {
          resolve({ width: 4, height: 3, close });
        },
      });
    });
  });
  return made;
}

const file = new Blob(["x"], { type: "image/png" });

afterEach(() => {
  vi.unstubAllGlobals();
});

it("opens the last of two pictures, and lets go of the other", async () => {
  const made = bitmaps();
  const store = createStore(IMAGE_START);
  const app = new ImageApp(store);
  const both = [app.open(file, "first.png"), app.open(file, "second.png")];
  made[1]?.resolve();
  made[0]?.resolve();
  await Promise.all(both);
  expect(store.get().picture?.name).toBe("second.png");
  expect(made.map(({ close }) => close.mock.calls.length)).toEqual([1, 0]);
});

it("does not come back with a picture that was put away before it was open", async () => {
  const made = bitmaps();
  const store = createStore(IMAGE_START);
  const app = new ImageApp(store);
  const opening = app.open(file, "late.png");
  app.leave();
  expect(store.get().isOpening).toBe(false);
  made[0]?.resolve();
  await opening;
  expect([store.get().screen, store.get().picture]).toEqual(["welcome", null]);
  expect(made[0]?.close).toHaveBeenCalledOnce();
});
