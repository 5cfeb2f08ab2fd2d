"""Records 9 and 12: what is there before it is outlined, and who is there at all."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from rtseg.errors import UsageError, WireError
from rtseg.geometry import Path
from rtseg.types import TrackId
from rtseg.wire.messages import SIDE_MAX
from rtseg.wire.numbers import Size, whole
from rtseg.wire.records import Head, Outline, write_record
from rtseg.wire.varint import U64_MAX, Reader, sint, uint

BOX = 9
ROLL = 12

ROLL_MAX = 65535
"""Objects of one frame that a roll may name."""

_MODULUS = U64_MAX + 1
_HALF = _MODULUS // 2

BoxPx = tuple[int, int, int, int]
"""left, top, right, bottom on pixel edges, source pixels."""


def box_path(box: BoxPx) -> Path:
    """Give a box as the path that draws it."""
    left, top, right, bottom = box
    ring = np.array([(left, top), (left, bottom), (right, bottom), (right, top)], np.int32)
    return Path((ring,))


def checked_box(box: BoxPx, size: Size) -> BoxPx:
    """Take a box, or raise `UsageError` if it has no inside or leaves the frame."""
    left, top, right, bottom = (whole("a side of a box", side, SIDE_MAX) for side in box)
    if not (left < right <= size[1] and top < bottom <= size[0]):
        raise UsageError(
            "expected a box with an inside, left < right and top < bottom, in the frame of "
            f"{size[1]}×{size[0]}, got {box}"
        )
    return left, top, right, bottom


def write_box(outline: Outline) -> bytes:
    """Write record 9; the path is one of `box_path`."""
    sides = b"".join(uint(side) for side in outline.path.bbox)
    return write_record(BOX, Head.of(outline).write() + sides)


def read_box(payload: memoryview, size: Size) -> Outline:
    """Read the payload of record 9; `size` is (height, width) of the frame, pixels.

    Raises
    ------
    WireError
        If the box has no inside, or leaves the frame.
    """
    reader = Reader(payload)
    head = Head.read(reader)
    left, top, right, bottom = (reader.uint() for _ in range(4))
    if not (left < right <= size[1] and top < bottom <= size[0]):
        raise WireError(
            f"a box from ({left}, {top}) to ({right}, {bottom}); it has no inside, or leaves the "
            f"frame of {size[1]}×{size[0]}"
        )
    return head.outline(box_path((left, top, right, bottom)), "box")


def write_roll(track_ids: Iterable[TrackId]) -> bytes:
    """Write record 12.

    Parameters
    ----------
    track_ids : of all objects of a frame, none twice, at most `ROLL_MAX`.
    """
    runs: list[tuple[TrackId, TrackId]] = []
    for track_id in track_ids:
        if runs and track_id == runs[-1][1] + 1:
            runs[-1] = runs[-1][0], track_id
        else:
            runs.append((track_id, track_id))
    payload = b""
    after = 1
    for first, last in runs:
        step = (first - after + _HALF) % _MODULUS - _HALF
        payload += sint(step) + uint(last - first)
        after = last + 1
    return write_record(ROLL, payload)


def read_roll(payload: memoryview) -> tuple[TrackId, ...]:
    """Read the payload of record 12.

    Raises
    ------
    WireError
        If an object is in it twice, there are too many, or one has a number that none can have.
    """
    reader = Reader(payload)
    found: list[TrackId] = []
    after = 1
    while reader.left:
        start = (after + reader.sint()) % _MODULUS
        after = start + 1 + reader.uint()
        if after > _MODULUS:
            raise WireError(f"a roll names object {after - 1}; 2**64 - 1 is the last")
        if len(found) + after - start > ROLL_MAX:
            raise WireError(f"a roll of more than {ROLL_MAX} objects")
        found += range(start, after)
    if len(set(found)) < len(found):
        raise WireError("a roll names an object twice")
    return tuple(found)
