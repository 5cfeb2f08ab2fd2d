"""Outlines whose vertices move, go and come: docs/wire.md, "Moves".

What is told of a vertex is how much further, or less far, it went than the one before it in its
ring: neighbours go together. A new vertex is told from the chord that it bends.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import NamedTuple

import numpy as np

from rtseg.errors import WireError
from rtseg.geometry import Path, Ring
from rtseg.wire import polygons
from rtseg.wire.arithmetic import BitReader
from rtseg.wire.bits import MOST_BITS, BitList, read_number, write_number

MOST_VERTICES = 65536
"""An outline that grows by moves has no more: else many small packets would make one of any size.
"""

_ROW = 18  # places of a length
_CLASSES = 5  # of how far the vertex before went off its prediction
_CHORDS = 8  # of the length of a chord

# Behind the contexts of a polygon, which tell the rings that are new.
_LIVES = polygons.CONTEXTS
_DROPPED = _LIVES + 1
_SHARED = _DROPPED + 2
_SHARED_SIGN = _SHARED + _ROW
_ACROSS = _SHARED_SIGN + 1
_ALONG = _ACROSS + _CLASSES * _ROW
_LOWER = _ALONG + 3 * _CLASSES * _ROW
_SIGN = _LOWER + 2 * _ROW
_MORE = _SIGN + 6
_WAY = _MORE + 3
_WAY_LOWER = _WAY + _CHORDS * _ROW
_WAY_BACK = _WAY_LOWER + 3 * _ROW
_ASIDE = _WAY_BACK + 1
_ASIDE_LOWER = _ASIDE + _CHORDS * _ROW
_ASIDE_SIGN = _ASIDE_LOWER + _ROW
_TURN = _ASIDE_SIGN + 1
_NEW = _TURN + _ROW
CONTEXTS = _NEW + 1
"""How many contexts this coding has, those of a polygon counted in."""


class RingMoves(NamedTuple):
    """What became of one ring of the base.

    Parameters
    ----------
    before : (N, 2) its vertices in the base.
    lives : N, whether each vertex lives on.
    moves : (dx, dy) of each that does, pixels.
    inserted : for each that does, the (x, y) that now stand between it and the next that does.
    turn : which vertex, counted from the first that lives on, is the ring's first now.
    """

    before: list[tuple[int, int]]
    lives: list[bool]
    moves: list[tuple[int, int]]
    inserted: list[list[tuple[int, int]]]
    turn: int


class Moves(NamedTuple):
    """What became of an outline.

    Parameters
    ----------
    rings : for each ring of the base, in its order; None where it is gone.
    new : rings that come behind those.
    """

    rings: list[RingMoves | None]
    new: list[Ring]


def moves_between(before: Path, after: Path) -> Moves | None:
    """Say how one path came of another, by the ids of their vertices; None where none lives on.

    Parameters
    ----------
    before, after : source pixels. Rings of `after` that have vertices of `before` come first, in
        the order of `before`, as `write_moves` can tell no other; if they do not, None.
    """
    if before.ids is None or after.ids is None:
        return None
    found: list[RingMoves | None] = [None] * len(before.rings)
    owner = {vertex: ring for ring, ids in enumerate(before.ids) for vertex in ids.tolist()}
    at = -1
    new: list[Ring] = []
    for ring, ids in zip(after.rings, after.ids, strict=True):
        of = next((owner[vertex] for vertex in ids.tolist() if vertex in owner), None)
        moved = None
        if of is not None and of > at and not new:
            moved = _ring_moves(before.rings[of], before.ids[of], ring, ids)
        if of is None or moved is None:
            new.append(ring)
        else:
            at, found[of] = of, moved
    return Moves(found, new) if at >= 0 else None


def _ring_moves(
    before: Ring, before_ids: Sequence[int] | np.ndarray, ring: Ring, ids: np.ndarray
) -> RingMoves | None:
    """How one ring came of another; None where no vertex lives on in the order of the base."""
    place = {vertex: index for index, vertex in enumerate(np.asarray(before_ids).tolist())}
    here = [place.get(vertex, -1) for vertex in ids.tolist()]
    known = [index for index, old in enumerate(here) if old >= 0]
    if not known:
        return None
    first = min(known, key=lambda index: here[index])
    order = [*range(first, len(here)), *range(first)]
    corners, olds = before.tolist(), ring.tolist()
    lives = [False] * len(corners)
    moves: list[tuple[int, int]] = []
    inserted: list[list[tuple[int, int]]] = []
    latest = -1
    for index in order:
        old = here[index]
        x, y = olds[index]
        # One that another ring has, or that lost its place in the order, counts as new.
        if old > latest:
            latest = old
            lives[old] = True
            moves.append((x - corners[old][0], y - corners[old][1]))
            inserted.append([])
        else:
            inserted[-1].append((x, y))
    turn = (len(here) - first) % len(here)
    return RingMoves([(x, y) for x, y in corners], lives, moves, inserted, turn)


def new_vertices(moves: Moves) -> int:
    """Count the vertices that come."""
    inserted = sum(
        len(between) for ring in moves.rings if ring is not None for between in ring.inserted
    )
    return inserted + sum(len(ring) for ring in moves.new)


def write_moves(moves: Moves, bits: tuple[int, int], out: BitList) -> None:
    """Add the bits of moves; `bits` of a column and a row of the frame."""
    every = [step for ring in moves.rings if ring is not None for step in ring.moves]
    shared = _median([dx for dx, _ in every]), _median([dy for _, dy in every])
    for step in shared:
        write_number(out, abs(step), _SHARED)
        if step:
            out.add(_SHARED_SIGN, int(step < 0))
    for ring in moves.rings:
        out.add(_LIVES, int(ring is None))
        if ring is not None:
            _write_ring(ring, shared, out)
    out.add(_NEW, int(bool(moves.new)))
    if moves.new:
        new = [[(x, y) for x, y in ring.tolist()] for ring in moves.new]
        polygons.write_polygon(new, bits, out)


def _median(values: list[int]) -> int:
    return sorted(values)[len(values) // 2]


def _write_ring(ring: RingMoves, shared: tuple[int, int], out: BitList) -> None:
    steps = iter(ring.moves)
    went = _Went(*shared)
    was_dropped = False
    now: list[tuple[int, int]] = []
    for index, lives in enumerate(ring.lives):
        out.add(_DROPPED + was_dropped, int(not lives))
        was_dropped = not lives
        if lives:
            dx, dy = next(steps)
            _write_move(dx, dy, went, _is_steep(ring.before, index), out)
            x, y = ring.before[index]
            now.append((x + dx, y + dy))
    for index, between in enumerate(ring.inserted):
        if between:
            x, y = now[index]
            last = now[(index + 1) % len(now)]
            for place, (next_x, next_y) in enumerate(between):
                out.add(_MORE + min(place, 2), 1)
                _write_insert(next_x - x, next_y - y, _Chord(last[0] - x, last[1] - y), out)
                x, y = next_x, next_y
        out.add(_MORE + min(len(between), 2), 0)
    write_number(out, ring.turn, _TURN)


class _Went:
    """How far the vertex before went, and how far off its own prediction that was."""

    __slots__ = ("off", "off_x", "off_y", "x", "y")

    def __init__(self, x: int, y: int) -> None:
        self.x, self.y = x, y
        self.off_x = self.off_y = 0
        self.off = 0

    def add(self, off_x: int, off_y: int) -> None:
        self.x += off_x
        self.y += off_y
        self.off_x, self.off_y = off_x, off_y
        self.off = min((abs(off_x) + abs(off_y)).bit_length(), _CLASSES - 1)


def _is_steep(corners: list[tuple[int, int]], index: int) -> bool:
    """Whether the outline runs more upright than level at a vertex of the base."""
    x0, y0 = corners[index - 1]
    x1, y1 = corners[(index + 1) % len(corners)]
    return abs(y1 - y0) > abs(x1 - x0)


def _write_move(dx: int, dy: int, went: _Went, is_steep: bool, out: BitList) -> None:
    off_x, off_y = dx - went.x, dy - went.y
    was_x, was_y = _sign(went.off_x), _sign(went.off_y)
    if is_steep:
        out.extend(*_off_bits(off_x, off_y, went.off, was_x, was_y))
    else:
        out.extend(*_off_bits(off_y, off_x, went.off, was_y, was_x))
    went.add(off_x, off_y)


# Most vertices go a little off their prediction, so what tells that is worked out once: a third of
# the time of a packet. So many take a few megabytes.
_REMEMBERED = 4096


@lru_cache(_REMEMBERED)
def _off_bits(
    across: int, along: int, off: int, was_across: int, was_along: int
) -> tuple[list[int], list[int]]:
    """Contexts and bits of how far a vertex goes off its prediction.

    `off` is the class of how far the one before did, `was_across` and `was_along` its signs.
    """
    out = BitList()
    length = _write_signed(across, _ACROSS + _ROW * off, 0, was_across, out)
    _write_signed(along, _ALONG + _ROW * (3 * off + min(length, 2)), 1, was_along, out)
    return out.contexts, out.bits


def _write_signed(value: int, contexts: int, axis: int, was: int, out: BitList) -> int:
    length = _write_length(abs(value), contexts, _LOWER + axis * _ROW, out)
    if value:
        out.add(_SIGN + 3 * axis + was, int(value < 0))
    return length


def _sign(value: int) -> int:
    return 0 if value == 0 else 1 if value > 0 else 2


def _write_length(value: int, contexts: int, lower: int, out: BitList) -> int:
    """A number whose highest bit below the leading one has a context too."""
    length = value.bit_length()
    for place in range(length):
        out.add(contexts + place, 1)
    if length < MOST_BITS:
        out.add(contexts + length, 0)
    if length > 1:
        out.add(lower + length, value >> length - 2 & 1)
        out.add_raw(value, length - 2)
    return length


class _Chord:
    """The way from a vertex to the next that lives on: a new one stands near it."""

    __slots__ = ("is_steep", "lean", "long", "main")

    def __init__(self, dx: int, dy: int) -> None:
        self.is_steep = abs(dy) > abs(dx)
        self.main, self.lean = (dy, dx) if self.is_steep else (dx, dy)
        self.long = min(abs(self.main).bit_length(), _CHORDS - 1)

    def aside(self, along: int) -> int:
        """How far the chord leans after a part of its way, rounded down."""
        return along * self.lean // self.main if self.main else 0


def _write_insert(dx: int, dy: int, chord: _Chord, out: BitList) -> None:
    along, aside = (dy, dx) if chord.is_steep else (dx, dy)
    aside -= chord.aside(along)
    if chord.main < 0:
        along = -along
    out.extend(*_way_bits(along, chord.long))
    out.extend(*_aside_bits(aside, chord.long, (chord.main < 0) ^ chord.is_steep))


@lru_cache(_REMEMBERED)
def _way_bits(along: int, long: int) -> tuple[list[int], list[int]]:
    """Contexts and bits of how far along a chord of this class a vertex comes."""
    out = BitList()
    length = abs(along).bit_length()
    contexts = _WAY + _ROW * long
    for place in range(length):
        out.add(contexts + place, 1)
    if length < MOST_BITS:
        out.add(contexts + length, 0)
    if length > 1:
        second = abs(along) >> length - 2 & 1
        out.add(_WAY_LOWER + 3 * length, second)
        if length > 2:
            out.add(_WAY_LOWER + 3 * length + 1 + second, abs(along) >> length - 3 & 1)
            out.add_raw(abs(along), length - 3)
    if along:
        out.add(_WAY_BACK, int(along < 0))
    return out.contexts, out.bits


@lru_cache(_REMEMBERED)
def _aside_bits(aside: int, long: int, is_mirrored: bool) -> tuple[list[int], list[int]]:
    """Contexts and bits of how far beside a chord of this class a vertex comes."""
    out = BitList()
    _write_length(abs(aside), _ASIDE + _ROW * long, _ASIDE_LOWER, out)
    if aside:
        out.add(_ASIDE_SIGN, int((aside < 0) ^ is_mirrored))
    return out.contexts, out.bits


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
        if reader.bit(_LIVES):
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
    if reader.bit(_NEW):
        for new_ring in polygons.read_polygon(reader, size, bits, most):
            total += len(new_ring)
            yield new_ring
    if total > MOST_VERTICES:
        raise WireError(f"an outline grows to {total} vertices; {MOST_VERTICES} is the most")


def _read_plain(reader: BitReader) -> int:
    value = read_number(reader, _SHARED)
    return -value if value and reader.bit(_SHARED_SIGN) else value


def _read_ring(
    reader: BitReader, before: list[tuple[int, int]], shared: tuple[int, int], most: int
) -> tuple[list[tuple[int, int]], int]:
    """Give the vertices of a ring of the base as they are now, and how many of them are new."""
    went = _Went(*shared)
    was_dropped = False
    living: list[tuple[int, int]] = []
    for index, (x, y) in enumerate(before):
        was_dropped = bool(reader.bit(_DROPPED + was_dropped))
        if not was_dropped:
            _read_move(reader, went, _is_steep(before, index))
            living.append((x + went.x, y + went.y))
    now: list[tuple[int, int]] = []
    count = 0
    for index, (x, y) in enumerate(living):
        now.append((x, y))
        last = living[(index + 1) % len(living)]
        place = 0
        while reader.bit(_MORE + min(place, 2)):
            count += 1
            place += 1
            if count > most:
                raise WireError("more new vertices than these bytes can tell")
            dx, dy = _read_insert(reader, _Chord(last[0] - x, last[1] - y))
            x, y = x + dx, y + dy
            now.append((x, y))
    turn = read_number(reader, _TURN)
    if turn >= max(len(now), 1):
        raise WireError(f"a ring of {len(now)} vertices starts at its vertex {turn}")
    return now[turn:] + now[:turn], count


def _read_move(reader: BitReader, went: _Went, is_steep: bool) -> None:
    was_across, was_along = (went.off_x, went.off_y) if is_steep else (went.off_y, went.off_x)
    across, length = _read_signed(reader, _ACROSS + _ROW * went.off, 0, was_across)
    row = 3 * went.off + min(length, 2)
    along, _ = _read_signed(reader, _ALONG + _ROW * row, 1, was_along)
    went.add(*((across, along) if is_steep else (along, across)))


def _read_signed(reader: BitReader, contexts: int, axis: int, before: int) -> tuple[int, int]:
    value, length = _read_length(reader, contexts, _LOWER + axis * _ROW)
    if value and reader.bit(_SIGN + 3 * axis + _sign(before)):
        value = -value
    return value, length


def _read_length(reader: BitReader, contexts: int, lower: int) -> tuple[int, int]:
    length = 0
    while length < MOST_BITS and reader.bit(contexts + length):
        length += 1
    if length < 2:
        return length, length
    value = 2 | reader.bit(lower + length)
    return value << length - 2 | reader.raw(length - 2), length


def _read_insert(reader: BitReader, chord: _Chord) -> tuple[int, int]:
    contexts = _WAY + _ROW * chord.long
    length = 0
    while length < MOST_BITS and reader.bit(contexts + length):
        length += 1
    along = length
    if length > 1:
        second = reader.bit(_WAY_LOWER + 3 * length)
        along = 2 | second
        if length > 2:
            along = 2 * along | reader.bit(_WAY_LOWER + 3 * length + 1 + second)
            along = along << length - 3 | reader.raw(length - 3)
    if along and reader.bit(_WAY_BACK):
        along = -along
    aside, _ = _read_length(reader, _ASIDE + _ROW * chord.long, _ASIDE_LOWER)
    if aside and bool(reader.bit(_ASIDE_SIGN)) ^ (chord.main < 0) ^ chord.is_steep:
        aside = -aside
    if chord.main < 0:
        along = -along
    aside += chord.aside(along)
    return (aside, along) if chord.is_steep else (along, aside)
