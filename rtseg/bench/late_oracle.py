"""A model that is right but slow, on sequences whose truth is known.

The oracle takes the newest frame when it is free and answers L frames later with that frame's
mask, so what is known is L to 2 L - 1 frames old. Nothing else of the truth reaches a follower.
"""

from __future__ import annotations

from collections.abc import Sequence as Items
from typing import Protocol

from rtseg.bench.davis import Sequence
from rtseg.types import BoolMask, Image

OBJECT = 1
"""The track id of the one object of a sequence."""


class Follower(Protocol):
    """Shows a mask for each frame, from masks of older ones."""

    def correct(self, number: int, mask: BoolMask) -> None:
        """Hear what the model said of frame `number`."""
        ...

    def step(self, number: int, image: Image) -> BoolMask:
        """Take the next frame, show its mask."""
        ...


def play(
    sequence: Sequence,
    follower: Follower,
    late: int,
    *,
    first_only: bool = False,
    answers: Items[BoolMask] | None = None,
) -> list[BoolMask]:
    """Show a sequence to a follower and the late oracle.

    Parameters
    ----------
    late : frames between taking a frame and answering, >= 1.
    first_only : the oracle answers once, for the first frame.
    answers : what it says of each frame; None for the truth.

    Returns
    -------
    The mask shown at each frame from frame `late` on.
    """
    said = sequence.truth if answers is None else answers
    shown = []
    busy_with: int | None = None
    for number, image in enumerate(sequence.images):
        if busy_with is not None and number - busy_with >= late:
            follower.correct(busy_with, said[busy_with])
            busy_with = None
        mask = follower.step(number, image)
        if busy_with is None and (number == 0 or not first_only):
            busy_with = number
        if number >= late:
            shown.append(mask)
    return shown
