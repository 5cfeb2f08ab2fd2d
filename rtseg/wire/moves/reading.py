"""Reading moves: docs/wire.md, "Moves"; `writing` is its mirror image."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from rtseg.errors import WireError
from rtseg.geometry import Ring
from rtseg.wire import polygons
from rtseg.wire.arithmetic import BitReader
from rtseg.wire.bits import read_length, read_number
from rtseg.wire.moves.contexts import (
    ACROSS,
    ALONG,
    ASIDE,
    ASIDE_LOWER,
    ASIDE_SIGN,
    DROPPED,
    LIVES,
    LOWER,
    MORE,
    NEW,
    ROW,
    SHARED,
    SHARED_SIGN,
    SIGN,
    TURN,
    WAY,
    WAY_BACK,
    WAY_LOWER,
    Chord,
    Went,
    is_steep_at,
    sign_of,
)

MOST_VERTICES = 65536
"""An outline that grows by moves has no more: else many small packets would make one of any size.
"""


def read_moves(
    reader: BitReader,
    before: Sequence[Ring],
    size: tuple[int, int],
    bits: tuple[int, int],
    most: int,
) -> Iterator[Ring]:
    """Read moves and give the rings as they are now.

    Parameters
    ----------
    reader : at the first bit.
    before : rings of the base.
    size : (height, width) of the frame, pixels.
    bits : of a column and of a row of the frame.
    most : an error behind so many vertices that are new.

    Raises
    ------
    WireError
        If a vertex leaves the frame, a ring has fewer than three, or there are more than `most`
        new ones or `MOST_VERTICES` in all.
    """
    shared = _read_plain(reader), _read_plain(reader)
    total = 0
    for ring in before:
        if reader.bit(LIVES):
            continue
        corners, new = _read_ring(reader, [(x, y) for x, y in ring.tolist()], shared, most)
        most -= new
        total += len(corners)
        now = np.array(corners, np.int64)
        if len(now) < 3:
            raise WireError(f"a ring is left with {len(now)} vertices; the least is 3")
        if (now < 0).any() or (now > (size[1], size[0])).any():
            raise WireError(f"a vertex moves out of the frame of {size[1]}×{size[0]}")
        yield now.astype(np.int32)
    if reader.bit(NEW):
        for new_ring in polygons.read_polygon(reader, size, bits, most):
            total += len(new_ring)
            yield new_ring
    if total > MOST_VERTICES:
        raise WireError(f"an outline grows to {total} vertices; {MOST_VERTICES} is the most")


def _read_plain(reader: BitReader) -> int:
    value = read_number(reader, SHARED)
    return -value if value and reader.bit(SHARED_SIGN) else value


def _read_ring(
    reader: BitReader, before: list[tuple[int, int]], shared: tuple[int, int], most: int
) -> tuple[list[tuple[int, int]], int]:
    """Give the vertices of a ring of the base as they are now, and how many of them are new."""
    went = Went(*shared)
    was_dropped = False
    living: list[tuple[int, int]] = []
    for index, (x, y) in enumerate(before):
        was_dropped = bool(reader.bit(DROPPED + was_dropped))
        if not was_dropped:
            _read_move(reader, went, is_steep_at(before, index))
            living.append((x + went.x, y + went.y))
    now: list[tuple[int, int]] = []
    count = 0
    for index, (x, y) in enumerate(living):
        now.append((x, y))
        last = living[(index + 1) % len(living)]
        place = 0
        while reader.bit(MORE + min(place, 2)):
            count += 1
            place += 1
            if count > most:
                raise WireError("more new vertices than these bytes can tell")
            dx, dy = _read_insert(reader, Chord(last[0] - x, last[1] - y))
            x, y = x + dx, y + dy
            now.append((x, y))
    turn = read_number(reader, TURN)
    if turn >= max(len(now), 1):
        raise WireError(f"a ring of {len(now)} vertices starts at its vertex {turn}")
    return now[turn:] + now[:turn], count


def _read_move(reader: BitReader, went: Went, is_steep: bool) -> None:
    was_across, was_along = (went.off_x, went.off_y) if is_steep else (went.off_y, went.off_x)
    across, length = _read_signed(reader, ACROSS + ROW * went.off, 0, was_across)
    row = 3 * went.off + min(length, 2)
    along, _ = _read_signed(reader, ALONG + ROW * row, 1, was_along)
    went.add(*((across, along) if is_steep else (along, across)))


def _read_signed(reader: BitReader, contexts: int, axis: int, before: int) -> tuple[int, int]:
    value, length = _read_seconded(reader, contexts, LOWER + axis * ROW)
    if value and reader.bit(SIGN + 3 * axis + sign_of(before)):
        value = -value
    return value, length


def _read_seconded(reader: BitReader, contexts: int, lower: int) -> tuple[int, int]:
    """Undo `writing._write_seconded`: the number, and its length."""
    length = read_length(reader, contexts)
    if length < 2:
        return length, length
    value = 2 | reader.bit(lower + length)
    return value << length - 2 | reader.raw(length - 2), length


def _read_insert(reader: BitReader, chord: Chord) -> tuple[int, int]:
    way, _ = polygons.read_part(reader, WAY + ROW * chord.long, WAY_LOWER, WAY_BACK)
    aside, _ = _read_seconded(reader, ASIDE + ROW * chord.long, ASIDE_LOWER)
    if aside and reader.bit(ASIDE_SIGN) ^ chord.is_mirrored:
        aside = -aside
    return chord.step(way, aside)
