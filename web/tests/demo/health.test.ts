import { describe, expect, it } from "vitest";

import { advice } from "../../demo/src/ailing.js";
import { type Ailment, Health, isBlack, type Vitals } from "../../demo/src/health.js";

const WELL: Vitals = {
  picture: "fine",
  cameraFps: 30,
  sentFps: 30,
  maskFps: 29,
  given: { width: 1280, height: 720 },
  sent: { width: 1280, height: 720 },
  limit: null,
  isStale: false,
};

/** Look once a second at the same, and say what is told last. */
function after(seconds: number, vitals: Partial<Vitals>, health = new Health(), from = 0) {
  let told: Ailment | null = null;
  for (let s = 0; s <= seconds; s++) told = health.look(from + 1000 * s, { ...WELL, ...vitals });
  return told;
}

describe("the health of a session", () => {
  it("says nothing while all is well", () => {
    expect(after(60, {})).toBeNull();
  });

  it.each([
    ["muted", { picture: "muted" }],
    ["frozen", { picture: "frozen", cameraFps: 0 }],
    ["black", { picture: "black" }],
    ["stale", { isStale: true }],
    ["small", { sent: { width: 640, height: 360 }, limit: "bandwidth" }],
    ["slow", { maskFps: 9 }],
  ] as const)("says what is %s, when it lasts", (kind, vitals) => {
    expect(after(0, vitals)).toBeNull();
    expect(after(10, vitals)?.kind).toBe(kind);
  });

  it("does not blink: what passes in a moment is not said, and what was said stays for some", () => {
    const health = new Health();
    expect(after(4, { maskFps: 9 }, health)).toBeNull();
    expect(after(0, {}, health, 5000)).toBeNull();
    expect(after(4, { maskFps: 9 }, health, 6000)).toBeNull();
    expect(after(8, { maskFps: 9 }, health, 12_000)?.kind).toBe("slow");
    expect(after(1, {}, health, 21_000)?.kind).toBe("slow");
    expect(after(4, {}, health, 23_000)).toBeNull();
  });

  it("says the cause, not what follows from it", () => {
    expect(after(20, { picture: "black", maskFps: 3, isStale: true })?.kind).toBe("black");
    expect(after(20, { picture: "frozen", cameraFps: 0, maskFps: 0 })?.kind).toBe("frozen");
  });

  it("judges anew when somebody looks again", () => {
    const health = new Health();
    expect(after(10, { picture: "frozen" }, health)?.kind).toBe("frozen");
    health.forget();
    expect(after(0, { picture: "frozen" }, health, 11_000)).toBeNull();
  });

  it("tells a slow machine from a slow server", () => {
    expect(after(10, { maskFps: 9 })).toMatchObject({ where: "server" });
    expect(after(10, { maskFps: 9, sentFps: 10 })).toMatchObject({ where: "here" });
    expect(after(10, { maskFps: 9, limit: "cpu" })).toMatchObject({ where: "here" });
  });
});

describe("a black picture", () => {
  const pixels = (count: number, value: number) =>
    Array.from({ length: count }, () => [value, value, value, 255]).flat();

  it("is one without anything in it, and the noise of a dark room is something", () => {
    expect(isBlack(pixels(576, 0))).toBe(true);
    expect(isBlack(pixels(576, 16))).toBe(true);
    expect(isBlack([...pixels(570, 8), ...pixels(6, 30)])).toBe(false);
    expect(isBlack(pixels(576, 120))).toBe(false);
    expect(isBlack([])).toBe(false);
  });
});

describe("what helps", () => {
  const slow = { kind: "slow", where: "server", maskFps: 9, cameraFps: 30 } as const;

  it("is a smaller picture, unless it is small", () => {
    const large = advice(slow, { width: 1280, height: 720 });
    expect(large.text).toBe("The server keeps up with about 9 of 30 frames a second.");
    expect(large.help?.wishes).toEqual({ width: 640, height: 360 });
    const small = advice(slow, { width: 640, height: 360 });
    expect(small.help).toBeUndefined();
    expect(small.text).toContain("lower rate");
  });

  it("says how much smaller the picture goes out", () => {
    const sent = { width: 480, height: 270 };
    const given = { width: 640, height: 360 };
    const { text } = advice({ kind: "small", sent, given, isCpu: false }, given);
    expect(text).toContain("The network is slow");
    expect(text).toContain("480 × 270 in place of 640 × 360");
  });
});
