"""What callers pass, checked before it becomes bytes."""

from __future__ import annotations

import operator

from rtseg.errors import UsageError
from rtseg.wire.messages import SIDE_MAX

Size = tuple[int, int]
"""(height, width) of a frame, pixels, as the shape of its masks."""


def whole(what: str, value: int, largest: int) -> int:
    """Take any whole number, NumPy's too, in 0 … `largest`."""
    try:
        number = operator.index(value)
    except TypeError:
        number = -1
    if not 0 <= number <= largest:
        raise UsageError(f"expected {what} as a whole number in 0 … {largest}, got {value!r}")
    return number


def frame_size(shape: tuple[int, ...]) -> Size:
    """Take a shape as the size of a frame."""
    if len(shape) != 2:
        raise UsageError(f"expected a frame with a height and a width, got {shape}")
    height, width = (whole("a side of a frame", side, SIDE_MAX) for side in shape)
    return height, width
