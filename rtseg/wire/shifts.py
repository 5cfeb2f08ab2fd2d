"""Outlines that move as a whole, by whole pixels."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from rtseg.geometry import Path
from rtseg.wire.numbers import Size


class Shift(NamedTuple):
    """How far an outline moved, pixels."""

    right: int
    down: int

    def move(self, path: Path, size: Size) -> Path:
        """Move a path; what would leave the frame is held at its edge.

        Parameters
        ----------
        path : source pixels.
        size : (height, width) of the frame, pixels.
        """
        frame = np.array(size[::-1])
        return Path(
            tuple(
                np.clip(ring.astype(np.int64) + self, 0, frame).astype(np.int32)
                for ring in path.rings
            ),
            path.ids,
        )


def shift_between(before: Path, after: Path, size: Size) -> Shift | None:
    """Find the shift that makes one path of another; None where none does.

    Parameters
    ----------
    before, after : source pixels; vertices and rings in the same order.
    size : (height, width) of the frame, pixels.
    """
    if [ring.shape for ring in before.rings] != [ring.shape for ring in after.rings]:
        return None
    if after.is_empty:
        return Shift(0, 0)
    steps = np.concatenate(after.rings).astype(np.int64) - np.concatenate(before.rings)
    # A vertex at the edge of the frame went less far than the others.
    right, down = steps[np.abs(steps).argmax(axis=0), (0, 1)].tolist()
    shift = Shift(right, down)
    return shift if shift.move(before, size) == after else None
