import { describe, expect, it } from "vitest";

import { Director } from "../../src/core/director.js";
import { BOUND_MS, frameOf, noise, PREVIEW_MS, REFRESH_MS, type Seen, Stage } from "./directing.js";

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
    const stage = new Stage().play({
      seconds: 8,
      fps: 60,
      jitterMs: 12,
      latencyMs: () => 5000 / 6,
    });
    const shots = stage.since(3000).filter(({ isHeld }) => isHeld);
    expect(shots.length).toBeGreaterThan(100);
    for (const { at, pictureCapturedAt } of shots) {
      // … and it stands until the next one is there.
      expect(at - (pictureCapturedAt ?? NaN)).toBeLessThan(BOUND_MS + 3 * REFRESH_MS);
    }
    stage.director.wish("live", BOUND_MS);
    stage.play({ seconds: 0.1, latencyMs: () => null });
    expect(stage.kept.size).toBe(0);
    expect(stage.mostKept).toBeLessThanOrEqual((BOUND_MS / 1000) * 90 + 6);
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
    // Now and then a picture is left out, and never two one after the other.
    const captured = last(stage.since(after)).map(
      ({ pictureCapturedAt }) => pictureCapturedAt ?? 0,
    );
    const steps = captured.slice(1).map((time, index) => time - (captured[index] ?? time));
    const skips = steps.map((step) => step > 1500 / 30);
    expect(skips.filter((isSkip, at) => isSkip && skips[at + 1] === true)).toEqual([]);
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
    const again = last(stage.since(back + 500));
    expect(share(again, ({ gapMs }) => gapMs === 0)).toBeGreaterThan(0.95);
    // What waited in vain has taught nothing.
    for (const { heldMs } of again) expect(heldMs).toBeLessThan(40 + 2 * REFRESH_MS);
  });

  it("does not wait for long because the line was broken for a moment", () => {
    const stage = new Stage().play({ seconds: 3, latencyMs: () => 40 });
    stage.play({ seconds: 0.6, latencyMs: () => null });
    const back = stage.now;
    stage.play({ seconds: 3, latencyMs: () => 40 });
    const shots = stage.since(back + 100);
    expect(share(shots, ({ showing }) => showing === "in step")).toBe(1);
    for (const { heldMs } of shots) expect(heldMs).toBeLessThan(40 + 2 * REFRESH_MS);
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

  it("does not keep a picture twice that comes twice, or one that comes late", () => {
    const { director } = new Stage().play({ seconds: 2, latencyMs: () => 40 });
    expect(director.picture(2100, 2110)).toBe(true);
    expect(director.picture(2100, 2120)).toBe(false);
    expect(director.picture(2080, 2130)).toBe(false);
    expect(director.picture(2133, 2140)).toBe(true);
  });

  it("leaves out a picture of which something else was kept", () => {
    const { director } = new Stage().play({ seconds: 2, latencyMs: () => 40 });
    director.advance(2100);
    director.takeLetGo();
    const shown = director.shot(2100).pictureCapturedAt;
    for (const time of [2133, 2166]) expect(director.picture(time, time + 12)).toBe(true);
    director.drop(2166);
    director.drop(2166);
    expect(director.takeLetGo()).toEqual([2166]);
    // What is on the screen stays there.
    director.drop(shown ?? NaN);
    expect(director.takeLetGo()).toEqual([]);
    director.advance(2300);
    expect(director.shot(2300).pictureCapturedAt).toBe(2133);
  });

  it("lets go of pictures that a slow page had no time to show", () => {
    const { director } = new Stage().play({ seconds: 2, latencyMs: () => 40 });
    director.takeLetGo();
    const shown = director.shot(2000).pictureCapturedAt;
    const times = [2033, 2066, 2100, 2133];
    for (const time of times) expect(director.picture(time, time + 12)).toBe(true);
    expect(director.advance(2150)).toBe(true);
    expect(director.shot(2150).pictureCapturedAt).toBe(2100);
    expect(director.takeLetGo()).toEqual(expect.arrayContaining([shown, 2033, 2066]));
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
