/** Packets for tests, written from docs/wire.md with no regard for the decoder. */

export interface PacketObject {
  readonly trackId: number;
  readonly score?: number;
  readonly ageMs?: number;
  readonly rings: readonly (readonly (readonly [number, number])[])[];
}

export function uint(value: number | bigint): number[] {
  let left = BigInt(value);
  const bytes: number[] = [];
  while (left >= 0x80n) {
    bytes.push(Number(left & 0x7fn) | 0x80);
    left >>= 7n;
  }
  return [...bytes, Number(left)];
}

export function sint(value: number): number[] {
  return uint(value < 0 ? -2 * value - 1 : 2 * value);
}

export function record(kind: number, payload: readonly number[]): number[] {
  return [...uint(kind), ...uint(payload.length), ...payload];
}

export function outline({ trackId, score = 255, ageMs = 0, rings }: PacketObject): number[] {
  const payload = [...uint(trackId), score, ...uint(ageMs), ...uint(rings.length)];
  let [startX, startY] = [0, 0];
  for (const ring of rings) {
    payload.push(...uint(ring.length));
    let [x, y] = [startX, startY];
    for (const [nextX, nextY] of ring) {
      payload.push(...sint(nextX - x), ...sint(nextY - y));
      [x, y] = [nextX, nextY];
    }
    [startX, startY] = ring[0] ?? [startX, startY];
  }
  return record(1, payload);
}

export function name(trackId: number, label: string): number[] {
  return record(2, [...uint(trackId), ...Buffer.from(label)]);
}

export function frame(
  { id = 1, width = 640, height = 360 }: { id?: number; width?: number; height?: number },
  ...records: readonly (readonly number[])[]
): Uint8Array {
  const header = [1, 0, id >>> 24, (id >>> 16) & 255, (id >>> 8) & 255, id & 255];
  return Uint8Array.from([...header, ...uint(width), ...uint(height), ...records.flat()]);
}

export function clock(rtp: number, ntp: bigint): Uint8Array {
  const packet = new DataView(new ArrayBuffer(14));
  packet.setUint8(0, 1);
  packet.setUint8(1, 1);
  packet.setUint32(2, rtp);
  packet.setBigUint64(6, ntp);
  return new Uint8Array(packet.buffer);
}
