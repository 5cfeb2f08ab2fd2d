/**
 * Where `OutlineMotion` draws outlines: `benchmarks/motion.py` runs this in Node, on packets of the
 * Python encoder, and scores what comes back.
 */

import { OutlineMotion } from "../src/core/motion.js";
import { Decoder, type FrameMessage } from "../src/core/wire.js";

/** One packet a frame, Base64, and the frames' distance in time. */
export interface Stream {
  readonly packets: readonly string[];
  readonly intervalMs: number;
  /** So many frames later pictures are drawn. */
  readonly later: readonly number[];
}

export interface Drawn {
  /** For each packet the rings as they came, then moved on for each of `later`. */
  readonly frames: readonly (readonly (readonly number[])[])[][];
  /** Of each `add` and each `at`, milliseconds. */
  readonly addMs: readonly number[];
  readonly atMs: readonly number[];
}

/** Draw every frame of a stream with a single object. */
export function run({ packets, intervalMs, later }: Stream): Drawn {
  const [decoder, motion] = [new Decoder(), new OutlineMotion()];
  const addMs: number[] = [];
  const atMs: number[] = [];
  const frames = packets.map((packet, number) => {
    const message = decoder.decode(Uint8Array.from(atob(packet), (one) => one.charCodeAt(0)));
    if (message.kind !== "frame")
      throw new Error(`packet ${number} is no frame but ${message.kind}`);
    const [start, time] = [performance.now(), number * intervalMs];
    motion.add(message, time);
    addMs.push(performance.now() - start);
    const moved = later.map((count) => {
      const begin = performance.now();
      const objects = motion.at(time + count * intervalMs);
      atMs.push(performance.now() - begin);
      return ringsOf(objects);
    });
    return [ringsOf(message.objects), ...moved];
  });
  return { frames, addMs, atMs };
}

function ringsOf([object]: FrameMessage["objects"]): number[][] {
  return (object?.rings ?? []).map((ring) => [...ring]);
}
