/**
 * Where `OutlineMotion` and `Looking` draw outlines: `benchmarks/motion.py` runs this in Node, on packets of the
 * Python encoder, and scores what comes back.
 */

import { Looking } from "../src/core/looking.js";
import { OutlineMotion } from "../src/core/motion.js";
import { Decoder, type FrameMessage, type Outline } from "../src/core/wire.js";

/** One packet a frame, Base64, and the frames' distance in time. */
export interface Stream {
  readonly packets: readonly string[];
  /** Of each frame the picture as the page reads it, grey, Base64. */
  readonly pictures: readonly string[];
  readonly size: { readonly width: number; readonly height: number };
  readonly intervalMs: number;
  /** So many frames later pictures are drawn. */
  readonly later: readonly number[];
}

export interface Drawn {
  /** For each packet the rings as they came, then moved on for each of `later`, then looked for. */
  readonly frames: readonly (readonly (readonly number[])[])[][];
  /** Of each `add` and each `at`, of each picture and each look one frame on, milliseconds. */
  readonly addMs: readonly number[];
  readonly atMs: readonly number[];
  readonly pictureMs: readonly number[];
  readonly lookMs: readonly number[];
}

/** Draw every frame of a stream with a single object. */
export function run({ packets, pictures, size, intervalMs, later }: Stream): Drawn {
  const [decoder, motion, looking] = [new Decoder(), new OutlineMotion(), new Looking()];
  const addMs: number[] = [];
  const atMs: number[] = [];
  const pictureMs: number[] = [];
  const lookMs: number[] = [];
  const timed = <Result>(into: number[], work: () => Result): Result => {
    const start = performance.now();
    const result = work();
    into.push(performance.now() - start);
    return result;
  };
  const messages: FrameMessage[] = [];
  const guesses: (readonly Outline[])[][] = [];
  const looked: number[][][][] = packets.map(() => []);
  packets.forEach((packet, number) => {
    const message = decoder.decode(bytesOf(packet));
    if (message.kind !== "frame")
      throw new Error(`packet ${number} is no frame but ${message.kind}`);
    const time = number * intervalMs;
    timed(addMs, () => {
      motion.add(message, time);
    });
    messages.push(message);
    guesses.push(later.map((count) => timed(atMs, () => motion.at(time + count * intervalMs))));
    const rgba = coloured(bytesOf(pictures[number] ?? ""));
    timed(pictureMs, () => {
      looking.picture(rgba, size, time);
    });
    later.forEach((count, at) => {
      const [frame, guess] = [messages[number - count], guesses[number - count]?.[at]];
      if (frame === undefined || guess === undefined) return;
      // A copy, so that nothing is known of it yet.
      const fresh = { ...frame, objects: frame.objects.map((one) => ({ ...one })) };
      const since = time - count * intervalMs;
      const found = timed(count === 1 ? lookMs : [], () =>
        looking.objects(fresh, since, time, guess),
      );
      const rows = looked[number - count];
      if (rows !== undefined) rows[at] = ringsOf(found);
    });
  });
  const frames = messages.map(({ objects }, number) => [
    ringsOf(objects),
    ...(guesses[number] ?? []).map(ringsOf),
    ...later.map((_, at) => looked[number]?.[at] ?? []),
  ]);
  return { frames, addMs, atMs, pictureMs, lookMs };
}

function bytesOf(base64: string): Uint8Array {
  return Uint8Array.from(atob(base64), (one) => one.charCodeAt(0));
}

/** As `getImageData` gives a grey picture. */
function coloured(grey: Uint8Array): Uint8ClampedArray {
  const rgba = new Uint8ClampedArray(4 * grey.length);
  grey.forEach((value, at) => rgba.fill(value, 4 * at, 4 * at + 3));
  return rgba;
}

function ringsOf([object]: FrameMessage["objects"]): number[][] {
  return (object?.rings ?? []).map((ring) => [...ring]);
}
