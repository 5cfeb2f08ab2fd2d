"""Boxes of an older frame, moved to a newer one."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from rtseg.tracking.flow import BackwardMap
from rtseg.types import Box

_CORE = 0.25
"""Left out on each side of a box: what is near its edge is often background."""

_LEAST = 1e-3
"""Share of the picture's side below which nothing of a box is left to see."""


def lead(box: Box, way: Iterable[BackwardMap]) -> Box | None:
    """Move a box as the middle of what is inside it moved.

    Parameters
    ----------
    box : in the frame before the first of the way.
    way : for each frame since, the backward map to the frame before it, all of one size.

    Returns
    -------
    The box in the last frame, cut off at the picture's edges; None when it has left the picture.
    """
    x0, y0, x1, y1 = box.x_min, box.y_min, box.x_max, box.y_max
    for to_previous in way:
        height, width = to_previous.shape[:2]
        columns = _middle(x0, x1, width)
        rows = _middle(y0, y1, height)
        # Where content came from, seen from where it is now: between two frames, near enough the
        # same places.
        came = to_previous[rows, columns]
        right = np.arange(columns.start, columns.stop) - came[..., 0]
        down = np.arange(rows.start, rows.stop)[:, None] - came[..., 1]
        dx, dy = float(np.median(right)) / width, float(np.median(down)) / height
        x0, y0, x1, y1 = x0 + dx, y0 + dy, x1 + dx, y1 + dy
    x0, y0, x1, y1 = max(x0, 0.0), max(y0, 0.0), min(x1, 1.0), min(y1, 1.0)
    if x1 - x0 < _LEAST or y1 - y0 < _LEAST:
        return None
    return Box(x0, y0, x1, y1)


def _middle(start: float, end: float, length: int) -> slice:
    margin = _CORE * (end - start)
    first = int(np.clip((start + margin) * length, 0, length - 1))
    return slice(first, int(np.clip((end - margin) * length, first + 1, length)))
