/** An overlay over a video and a canvas of paper. */

import { type FrameMessage, Overlay, type Paint } from "rtseg";
import { afterEach, beforeEach, expect, it, vi } from "vitest";

let refresh: () => void;
let wipes: number;

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["setInterval", "clearInterval", "performance"] });
  const due: (() => void)[] = [];
  refresh = () => {
    for (const paint of due.splice(0)) paint();
  };
  wipes = 0;
  vi.stubGlobal("window", { devicePixelRatio: 1, matchMedia: () => ({ matches: false }) });
  vi.stubGlobal("document", Object.assign(new EventTarget(), { hidden: false }));
  vi.stubGlobal("requestAnimationFrame", (paint: () => void) => due.push(paint));
  vi.stubGlobal("cancelAnimationFrame", vi.fn());
  const Observer = class {
    observe = vi.fn();
    disconnect = vi.fn();
  };
  vi.stubGlobal("ResizeObserver", Observer);
  const Path = class {
    addPath = vi.fn();
    moveTo = vi.fn();
    lineTo = vi.fn();
    quadraticCurveTo = vi.fn();
    closePath = vi.fn();
  };
  vi.stubGlobal("Path2D", Path);
});

afterEach(() => {
  vi.unstubAllGlobals();
  vi.useRealTimers();
});

function overlayAndPaints(): { overlay: Overlay; paints: Paint[] } {
  const context = new Proxy(
    {},
    {
      get: (_, name) => () => {
        if (name === "clearRect") wipes++;
      },
      set: () => true,
    },
  );
  const element = (more: object) => Object.assign(new EventTarget(), { style: {} }, more);
  const video = element({
    requestVideoFrameCallback: () => 1,
    cancelVideoFrameCallback: vi.fn(),
  }) as unknown as HTMLVideoElement;
  const canvas = element({
    clientWidth: 64,
    clientHeight: 36,
    width: 64,
    height: 36,
    getContext: () => context,
  }) as unknown as HTMLCanvasElement;
  const overlay = new Overlay(video, canvas);
  const paints: Paint[] = [];
  overlay.onPaint((paint) => paints.push(paint));
  refresh();
  wipes = 0;
  return { overlay, paints };
}

function frame(frameId: number, side = 5): FrameMessage {
  const rings = [Uint16Array.of(1, 1, 1, side, side, side)];
  const one = {
    trackId: 1,
    score: 1,
    standing: null,
    ageMs: 0,
    label: null,
    stage: "fine",
    frameId,
    rings,
  } as const;
  return {
    kind: "frame",
    frameId,
    width: 64,
    height: 36,
    objects: [one],
    isWhole: true,
    timing: null,
  };
}

it("paints a frame once, however often it comes", () => {
  const { overlay, paints } = overlayAndPaints();
  const first = frame(1);
  overlay.show(first);
  overlay.show(frame(1));
  refresh();
  overlay.show(frame(1));
  refresh();
  expect([wipes, paints.map(({ frame: { frameId }, at }) => [frameId, at !== null])]).toEqual([
    1,
    [[1, true]],
  ]);
  expect(overlay.frame).toBe(first);
  overlay.show(frame(1, 9)); // another picture under the same name
  overlay.show(frame(2));
  refresh();
  expect(wipes).toBe(2);
  expect(paints.slice(1).map(({ at }) => at !== null)).toEqual([false, true]);
  overlay.stop();
});

it("ages a frame from when it came first", () => {
  const { overlay } = overlayAndPaints();
  overlay.show(frame(1));
  for (let time = 0; time < 9; time++) {
    vi.advanceTimersByTime(200);
    overlay.show(frame(1));
  }
  expect(overlay.frame).not.toBe(null);
  vi.advanceTimersByTime(400);
  expect(overlay.frame).toBe(null);
  overlay.stop();
});

it("fades what was lost, refresh by refresh, and then stands still", () => {
  const { overlay, paints } = overlayAndPaints();
  const first = frame(1);
  overlay.show(first);
  refresh();
  const [one] = first.objects;
  if (one === undefined) throw new Error("no object");
  const standing = { state: "lost", confidence: 0 } as const;
  overlay.show({ ...frame(2), objects: [{ ...one, rings: [], standing }] });
  wipes = 0;
  for (let count = 0; count < 18; count++) {
    refresh();
    vi.advanceTimersByTime(16);
    if (count === 9) expect(paints).toHaveLength(2);
  }
  // 250 ms, a refresh each 16 of them; the last one wipes what is left.
  expect(wipes).toBe(17);
  overlay.stop();
});
