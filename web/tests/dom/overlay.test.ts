/** An overlay over a video and a canvas of paper. */

import { type FrameMessage, Overlay, type Paint, type Presentation } from "rtseg";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

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

describe("in step", () => {
  /** What the canvas was told, apart from paths and styles. */
  let drawn: unknown[][];
  /** Canvases that pictures are copied to. */
  let copies: { width: number; height: number }[];
  let next: (now: number, metadata: { captureTime: number; presentationTime: number }) => void;

  function inStep(): { overlay: Overlay; presented: Presentation[]; video: HTMLVideoElement } {
    drawn = [];
    copies = [];
    const context = (canvas: object) =>
      new Proxy(
        {},
        {
          get: (_, name) =>
            name === "drawImage" ? (image: object) => drawn.push([canvas, image]) : () => undefined,
          set: () => true,
        },
      );
    const canvasOf = (more: object) => {
      const canvas: object = Object.assign(new EventTarget(), { style: {} }, more, {
        getContext: () => context(canvas),
      });
      return canvas;
    };
    vi.stubGlobal(
      "document",
      Object.assign(new EventTarget(), {
        hidden: false,
        createElement: () => {
          const copy = canvasOf({ width: 0, height: 0 }) as { width: number; height: number };
          copies.push(copy);
          return copy;
        },
      }),
    );
    const video = Object.assign(new EventTarget(), {
      style: {},
      videoWidth: 64,
      videoHeight: 36,
      requestVideoFrameCallback: (callback: typeof next) => {
        next = callback;
        return 1;
      },
      cancelVideoFrameCallback: vi.fn(),
    }) as unknown as HTMLVideoElement;
    const size = { clientWidth: 64, clientHeight: 36, width: 64, height: 36 };
    const overlay = new Overlay(video, canvasOf(size) as HTMLCanvasElement, {
      showing: "in step",
    });
    const presented: Presentation[] = [];
    overlay.onPresent((presentation) => presented.push(presentation));
    return { overlay, presented, video };
  }

  /** Thirty pictures a second; the outline of each comes 50 ms after its capture. */
  function play(overlay: Overlay, pictures: number, from = 0): void {
    for (let n = from; n < from + pictures; n++) {
      for (let ms = 0; ms < 34; ms += 2) {
        vi.advanceTimersByTime(2);
        const now = performance.now();
        if (ms === 10) next(now, { captureTime: now - 10, presentationTime: now - 2 });
        if (ms === 16 && n > 1) overlay.show(frame(n), now - 50);
        if (ms % 16 === 0) refresh();
      }
    }
  }

  it("paints the picture that it held back, with its own outlines, and says so", () => {
    const { overlay, presented, video } = inStep();
    play(overlay, 120);
    const last = presented.slice(-10);
    for (const { showing, why, gapMs, heldMs, pictureCapturedAt, outlineCapturedAt } of last) {
      expect([showing, why, gapMs]).toEqual(["in step", null, 0]);
      expect(outlineCapturedAt).toBe(pictureCapturedAt);
      expect(heldMs).toBeGreaterThan(30);
      expect(heldMs).toBeLessThan(80);
    }
    const [shown] = presented.slice(-1);
    expect(overlay.captureTime).toBe(shown?.pictureCapturedAt);
    expect(overlay.picture?.image).not.toBe(video);
    // Few copies, used again and again.
    expect(copies.length).toBeLessThan(6);
    const onCanvas = drawn.filter(([canvas]) => !copies.includes(canvas as never));
    expect(onCanvas.at(-1)?.[1]).toBe(overlay.picture?.image);
    overlay.stop();
    expect(copies.every(({ width }) => width === 0)).toBe(true);
  });

  it("leaves out a picture if the next one was in the video when it was copied", () => {
    const { overlay, presented } = inStep();
    play(overlay, 40);
    const now = performance.now();
    next(now, { captureTime: now - 10, presentationTime: now - 4 });
    overlay.show(frame(40), now - 10);
    vi.advanceTimersByTime(20);
    next(now + 20, { captureTime: now + 10, presentationTime: now - 1 });
    overlay.show(frame(41), now + 10);
    for (let ms = 0; ms < 200; ms += 10) {
      vi.advanceTimersByTime(10);
      refresh();
    }
    const shown = presented.slice(-20).map(({ pictureCapturedAt }) => pictureCapturedAt);
    expect(shown).toContain(now + 10);
    expect(shown).not.toContain(now - 10);
    overlay.stop();
  });

  it("shows the video itself when it is told to, or when there is nothing to wait for", () => {
    const { overlay, presented, video } = inStep();
    play(overlay, 40);
    overlay.set({ showing: "live" });
    refresh();
    expect(overlay.picture?.image).toBe(video);
    overlay.set({ showing: "in step" });
    play(overlay, 10, 40);
    expect(presented.at(-1)?.showing).toBe("in step");
    overlay.clear();
    refresh();
    expect(presented.at(-1)).toMatchObject({ showing: "live", why: "no outlines", frame: null });
    expect(overlay.picture?.image).toBe(video);
    overlay.stop();
  });

  it("lets go of everything when the video plays something else", () => {
    const { overlay, video } = inStep();
    play(overlay, 40);
    video.dispatchEvent(new Event("emptied"));
    refresh();
    expect(copies.every(({ width }) => width === 0)).toBe(true);
    expect(overlay.picture?.image).toBe(video);
    overlay.stop();
  });
});
