"""Outlines whose vertices have names, so that it is known what became of each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from rtseg.geometry import Path
from rtseg.geometry.motion import Motion

Ids = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Outline(Path):
    """A path that was followed from frame to frame.

    Parameters
    ----------
    rings : as in `Path`.
    ids : for each ring (N,) int64, the names of its vertices: for the life of the object, and those
        that two outlines of it share come in the same order around the ring.
    names : of the rings, for the life of the object.
    before : serial of the outline that `motions` start from.
    motions : how each ring that was there before moved, by its name.
    serial : unlike that of every other outline of the object.
    """

    ids: tuple[Ids, ...] = ()
    names: tuple[int, ...] = ()
    serial: int = 0
    before: int = -1
    motions: Mapping[int, Motion] = field(default_factory=dict)

    def turned(self, firsts: tuple[int, ...]) -> Outline:
        """Give the same outline with other first vertices, one for each ring."""
        return Outline(
            tuple(np.roll(ring, -at, axis=0) for ring, at in zip(self.rings, firsts, strict=True)),
            tuple(np.roll(ids, -at) for ids, at in zip(self.ids, firsts, strict=True)),
            self.names,
            self.serial,
            self.before,
            self.motions,
        )
