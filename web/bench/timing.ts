/** How long something takes, on clocks that are coarse: a page's is, on purpose. */

/** Each item is timed so often, and the median counts: other programs take the processor too. */
const PASSES = 5;
/** A sample lasts at least so many steps of the clock, which bounds its error to 5 %. */
const STEPS = 20;
const MOST_COPIES = 64;
/** So long code runs before it counts as warm: compilers take their time. */
const WARM_UP_MS = 300;
const LOOKS = 20_000;

/** Reads the items of a stream, one after the other. */
export type Reading<Item> = (item: Item) => unknown;

export interface Samples {
  /** So many readers took each item; a sample is the mean over them. */
  readonly copies: number;
  /** One for each item, in order. */
  readonly ms: readonly number[];
}

/** What was read last: work whose result nobody holds may be left out by the compiler. */
export let held: unknown = null;

/** The least step that `performance.now()` was seen to take. */
export function clockStepMs(): number {
  let least = Infinity;
  let before = performance.now();
  for (let look = 0; look < LOOKS; look++) {
    const now = performance.now();
    if (now > before) least = Math.min(least, now - before);
    before = now;
  }
  return Number.isFinite(least) ? least : 1;
}

/**
 * Time each item of each stream once the code is warm.
 *
 * A reader has a state, so an item cannot simply be read again. Where one reading is too short for
 * the clock, several readers go through the stream side by side, and the time of an item is shared.
 */
export function timeWarm<Item>(
  streams: readonly (readonly Item[])[],
  open: () => Reading<Item>,
  stepMs: number,
): Samples {
  const start = performance.now();
  do pass(streams, open, 1);
  while (performance.now() - start < WARM_UP_MS);
  const rough = pass(streams, open, 1);
  const mean = rough.reduce((sum, one) => sum + one, 0) / Math.max(1, rough.length);
  const wanted = Math.ceil((STEPS * stepMs) / Math.max(mean, stepMs / MOST_COPIES));
  const copies = Math.min(MOST_COPIES, Math.max(1, wanted));
  const passes = Array.from({ length: PASSES }, () => pass(streams, open, copies));
  return { copies, ms: rough.map((_, at) => median(passes.map((ms) => ms[at] ?? 0))) };
}

/** Time each item when it is read for the first time, in code that has never run if it is so. */
export function timeCold<Item>(stream: readonly Item[], open: () => Reading<Item>): Samples {
  return { copies: 1, ms: pass([stream], open, 1) };
}

function pass<Item>(
  streams: readonly (readonly Item[])[],
  open: () => Reading<Item>,
  copies: number,
): number[] {
  const ms: number[] = [];
  for (const stream of streams) {
    const readers = Array.from({ length: copies }, open);
    for (const item of stream) {
      const start = performance.now();
      for (const read of readers) held = read(item);
      ms.push((performance.now() - start) / copies);
    }
  }
  return ms;
}

function median(values: number[]): number {
  return values.sort((a, b) => a - b)[values.length >> 1] ?? 0;
}
