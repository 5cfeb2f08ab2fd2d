/** Affine motion as displacements in pixels. */

/** Where a motion is told from: its centre, and what it calls one. */
export interface Basis {
  readonly x: number;
  readonly y: number;
  readonly radius: number;
}

/**
 * A displacement at every place: x and y of all, then what comes to it one radius to the right of
 * the centre, x and y, then one radius below it. All six are pixels, and can be weighed together.
 */
export type Affine = readonly [
  rightAll: number,
  downAll: number,
  rightByX: number,
  downByX: number,
  rightByY: number,
  downByY: number,
];

export const STILL: Affine = [0, 0, 0, 0, 0, 0];
/** The first so many numbers of a motion are the shift, the others turn, scale and shear. */
export const SHIFT = 2;

/** How far a place goes. Read by index: destructuring costs more than all else here. */
export function displacement(
  motion: Affine,
  basis: Basis,
  x: number,
  y: number,
): [right: number, down: number] {
  const u = (x - basis.x) / basis.radius;
  const v = (y - basis.y) / basis.radius;
  return [motion[0] + motion[2] * u + motion[4] * v, motion[1] + motion[3] * u + motion[5] * v];
}

/** The motion that leads back, told from where the other one leads the centre. */
export function backwards(motion: Affine, basis: Basis): { motion: Affine; basis: Basis } {
  const { radius } = basis;
  const [a, b] = [1 + motion[2] / radius, motion[4] / radius];
  const [c, d] = [motion[3] / radius, 1 + motion[5] / radius];
  const determinant = a * d - b * c || 1;
  const back: Affine = [
    -motion[0],
    -motion[1],
    radius * (d / determinant - 1),
    (radius * -c) / determinant,
    (radius * -b) / determinant,
    radius * (a / determinant - 1),
  ];
  return { motion: back, basis: { ...basis, x: basis.x + motion[0], y: basis.y + motion[1] } };
}

export function scaled(motion: Affine, shift: number, rest = shift): Affine {
  const [a, b, c, d, e, f] = motion;
  return [a * shift, b * shift, c * rest, d * rest, e * rest, f * rest];
}

/** So much of one motion, and what is left to 1 of another. */
export function blended(one: Affine, other: Affine, share: number): Affine {
  const mix = (at: number) => share * (one[at] ?? 0) + (1 - share) * (other[at] ?? 0);
  return [mix(0), mix(1), mix(2), mix(3), mix(4), mix(5)];
}

/**
 * Solve six linear equations, by Gauss and Jordan.
 *
 * @param rows of seven numbers: a symmetric positive definite matrix, which is used up, and behind
 *   each of its rows the right side.
 */
export function solved(rows: number[]): Affine {
  for (let pivot = 0; pivot < 6; pivot++) {
    const divisor = rows[pivot * 8] ?? 1;
    for (let at = pivot; at < 7; at++) rows[pivot * 7 + at] = (rows[pivot * 7 + at] ?? 0) / divisor;
    for (let row = 0; row < 6; row++) {
      const factor = rows[row * 7 + pivot] ?? 0;
      if (row === pivot || factor === 0) continue;
      for (let at = pivot; at < 7; at++) {
        rows[row * 7 + at] = (rows[row * 7 + at] ?? 0) - factor * (rows[pivot * 7 + at] ?? 0);
      }
    }
  }
  const value = (at: number) => rows[at * 7 + 6] ?? 0;
  return [value(0), value(1), value(2), value(3), value(4), value(5)];
}
