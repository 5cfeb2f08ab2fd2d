import type { FrameMessage } from "rtseg";
import { describe, expect, it } from "vitest";

import { Director, type Shot } from "../../src/core/director.js";

const REFRESH_MS = 1000 / 60;
const BOUND_MS = 600;
/** From the capture of a picture until the page sees it. */
const PREVIEW_MS = 12;

function frameOf(frameId: number): FrameMessage {
  return {
    kind: "frame",
    frameId,
    width: 64,
    height: 36,
    objects: [],
    isWhole: true,
    timing: null,
  };
}

/** Repeatable noise in [0, 1). */
function noise(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

interface Scene {
  readonly seconds: number;
  readonly fps?: number;
  readonly jitterMs?: number;
  /** From the capture of frame `n` until its outline has come; null: it never does. */
  latencyMs(n: number): number | null;
}

interface Seen extends Shot {
  readonly at: number;
}

/** A camera, a server and a screen. */
class Stage {
  readonly director = new Director();
  /** Everything that was put on the screen. */
  readonly shots: Seen[] = [];
  readonly kept = new Set<number>();
  mostKept = 0;
  now = 0;
  #events: { at: number; run: () => void }[] = [];
  #next = 0;
  #captured = 0;

  readonly #random: () => number;

  constructor(showing: "live" | "in step" = "in step", seed = 1) {
    this.#random = noise(seed);
    this.director.wish(showing, BOUND_MS);
  }

  play({ seconds, fps = 30, jitterMs = 0, latencyMs }: Scene): this {
    const end = this.#captured + seconds * 1000;
    for (; this.#captured < end; this.#next++, this.#captured += 1000 / fps) {
      const [n, capturedAt] = [this.#next, this.#captured + jitterMs * this.#random()];
      this.#events.push({ at: capturedAt + PREVIEW_MS, run: () => this.#picture(capturedAt) });
      const latency = latencyMs(n);
      if (latency === null) continue;
      const tell = () => {
        this.director.tell(frameOf(n), capturedAt, this.now);
        this.#show();
      };
      this.#events.push({ at: capturedAt + latency, run: tell });
    }
    this.#events.sort((a, b) => a.at - b.at);
    while (this.now < end) {
      const refresh = this.now - (this.now % REFRESH_MS) + REFRESH_MS;
      for (const { at, run } of this.#events.splice(
        0,
        this.#events.filter((event) => event.at <= refresh).length,
      )) {
        this.now = Math.max(this.now, at);
        run();
      }
      this.now = refresh + 1e-6;
      if (this.director.advance(this.now)) this.#show();
      this.#letGo();
    }
    return this;
  }

  #picture(capturedAt: number): void {
    if (this.director.picture(capturedAt, this.now)) {
      expect(this.kept.has(capturedAt)).toBe(false);
      this.kept.add(capturedAt);
      this.mostKept = Math.max(this.mostKept, this.kept.size);
    }
    const isOther = this.director.advance(this.now);
    if (isOther || !this.director.shot(this.now).isHeld) this.#show();
  }

  #show(): void {
    const shot = this.director.shot(this.now);
    // What is let go of is not on the screen any more.
    if (shot.isHeld) expect(this.kept.has(shot.pictureCapturedAt ?? NaN)).toBe(true);
    this.#letGo();
    if (shot.isHeld) expect(this.kept.has(shot.pictureCapturedAt ?? NaN)).toBe(true);
    this.shots.push({ ...shot, at: this.now });
  }

  #letGo(): void {
    for (const name of this.director.takeLetGo()) expect(this.kept.delete(name)).toBe(true);
  }

  since(ms: number): Seen[] {
    return this.shots.filter(({ at }) => at >= ms);
  }
}

/** Of each picture, how it stood when it left the screen. */
function last(shots: readonly Seen[]): Seen[] {
  return [...new Map(shots.map((shot) => [shot.pictureCapturedAt, shot])).values()];
}

function share<T>(all: readonly T[], is: (one: T) => boolean): number {
  return all.filter(is).length / all.length;
}

describe("in step", () => {
  it("shows each picture with its own outlines, and says so", () => {
    const stage = new Stage().play({ seconds: 6, latencyMs: () => 45 });
    const shots = stage.since(1000);
    expect(share(shots, ({ showing }) => showing === "in step")).toBe(1);
    expect(share(last(shots), ({ gapMs }) => gapMs === 0)).toBeGreaterThan(0.99);
    expect(share(shots, ({ heldMs }) => heldMs < 45 - PREVIEW_MS + 2 * REFRESH_MS)).toBe(1);
  });

  it("never says that another frame's outlines are the picture's own", () => {
    for (let seed = 1; seed <= 8; seed++) {
      const random = noise(seed * 77);
      const stage = new Stage("in step", seed).play({
        seconds: 8,
        fps: [24, 30, 60][seed % 3] ?? 30,
        jitterMs: 6,
        latencyMs: () => (random() < 0.1 ? null : 30 + 60 * random() ** 4 * 10),
      });
      expect(stage.shots.length).toBeGreaterThan(150);
      for (const { frame, gapMs, pictureCapturedAt, outlineCapturedAt } of stage.shots) {
        if (frame === null || gapMs === null) continue;
        if (gapMs === 0) expect(outlineCapturedAt).toBe(pictureCapturedAt);
        else expect(gapMs).toBe((pictureCapturedAt ?? NaN) - (outlineCapturedAt ?? NaN));
      }
    }
  });

  it("never goes back in time, whatever comes", () => {
    for (let seed = 1; seed <= 8; seed++) {
      const random = noise(seed);
      const stage = new Stage("live", seed);
      const latencyMs = () => (random() < 0.2 ? null : 20 + 500 * random() ** 3);
      for (const showing of ["live", "in step", "live", "in step"] as const) {
        stage.director.wish(showing, BOUND_MS);
        stage.play({ seconds: 2, jitterMs: 8, latencyMs });
        stage.play({ seconds: 1.5, latencyMs: () => null });
      }
      const times = stage.shots.map(({ pictureCapturedAt }) => pictureCapturedAt ?? 0);
      expect(times).toEqual([...times].sort((a, b) => a - b));
    }
  });

  it("holds no picture longer than it may, and no more than that takes", () => {
    const stage = new Stage().play({ seconds: 8, fps: 60, latencyMs: () => 5000 / 6 });
    const shots = stage.since(3000).filter(({ isHeld }) => isHeld);
    expect(shots.length).toBeGreaterThan(100);
    for (const { at, pictureCapturedAt } of shots) {
      // … and it stands until the next one is there.
      expect(at - (pictureCapturedAt ?? NaN)).toBeLessThan(BOUND_MS + 3 * REFRESH_MS);
    }
    expect(stage.mostKept).toBeLessThanOrEqual((BOUND_MS / 1000) * 60 + 4);
    expect(share(shots, ({ gapMs }) => (gapMs ?? 0) > 0)).toBe(1);
  });

  it("rises with the latency within eight pictures, and falls back slowly", () => {
    const stage = new Stage().play({ seconds: 4, latencyMs: () => 40 });
    const before = stage.now;
    stage.play({ seconds: 3, latencyMs: () => 120 });
    const late = last(stage.since(before)).filter(({ gapMs }) => gapMs !== 0);
    expect(late.length).toBeLessThanOrEqual(8);
    const [high] = stage.shots.slice(-1);
    const after = stage.now;
    stage.play({ seconds: 12, latencyMs: () => 40 });
    const fallen = stage.since(after + 11_000);
    expect(high?.heldMs).toBeGreaterThan(100 - PREVIEW_MS);
    for (const { heldMs } of fallen) expect(heldMs).toBeLessThan(40 + 2 * REFRESH_MS);
    const times = last(stage.since(after)).map(({ at }) => at);
    const pauses = times.slice(1).map((at, index) => at - (times[index] ?? at));
    expect(Math.max(...pauses)).toBeLessThan(1000 / 30 + 1.5 * REFRESH_MS);
  });

  it("keeps the camera's rhythm where the latency has none", () => {
    const random = noise(5);
    const stage = new Stage().play({ seconds: 8, latencyMs: () => 30 + 40 * random() });
    const times = last(stage.since(2000)).map(({ at, heldMs, pictureCapturedAt }) => {
      expect(heldMs).toBeGreaterThan(0);
      return [at, pictureCapturedAt ?? 0] as const;
    });
    expect(times.length).toBe(new Set(times.map(([, captured]) => captured)).size);
    // Not one picture of the camera is left out.
    const captured = times.map(([, time]) => time);
    const steps = captured.slice(1).map((time, at) => time - (captured[at] ?? time));
    expect(share(steps, (step) => step < 1500 / 30)).toBe(1);
  });

  it("shows a picture that has no outlines with those of its neighbours on both sides", () => {
    const stage = new Stage().play({
      seconds: 8,
      latencyMs: (n) => (n % 4 === 1 ? null : 40),
    });
    const shots = last(stage.since(2000));
    const between = shots.filter(({ gapMs }) => gapMs !== 0);
    expect(between.length / shots.length).toBeCloseTo(0.25, 1);
    for (const { gapMs, at, outlineCapturedAt } of between) {
      expect(gapMs).toBeCloseTo(1000 / 30, 3);
      // The next one's had come when it was shown: two frames later, and 40 ms.
      expect(at).toBeGreaterThanOrEqual((outlineCapturedAt ?? NaN) + 2000 / 30 + 40);
    }
  });

  it("is live, and says why, when outlines stay away; and comes back when they do", () => {
    const stage = new Stage().play({ seconds: 3, latencyMs: () => 40 });
    const gone = stage.now;
    stage.play({ seconds: 3, latencyMs: () => null });
    const alone = stage.since(gone + 1200);
    expect(alone.length).toBeGreaterThan(30);
    for (const shot of alone) {
      expect(shot).toMatchObject({ showing: "live", why: "no outlines", heldMs: 0, isHeld: false });
    }
    expect(stage.kept.size).toBe(0);
    const back = stage.now;
    stage.play({ seconds: 3, latencyMs: () => 40 });
    expect(share(last(stage.since(back + 500)), ({ gapMs }) => gapMs === 0)).toBeGreaterThan(0.95);
  });

  it("cannot be without the times of pictures or of frames", () => {
    const director = new Director();
    director.wish("in step", BOUND_MS);
    director.tell(frameOf(1), 5, 20);
    expect(director.picture(null, 30)).toBe(false);
    expect(director.shot(30)).toMatchObject({ showing: "live", why: "no capture times" });
    for (let n = 2; n < 6; n++) director.tell(frameOf(n), null, 10 * n);
    expect(director.picture(31, 61)).toBe(false);
    expect(director.shot(62)).toMatchObject({ showing: "live", why: "no clock", gapMs: null });
  });

  it("keeps only the picture on the screen while nobody looks", () => {
    const stage = new Stage().play({ seconds: 3, latencyMs: () => 200 });
    expect(stage.kept.size).toBeGreaterThan(3);
    stage.director.pause();
    for (const name of stage.director.takeLetGo()) stage.kept.delete(name);
    expect(stage.kept.size).toBe(1);
    expect(stage.director.shot(stage.now).isHeld).toBe(true);
    stage.play({ seconds: 1, latencyMs: () => 200 });
  });
});

describe("live", () => {
  it("shows every picture when it is there, and says how old its outlines are", () => {
    const stage = new Stage("live").play({ seconds: 4, latencyMs: () => 50 });
    const shots = stage.since(1000);
    expect(stage.kept.size + stage.mostKept).toBe(0);
    for (const { showing, why, heldMs, gapMs } of shots) {
      expect([showing, why, heldMs]).toEqual(["live", null, 0]);
      expect([33, 67]).toContain(Math.round(gapMs ?? NaN));
    }
    expect(new Set(shots.map(({ pictureCapturedAt }) => pictureCapturedAt)).size).toBeGreaterThan(
      85,
    );
  });

  it("draws outlines as they come where nobody knows of times", () => {
    const director = new Director();
    const frame = frameOf(1);
    director.tell(frame, null, 10);
    expect(director.shot(10)).toMatchObject({ frame, drawn: frame, gapMs: null });
    director.clear();
    expect(director.shot(10)).toMatchObject({ frame: null, drawn: null });
  });
});
