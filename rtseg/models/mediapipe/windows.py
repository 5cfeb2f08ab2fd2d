"""The squares of a picture at which a detector looks, from the whole to small parts."""

from __future__ import annotations

import math
from collections.abc import Sequence

from rtseg.models.mediapipe.roi import Roi

_SHARED = 0.25
"""Part of its side that a window shares with the next, at least: what one window cuts is whole in
another if it is no larger than that."""

_SMALLEST_PX = 64
"""Side of the smallest window: what fills a part of it has too few pixels to be told."""

_SMALL_IN_TURN = 2


def windows(width_px: int, height_px: int, levels: int) -> list[Roi]:
    """Return windows, the largest first.

    Parameters
    ----------
    width_px, height_px : of the picture.
    levels : 0: one square around the picture. 1: also squares of its shorter side, side by side.
        2, 3 …: also rows of squares of half, a quarter … of that; none below `_SMALLEST_PX`.
    """
    long, short = max(width_px, height_px), min(width_px, height_px)
    found = [Roi(width_px / 2, height_px / 2, float(long))]
    for level in range(levels):
        side = short / 2**level
        if side < _SMALLEST_PX:
            break
        columns, rows = (_middles(length, side) for length in (width_px, height_px))
        if level or long > short:  # else it is the whole once more
            found += [Roi(x, y, side) for y in rows for x in columns]
    return found


def rounds(large: Sequence[Roi], small: Sequence[Roi]) -> list[Roi]:
    """Return one round of looks: all the large windows, two small ones, all the large ones again …

    What is near is seen soon, and what is far is seen too.
    """
    if not small:
        return list(large)
    pairs = [small[i : i + _SMALL_IN_TURN] for i in range(0, len(small), _SMALL_IN_TURN)]
    return [window for pair in pairs for window in (*large, *pair)]


def _middles(length_px: float, side_px: float) -> list[float]:
    """Return the middles of windows that cover a length, evenly spaced."""
    beyond = length_px - side_px
    steps = math.ceil(beyond / (side_px * (1 - _SHARED)) - 1e-6)
    return [side_px / 2 + beyond * i / max(1, steps) for i in range(steps + 1)]
