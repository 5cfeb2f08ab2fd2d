import { describe, expect, it } from "vitest";

import { Cadence } from "../../src/core/cadence.js";
import { FrameIdentity } from "../../src/core/identity.js";

const ORIGIN = 1_768_000_000_000;
const ntp = (unixMs: number) =>
  (BigInt(Math.floor(unixMs / 1000) + 2_208_988_800) << 32n) |
  BigInt(Math.round(((unixMs % 1000) / 1000) * 2 ** 32));

/** Repeatable noise in [-1, 1]. */
function noise(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 31 - 1;
  };
}

interface Camera {
  fps?: number;
  /** Of the captures. */
  jitterMs?: number;
  /** Of a page that guesses when a picture was captured. */
  guessMs?: number;
  guessLagMs?: number;
  /** Of pictures that the page does not see, and frames that the server does not tell of. */
  unseen?: number;
  untold?: number;
  /** Of the reports; null: none come. */
  reportErrorMs?: number | null;
  seconds?: number;
  seed?: number;
}

interface Match {
  readonly frameId: number;
  /** The picture that the page saw of it; null if it did not. */
  readonly picture: number | null;
  /** What the identity made of the frame's packet. */
  readonly said: number | null;
}

/** What a page sees and hears of a camera. */
function watch(identity: FrameIdentity, camera: Camera = {}): Match[] {
  const { fps = 30, jitterMs = 4, guessMs = 0, guessLagMs = 0, seed = 1 } = camera;
  const { unseen = 0, untold = 0, reportErrorMs = 0.5, seconds = 10 } = camera;
  const random = noise(seed);
  const chance = (share: number) => (random() + 1) / 2 < share;
  const matches: Match[] = [];
  const due: { at: number; frameId: number; picture: number | null }[] = [];
  for (let n = 0; n < seconds * fps; n++) {
    const capturedAt = 5000 + (n * 1000) / fps + jitterMs * random();
    const frameId = (4_294_900_000 + 90 * Math.round(capturedAt)) >>> 0;
    for (const { at, frameId, picture } of due.splice(
      0,
      due.filter((d) => d.at <= capturedAt).length,
    )) {
      matches.push({ frameId, picture, said: identity.frame(frameId, at) });
    }
    const isSeen = !chance(unseen);
    const picture = capturedAt + guessLagMs + guessMs * random();
    if (isSeen) identity.picture(picture);
    if (n % fps === 1 && reportErrorMs !== null) {
      const at = ORIGIN + capturedAt + reportErrorMs * (0.6 + 0.4 * random());
      identity.report({ rtp: frameId, ntp: ntp(at) });
    }
    const told = { at: capturedAt + 45 + 25 * random(), frameId, picture: isSeen ? picture : null };
    if (!chance(untold)) due.push(told);
  }
  return matches;
}

function wrong(matches: readonly Match[]): number {
  return matches.filter(({ picture, said }) => picture !== null && said !== picture).length;
}

describe("FrameIdentity", () => {
  it("knows nothing before a report, but that it does not", () => {
    const identity = new FrameIdentity(ORIGIN);
    expect(identity.frame(5, 100)).toBe(null);
    expect(identity.frameId(100)).toBe(null);
  });

  it.each([
    ["a steady camera", { jitterMs: 0 }],
    ["a jittery one", { jitterMs: 8 }],
    ["60 frames a second", { fps: 60, jitterMs: 3 }],
    ["reports that are 1 ms off", { reportErrorMs: 1 }],
    ["pictures and frames that are missing", { unseen: 0.1, untold: 0.3 }],
    ["guessed times", { guessLagMs: 8, guessMs: 4, jitterMs: 2 }],
  ] as const)("finds every frame's picture: %s", (_, camera) => {
    for (let seed = 1; seed <= 5; seed++) {
      const matches = watch(new FrameIdentity(ORIGIN), { ...camera, seed });
      expect(matches.length).toBeGreaterThan(150);
      // Until the first report has come, nobody can know.
      expect(wrong(matches.filter(({ said }) => said !== null))).toBe(0);
    }
  });

  it("does not take a picture that was not seen for its neighbour", () => {
    for (const { picture, said } of watch(new FrameIdentity(ORIGIN), {
      unseen: 0.3,
      jitterMs: 2,
    })) {
      if (picture === null) expect(Number.isInteger(said)).toBe(false);
    }
  });

  it("tells two pictures apart that were taken within milliseconds", () => {
    const identity = new FrameIdentity(ORIGIN);
    const matches = watch(identity, { jitterMs: 1 });
    const last = matches.at(-1);
    const [at, id] = [(last?.picture ?? 0) + 200, (last?.frameId ?? 0) + 90 * 200];
    // The page sees the first alone, and hears of both.
    identity.picture(at);
    const ids = [Math.round(id), Math.round(id + 90 * 5)];
    const [first, second] = ids.map((frameId) => identity.frame(frameId >>> 0, at + 60));
    expect(first).toBe(at);
    expect(second).toBeCloseTo(at + 5, -0.2);
    expect(second).not.toBe(at);
  });

  it("names the frame of a picture exactly, once it was told of", () => {
    const identity = new FrameIdentity(ORIGIN);
    const matches = watch(identity).slice(-40);
    for (const { frameId, picture } of matches) {
      expect(identity.frameId(picture ?? NaN)).toBe(frameId);
    }
    // … and to a millisecond where it was not.
    const next = (matches.at(-1)?.picture ?? 0) + 1000;
    const named = identity.frameId(next) ?? NaN;
    expect(Math.abs(named - ((4_294_900_000 + 90 * next) >>> 0))).toBeLessThan(120);
  });

  it("finds its way by the pictures' rhythm where no report comes", () => {
    const matches = watch(new FrameIdentity(ORIGIN), { reportErrorMs: null, jitterMs: 5 });
    const known = matches.filter(({ said }) => said !== null);
    expect(known.length).toBeGreaterThan(matches.length - 70);
    expect(wrong(known)).toBe(0);
  });

  it.each([-90_000, -400, 400, 3_600_000])(
    "or where all reports are %d ms off",
    (reportErrorMs) => {
      const matches = watch(new FrameIdentity(ORIGIN), { reportErrorMs, jitterMs: 5, seconds: 8 });
      expect(wrong(matches.slice(0, 20))).toBeGreaterThan(0);
      expect(wrong(matches.slice(-120))).toBe(0);
    },
  );
});

describe("Cadence", () => {
  it("says nothing of a camera that is all too regular", () => {
    const cadence = new Cadence();
    for (let n = 0; n < 200; n++) {
      cadence.picture((n * 100) / 3);
      if (n > 3) cadence.frame(3000 * (n - 2), (n * 100) / 3 + 1);
    }
    expect(cadence.offset()).toBe(null);
  });

  it("says nothing of frames that are of none of the pictures", () => {
    const [cadence, random] = [new Cadence(), noise(3)];
    for (let n = 0; n < 200; n++) {
      cadence.picture(n * 33 + 8 * random());
      if (n > 3) cadence.frame(Math.round(90 * ((n - 2) * 33 + 8 * random())), n * 33 + 9);
    }
    expect(cadence.offset()).toBe(null);
  });
});
