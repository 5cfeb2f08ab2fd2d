/** Outlines led on by pictures: textures that are drawn where a known motion leads them. */

import { type FrameMessage, type Outline, OutlineMotion } from "rtseg";
import { describe, expect, it } from "vitest";

import { Director } from "../../src/core/director.js";
import { Looking } from "../../src/core/looking.js";
import { frame, outline, type Place, SHAPE, ticks, WIDTH } from "./moving.js";

const SIZE = { width: 160, height: 90 };
const SCALE = WIDTH / SIZE.width;
const STEP_MS = 1000 / 30;

/** Brightness at a place of the camera's picture. */
type Texture = (x: number, y: number) => number;

/** Waves of no common period, none so short that a small picture would lose it. */
const waves =
  (phase: number): Texture =>
  (x, y) =>
    128 +
    30 * Math.sin(x / 11 + phase) +
    25 * Math.sin(y / 9 - x / 37 + 2 * phase) +
    20 * Math.cos(x / 17 + y / 13);

const flat: Texture = () => 90;

/** Repeatable, about -1 … 1. */
function trembling(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 31 - 1;
  };
}

function drawn(texture: Texture, noise: () => number = () => 0): Uint8ClampedArray {
  const rgba = new Uint8ClampedArray(4 * SIZE.width * SIZE.height);
  for (let at = 0; at < SIZE.width * SIZE.height; at++) {
    const x = SCALE * ((at % SIZE.width) + 0.5);
    const y = SCALE * (Math.floor(at / SIZE.width) + 0.5);
    rgba.fill(texture(x, y) + noise(), 4 * at, 4 * at + 3);
  }
  return rgba;
}

/** The object's texture where `back` leads into its first outline; behind it stands another. */
function scene(back: (x: number, y: number) => Place): Texture {
  const [front, behind] = [waves(0), waves(2)];
  return (x, y) => {
    const [fromX, fromY] = back(x, y);
    return isInside(fromX, fromY) ? front(fromX, fromY) : behind(x, y);
  };
}

function isInside(x: number, y: number): boolean {
  let crossings = 0;
  SHAPE.forEach(([ax, ay], at) => {
    const [bx, by] = SHAPE[(at + 1) % SHAPE.length] ?? [ax, ay];
    if (ay <= y !== by <= y && x < ax + ((y - ay) * (bx - ax)) / (by - ay)) crossings++;
  });
  return crossings % 2 === 1;
}

function told(more: Partial<Outline> = {}): FrameMessage {
  return frame([outline(SHAPE, ticks(0), more)], ticks(0));
}

function after(looking: Looking, count: number, message = told()): readonly Outline[] {
  return looking.objects(message, 0, count * STEP_MS, message.objects);
}

function lookingAt(...pictures: readonly Uint8ClampedArray[]): Looking {
  const looking = new Looking();
  pictures.forEach((rgba, at) => {
    looking.picture(rgba, SIZE, at * STEP_MS);
  });
  return looking;
}

/** Mean distance of vertices from where they should be, camera pixels. */
function errorPx(found: readonly Outline[], to: (x: number, y: number) => Place): number {
  const vertices = told().objects[0]?.rings[0] ?? [];
  const ring = found[0]?.rings[0] ?? [];
  expect(ring).toHaveLength(vertices.length);
  let sum = 0;
  for (let at = 0; at < ring.length; at += 2) {
    const [x, y] = to(vertices[at] ?? NaN, vertices[at + 1] ?? NaN);
    sum += Math.hypot((ring[at] ?? NaN) - x, (ring[at + 1] ?? NaN) - y);
  }
  return (2 * sum) / ring.length;
}

describe("what pictures show of a motion", () => {
  it.each([
    [4, 0],
    [-7, 5],
    [13, -9],
  ])("is found where all goes %d right and %d down", (right, down) => {
    const looking = lookingAt(
      drawn(waves(0)),
      drawn((x, y) => waves(0)(x - right, y - down)),
    );
    expect(errorPx(after(looking, 1), (x, y) => [x + right, y + down])).toBeLessThan(0.3);
  });

  it("is found where it turns and grows", () => {
    const [cosine, sine] = [1.03 * Math.cos(0.05), 1.03 * Math.sin(0.05)];
    const square = cosine * cosine + sine * sine;
    const to = (x: number, y: number): Place => [
      303 + cosine * (x - 300) - sine * (y - 180),
      178 + sine * (x - 300) + cosine * (y - 180),
    ];
    const back = (x: number, y: number): Place => [
      300 + (cosine * (x - 303) + sine * (y - 178)) / square,
      180 + (cosine * (y - 178) - sine * (x - 303)) / square,
    ];
    const looking = lookingAt(
      drawn(waves(0)),
      drawn((x, y) => waves(0)(...back(x, y))),
    );
    expect(errorPx(after(looking, 1), to)).toBeLessThan(0.3);
  });

  it("is the object's, not that of what is behind it", () => {
    const looking = lookingAt(
      drawn(scene((x, y) => [x, y])),
      drawn(scene((x, y) => [x - 6, y + 3])),
    );
    expect(errorPx(after(looking, 1), (x, y) => [x + 6, y - 3])).toBeLessThan(1.5);
  });

  it("is followed from picture to picture", () => {
    const pictures = [0, 1, 2, 3].map((at) => drawn((x, y) => waves(0)(x - 8 * at, y)));
    expect(errorPx(after(lookingAt(...pictures), 3), (x, y) => [x + 24, y])).toBeLessThan(0.6);
    const looking = new Looking();
    const message = told();
    pictures.forEach((rgba, at) => {
      looking.picture(rgba, SIZE, at * STEP_MS);
      const found = after(looking, at, message);
      expect(errorPx(found, (x, y) => [x + 8 * at, y])).toBeLessThan(0.6);
    });
  });

  it("is nothing on a still picture that trembles", () => {
    const [one, other] = [trembling(1), trembling(2)];
    const looking = lookingAt(
      drawn(waves(0), () => 2 * one()),
      drawn(waves(0), () => 2 * other()),
    );
    expect(errorPx(after(looking, 1), (x, y) => [x, y])).toBeLessThan(0.3);
  });

  it("is not what makes everything brighter", () => {
    const looking = lookingAt(
      drawn(waves(0)),
      drawn((x, y) => waves(0)(x - 4, y) + 12),
    );
    expect(errorPx(after(looking, 1), (x, y) => [x + 4, y])).toBeLessThan(0.5);
  });
});

describe("the guess stays", () => {
  const guesses = told().objects.map((one) => ({
    ...one,
    rings: one.rings.map((ring) => Float32Array.from(ring, (value) => value + 5)),
  }));
  const still = drawn(waves(0));

  function staysFor(looking: Looking, message = told(), to = STEP_MS): void {
    expect(looking.objects(message, 0, to, guesses)[0]).toBe(guesses[0]);
  }

  it("where there is nothing to see", () => {
    staysFor(lookingAt(drawn(flat), drawn(flat)));
  });

  it("at a scene cut", () => {
    staysFor(
      lookingAt(
        still,
        drawn((x, y) => waves(5)(1.7 * y, 0.6 * x)),
      ),
    );
  });

  it("for good, once it was lost", () => {
    const cut = drawn((x, y) => waves(5)(1.7 * y, 0.6 * x));
    const looking = lookingAt(still, cut, cut);
    const message = told();
    staysFor(looking, message);
    staysFor(looking, message, 2 * STEP_MS);
  });

  it("without the picture that the outline is right for, or the one that is shown", () => {
    staysFor(new Looking());
    const looking = new Looking();
    looking.picture(still, SIZE, STEP_MS);
    staysFor(looking);
    staysFor(lookingAt(still));
  });

  it("where the way is too long to be looked at in time", () => {
    staysFor(lookingAt(...Array.from({ length: 6 }, () => still)), told(), 5 * STEP_MS);
  });

  it("for boxes, and for outlines that are of another frame", () => {
    staysFor(lookingAt(still, still), told({ stage: "box" }));
    staysFor(lookingAt(still, still), told({ frameId: ticks(-40) }));
  });

  it("when pictures have another size, or are forgotten", () => {
    const looking = lookingAt(still);
    looking.picture(still.slice(0, 4 * 160 * 80), { width: 160, height: 80 }, STEP_MS);
    staysFor(looking);
    const cleared = lookingAt(still, still);
    cleared.clear();
    staysFor(cleared);
  });
});

describe("the director", () => {
  it("looks where a live picture has no outlines of its own", () => {
    const looking = lookingAt(
      drawn(waves(0)),
      drawn((x, y) => waves(0)(x - 9, y)),
    );
    const director = new Director(new OutlineMotion(), looking);
    const message = told();
    director.picture(0, 10);
    director.tell(message, 0, 20);
    expect(director.shot(21).drawn).toBe(message);
    director.picture(STEP_MS, 43);
    const { drawn: shown, frame: said, gapMs } = director.shot(44);
    expect(errorPx(shown?.objects ?? [], (x, y) => [x + 9, y])).toBeLessThan(0.3);
    expect(said).toBe(message);
    expect(gapMs).toBe(STEP_MS);
  });
});
