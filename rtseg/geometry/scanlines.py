"""Where outlines cross the rows of pixel centres: what filling and scoring have in common."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt

from rtseg.geometry.path import string

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
    strung = string(rings)
    start_x, start_y = np.subtract(strung.vertices, (x0, y0), dtype=np.float64).T
    after = strung.after
    # Rows whose centre, y + 0.5, is at or below one end and above the other.
    start_row = np.ceil(start_y - 0.5).clip(0, y1 - y0)
    steps = start_row[after] - start_row
    counts = np.abs(steps).astype(np.int64)
    first = np.cumsum(counts) - counts
    table = np.empty((6, len(counts)))
    table[0] = start_x
    table[1] = start_y
    table[2] = start_x[after] - start_x
    table[3] = start_y[after] - start_y
    table[4] = np.minimum(start_row, start_row + steps) - first
    table[5] = np.sign(steps)
    from_x, from_y, across, down, top, winding = table.repeat(counts, axis=1)
    row = np.arange(top.size) + top
    # Products first and one division: exact for lattice vertices, so no pixel centre that lies on
    # an edge falls to the wrong side of it.
    along = (row + 0.5 - from_y) * across / down
    column = np.ceil(from_x + along - 0.5).clip(0, x1 - x0)
    return Crossings(row.astype(np.int64), column.astype(np.int64), winding.astype(np.int64))


class Spans(NamedTuple):
    """Runs of pixels inside a path by the nonzero rule, no two of which have a pixel in common.

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
    row, column, winding = crossings(rings, box)
    # One number for each, in the order of the picture: sorting those beats sorting places.
    bits = (box[2] - box[0]).bit_length()
    keys = (row << bits | column) << 1 | (winding > 0)
    keys.sort()
    # Rings are closed, so the winding number is 0 again at the end of every row.
    is_inside = np.cumsum(2 * (keys & 1) - 1)[:-1] != 0
    keys >>= 1
    left, right = keys[:-1][is_inside], keys[1:][is_inside]
    columns = (1 << bits) - 1
    return Spans(left >> bits, left & columns, right & columns)
