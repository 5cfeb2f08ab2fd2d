/** Someone who waves, as a field of distances: negative inside, positive outside. */

type Point = readonly [x: number, y: number];

interface Limb {
  readonly from: Point;
  readonly to: Point;
  readonly radius: number;
  readonly endRadius: number;
}

/** In a space where the picture is about 1 high, (0, 0) its middle, y down. */
export function pose(seconds: number): readonly Limb[] {
  const sway = 0.035 * Math.sin(seconds * 1.3);
  const nod = 0.012 * Math.sin(seconds * 2.6 + 0.6);
  const breath = 0.006 * Math.sin(seconds * 1.9);
  const hips: Point = [sway * 0.3, 0.62];
  const chest: Point = [sway * 0.8, 0.14 + breath];
  const neck: Point = [sway * 1.1, -0.06];
  const head: Point = [sway * 1.7, -0.24 + nod];
  const left: Point = [chest[0] - 0.17, 0.05 + breath];
  const right: Point = [chest[0] + 0.17, 0.05 - breath];
  const wave = 0.55 * Math.sin(seconds * 4.2) * (0.65 + 0.35 * Math.sin(seconds * 0.7));
  const elbow: Point = along(right, -0.42 + 0.1 * Math.sin(seconds * 1.3), 0.26);
  const hand = along(elbow, -1.35 + wave, 0.25);
  const restElbow: Point = [left[0] - 0.2, 0.29 + breath];
  const hip: Point = [hips[0] - 0.16, 0.47];
  return [
    { from: chest, to: hips, radius: 0.155, endRadius: 0.145 },
    { from: left, to: right, radius: 0.078, endRadius: 0.078 },
    { from: neck, to: left, radius: 0.05, endRadius: 0.075 },
    { from: neck, to: right, radius: 0.05, endRadius: 0.075 },
    { from: head, to: [neck[0], 0.02], radius: 0.058, endRadius: 0.068 },
    { from: head, to: [head[0] + sway * 0.4, head[1] - 0.06], radius: 0.105, endRadius: 0.098 },
    { from: right, to: elbow, radius: 0.066, endRadius: 0.052 },
    { from: elbow, to: hand, radius: 0.052, endRadius: 0.04 },
    { from: hand, to: along(hand, -1.35 + wave * 1.25, 0.075), radius: 0.052, endRadius: 0.034 },
    { from: hand, to: along(hand, -2.2 + wave * 1.2, 0.075), radius: 0.03, endRadius: 0.02 },
    { from: left, to: restElbow, radius: 0.066, endRadius: 0.055 },
    { from: restElbow, to: hip, radius: 0.052, endRadius: 0.046 },
  ];
}

export function distance(limbs: readonly Limb[], x: number, y: number): number {
  let nearest = Infinity;
  for (const { from, to, radius, endRadius } of limbs) {
    const [ax, ay] = [to[0] - from[0], to[1] - from[1]];
    const [px, py] = [x - from[0], y - from[1]];
    const along = Math.min(1, Math.max(0, (px * ax + py * ay) / (ax * ax + ay * ay)));
    const away = Math.hypot(px - along * ax, py - along * ay);
    nearest = smoothMin(nearest, away - radius - along * (endRadius - radius));
  }
  return nearest;
}

/** The smaller of two, but round where they meet: limbs grow out of a body. */
function smoothMin(a: number, b: number): number {
  const softness = 0.035;
  const mix = Math.max(softness - Math.abs(a - b), 0) / softness;
  return Math.min(a, b) - (mix * mix * softness) / 4;
}

function along([x, y]: Point, angle: number, length: number): Point {
  return [x + Math.cos(angle) * length, y + Math.sin(angle) * length];
}
