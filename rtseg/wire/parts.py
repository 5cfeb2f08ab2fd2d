"""A frame that one message does not hold, in parts of which each is useful alone: packet kind 4.

What matters first comes first: who is there, then the outlines of new objects, then what changed,
then finer vertices of what was told coarsely. A part that has room takes what comes later.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from rtseg.types import FrameId
from rtseg.wire.assembly import PARTS_MAX
from rtseg.wire.messages import PART, RTP_MODULUS, VERSION
from rtseg.wire.numbers import Size
from rtseg.wire.presence import ROLL_MAX, write_roll
from rtseg.wire.records import OUTLINES, SAME, Outline, kind_of, write_outline
from rtseg.wire.refining import Refinement, refine
from rtseg.wire.varint import uint

MESSAGE_BYTES = 1150
"""Largest message of a data channel that goes over any network in one packet."""

_NUMBERS_BYTES = 4
"""Of index and count."""


class Item(NamedTuple):
    """What there is to say of one object.

    Parameters
    ----------
    outline : what the record tells.
    record : whole; any but records 10 and 11.
    about : records 2 and 13, of which there may be none.
    is_new : it is not in the base.
    """

    outline: Outline
    record: bytes
    about: bytes
    is_new: bool


class _Part:
    """A packet that is being filled."""

    def __init__(self) -> None:
        self.records: list[bytes] = []
        self.bytes = 0
        self.coarse: set[int] = set()

    def add(self, records: bytes) -> None:
        self.records.append(records)
        self.bytes += len(records)


class _Parts:
    """Puts each thing into the first part with room for it."""

    def __init__(self, room_bytes: int) -> None:
        self.parts = [_Part()]
        self._room_bytes = room_bytes

    def add(self, records: bytes) -> _Part:
        for part in self.parts:
            if part.bytes + len(records) <= self._room_bytes:
                break
        else:
            part = self._new()
        part.add(records)
        return part

    def add_section(self, track_id: int, coarse: bytes, section: bytes) -> None:
        """Put a section where its coarse outline is, or goes in with it, and what is said of it."""
        for part in self.parts:
            told = section if track_id in part.coarse else coarse + section
            if part.bytes + len(told) <= self._room_bytes:
                break
        else:
            part, told = self._new(), coarse + section
        part.add(told)
        part.coarse.add(track_id)

    def _new(self) -> _Part:
        # What is larger than any part has one of its own, the first if there is nothing in it yet.
        if self.parts[-1].records:
            self.parts.append(_Part())
        return self.parts[-1]


def write_parts(
    frame_id: FrameId,
    size: Size,
    base_id: FrameId | None,
    items: Sequence[Item],
    timing: bytes,
    *,
    most_bytes: int = MESSAGE_BYTES,
) -> tuple[bytes, ...] | None:
    """Write a frame in parts.

    Parameters
    ----------
    frame_id : the frame.
    size : (height, width) of it, pixels.
    base_id : what the records build upon; None for those that stand for themselves.
    items : all objects, in their order.
    timing : record 3, or nothing.
    most_bytes : of a packet.

    Returns
    -------
    Packets of at most `most_bytes`, but for a part whose only record is larger, an outline of
    some ten thousand vertices or a very long name. None where there would be more parts than a
    decoder takes.
    """
    since = 0 if base_id is None else (frame_id - base_id) % RTP_MODULUS
    head = bytes([VERSION, PART]) + frame_id.to_bytes(4, "big") + uint(since)
    if not since:
        head += uint(size[1]) + uint(size[0])
    room_bytes = most_bytes - len(head) - _NUMBERS_BYTES
    parts = _Parts(room_bytes)
    if len(items) <= ROLL_MAX:
        roll = write_roll(item.outline.track_id for item in items)
        if len(roll) <= room_bytes // 2:
            parts.add(roll)
    if timing:
        parts.add(timing)
    refined = []
    for item in sorted(items, key=_turn):
        refinement = _refinement(item, size, room_bytes)
        if refinement is None:
            parts.add(item.record + item.about)
            continue
        coarse = refinement.coarse + item.about
        parts.add(coarse).coarse.add(item.outline.track_id)
        refined.append((item.outline.track_id, coarse, refinement.sections))
    for track_id, coarse, sections in refined:
        for section in sections:
            parts.add_section(track_id, coarse, section)
    count = len(parts.parts)
    if count > PARTS_MAX:
        return None
    return tuple(
        b"".join([head, uint(index), uint(count), *part.records])
        for index, part in enumerate(parts.parts)
    )


def _refinement(item: Item, size: Size, room_bytes: int) -> Refinement | None:
    """Tell an object in pieces; None where it fits in one, or cannot be told in more."""
    outline, record = item.outline, item.record
    if len(record) + len(item.about) <= room_bytes:
        return None
    if outline.stage != "fine" or outline.path.is_empty:
        return None
    # Pieces tell a whole outline, whatever the base has of it.
    if kind_of(record) not in OUTLINES:
        record = write_outline(outline, size)
    return refine(outline, record, size, room_bytes - len(item.about))


def _turn(item: Item) -> int:
    """When an object's turn is: new ones first, those that stay last."""
    if item.is_new:
        return 0
    return 2 if kind_of(item.record) == SAME else 1
