"""Where outlines cross the rows of pixel centres: what filling and scoring have in common."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt

Vertices: TypeAlias = npt.NDArray[np.int32] | npt.NDArray[np.float64]
"""(N, 2): x, y of a ring, source pixels."""

Box = tuple[int, int, int, int]
"""xyxy, source pixels: columns x0 … x1 - 1 and rows y0 … y1 - 1."""


class Crossings(NamedTuple):
    """Where the edges of rings cross the rows y + 0.5, in no order.

    Parameters
    ----------
    row, column : (N,) int64, counted from the corner of the box. The pixels right of the crossing
        begin at `column`, which is 0 … width of the box, so it may lie just outside.
    winding : (N,) int64: what the crossing adds to the winding number of those pixels, 1 or -1.
    """

    row: npt.NDArray[np.int64]
    column: npt.NDArray[np.int64]
    winding: npt.NDArray[np.int64]


def crossings(rings: Sequence[Vertices], box: Box) -> Crossings:
    """Cross rings with the rows of pixel centres of a box.

    A pixel is right of an edge when its centre is on the edge or right of it: two shapes that share
    an edge share no pixel.

    Parameters
    ----------
    rings : at least one; (N, 2) x, y, source pixels; may reach beyond the box.
    box : where to look.
    """
    x0, y0, x1, y1 = box
    start = np.concatenate(rings).astype(np.float64) - (x0, y0)
    lengths = np.array([len(ring) for ring in rings])
    last = np.cumsum(lengths) - 1
    end = np.roll(start, -1, axis=0)
    end[last] = start[last + 1 - lengths]
    start_x, start_y = start.T
    end_x, end_y = end.T
    # Rows whose centre, y + 0.5, is at or below one end and above the other.
    start_row = np.clip(np.ceil(start_y - 0.5), 0, y1 - y0).astype(np.int64)
    end_row = np.clip(np.ceil(end_y - 0.5), 0, y1 - y0).astype(np.int64)
    counts = np.abs(end_row - start_row)
    edge = np.repeat(np.arange(counts.size), counts)
    top_row = np.minimum(start_row, end_row)
    row = np.arange(edge.size) - (np.cumsum(counts) - counts - top_row)[edge]
    # Products first and one division: exact for lattice vertices, so no pixel centre that lies on
    # an edge falls to the wrong side of it.
    along = (row + 0.5 - start_y[edge]) * (end_x - start_x)[edge] / (end_y - start_y)[edge]
    column = np.clip(np.ceil(start_x[edge] + along - 0.5), 0, x1 - x0).astype(np.int64)
    return Crossings(row, column, np.sign(end_row - start_row)[edge])


class Spans(NamedTuple):
    """Runs of pixels inside a path by the nonzero rule, none of which touches another in its row.

    Parameters
    ----------
    row, start, stop : (N,) int64, counted from the corner of the box: columns start … stop - 1.
    """

    row: npt.NDArray[np.int64]
    start: npt.NDArray[np.int64]
    stop: npt.NDArray[np.int64]


def spans(rings: Sequence[Vertices], box: Box) -> Spans:
    """Give the pixels of a box that `rings` fill, as `filling.fill` paints them.

    Parameters
    ----------
    rings : at least one; (N, 2) x, y, source pixels; may reach beyond the box.
    box : where to look.
    """
    found = crossings(rings, box)
    order = np.argsort(found.row * (box[2] - box[0] + 1) + found.column)
    # Rings are closed, so the winding number is 0 again at the end of every row.
    is_inside = np.cumsum(found.winding[order])[:-1] != 0
    left, right = order[:-1][is_inside], order[1:][is_inside]
    return Spans(found.row[left], found.column[left], found.column[right])
