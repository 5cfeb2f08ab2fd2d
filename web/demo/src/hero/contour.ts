import type { Ring } from "rtseg";

/**
 * The line along which a sampled field is zero, by marching squares.
 *
 * @param field samples row by row, `columns` in a row; negative inside.
 * @returns closed rings in units of samples. What touches the border is closed along it.
 */
export function contour(field: Float32Array, columns: number, rows: number): Ring[] {
  const at = (x: number, y: number) =>
    x < 0 || y < 0 || x >= columns || y >= rows ? 1 : (field[y * columns + x] ?? 1);
  // From the edge of the lattice where the line enters a cell to the one where it leaves.
  const next = new Map<number, number>();
  const span = columns + 2;
  const across = (x: number, y: number) => 2 * ((y + 1) * span + x + 1);
  const down = (x: number, y: number) => across(x, y) + 1;

  for (let y = -1; y < rows; y++) {
    for (let x = -1; x < columns; x++) {
      const corners = [at(x, y), at(x + 1, y), at(x + 1, y + 1), at(x, y + 1)];
      const edges = [across(x, y), down(x + 1, y), across(x, y + 1), down(x, y)];
      const enters: number[] = [];
      const leaves: number[] = [];
      edges.forEach((edge, side) => {
        const isInside = (corners[side] ?? 1) < 0;
        const isInsideNext = (corners[(side + 1) % 4] ?? 1) < 0;
        if (isInside && !isInsideNext) leaves.push(edge);
        if (!isInside && isInsideNext) enters.push(edge);
      });
      enters.forEach((edge, index) => {
        const leave = leaves[index];
        if (leave !== undefined) next.set(edge, leave);
      });
    }
  }

  const rings: Ring[] = [];
  while (next.size > 0) {
    const [start] = next.keys();
    const ring: number[] = [];
    for (let edge = start; edge !== undefined;) {
      const index = edge >> 1;
      const [x, y] = [(index % span) - 1, Math.floor(index / span) - 1];
      const isDown = edge % 2 === 1;
      const [from, to] = [at(x, y), isDown ? at(x, y + 1) : at(x + 1, y)];
      const part = from === to ? 0.5 : from / (from - to);
      ring.push(isDown ? x : x + part, isDown ? y + part : y);
      const following: number | undefined = next.get(edge);
      next.delete(edge);
      edge = following;
    }
    rings.push(ring);
  }
  return rings;
}
