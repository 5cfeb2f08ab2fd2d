/** Which objects there are in a frame in parts: record 12 of docs/wire.md. */

import { WireError } from "./errors.js";
import type { TrackKey } from "./frames.js";
import type { Reader } from "./reader.js";

const MOST = 65535;
const END = 1n << 64n;

/** Read which objects there are in a frame, to the end of the payload. */
export function readRoll(payload: Reader): ReadonlySet<TrackKey> {
  const keys = new Set<TrackKey>();
  // Ids are whole on 64 bits here and told as differences: nothing smaller holds them.
  let last = 0n;
  while (payload.left > 0) {
    const folded = BigInt(payload.exactUint());
    const step = folded % 2n === 0n ? folded / 2n : -(folded + 1n) / 2n;
    const first = BigInt.asUintN(64, last + 1n + step);
    const count = BigInt(payload.exactUint()) + 1n;
    last = first + count - 1n;
    if (last >= END) throw new WireError("a roll of track ids beyond 64 bits");
    if (count > MOST - keys.size) throw new WireError(`a roll of more than ${MOST} objects`);
    for (let id = first; id <= last; id++) {
      const key = id <= Number.MAX_SAFE_INTEGER ? Number(id) : id;
      if (keys.has(key)) throw new WireError(`object ${id} twice in a roll`);
      keys.add(key);
    }
  }
  return keys;
}
