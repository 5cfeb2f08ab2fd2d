"""Writing moves: docs/wire.md, "Moves"; `reading` is its mirror image."""

from __future__ import annotations

from functools import lru_cache

from rtseg.wire import polygons
from rtseg.wire.bits import BitList, write_length, write_number
from rtseg.wire.moves.between import Moves, RingMoves
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


def write_moves(moves: Moves, bits: tuple[int, int], out: BitList) -> None:
    """Add the bits of moves; `bits` of a column and a row of the frame."""
    every = [step for ring in moves.rings if ring is not None for step in ring.moves]
    shared = _median([dx for dx, _ in every]), _median([dy for _, dy in every])
    for step in shared:
        write_number(out, abs(step), SHARED)
        if step:
            out.add(SHARED_SIGN, int(step < 0))
    for ring in moves.rings:
        out.add(LIVES, int(ring is None))
        if ring is not None:
            _write_ring(ring, shared, out)
    out.add(NEW, int(bool(moves.new)))
    if moves.new:
        new = [[(x, y) for x, y in ring.tolist()] for ring in moves.new]
        polygons.write_polygon(new, bits, out)


def _median(values: list[int]) -> int:
    return sorted(values)[len(values) // 2]


def _write_ring(ring: RingMoves, shared: tuple[int, int], out: BitList) -> None:
    steps = iter(ring.moves)
    went = Went(*shared)
    was_dropped = False
    now: list[tuple[int, int]] = []
    for index, lives in enumerate(ring.lives):
        out.add(DROPPED + was_dropped, int(not lives))
        was_dropped = not lives
        if lives:
            dx, dy = next(steps)
            _write_move(dx, dy, went, is_steep_at(ring.before, index), out)
            x, y = ring.before[index]
            now.append((x + dx, y + dy))
    for index, between in enumerate(ring.inserted):
        if between:
            x, y = now[index]
            last = now[(index + 1) % len(now)]
            for place, (next_x, next_y) in enumerate(between):
                out.add(MORE + min(place, 2), 1)
                _write_insert(next_x - x, next_y - y, Chord(last[0] - x, last[1] - y), out)
                x, y = next_x, next_y
        out.add(MORE + min(len(between), 2), 0)
    write_number(out, ring.turn, TURN)


def _write_move(dx: int, dy: int, went: Went, is_steep: bool, out: BitList) -> None:
    off_x, off_y = dx - went.x, dy - went.y
    was_x, was_y = sign_of(went.off_x), sign_of(went.off_y)
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
    length = _write_signed(across, ACROSS + ROW * off, 0, was_across, out)
    _write_signed(along, ALONG + ROW * (3 * off + min(length, 2)), 1, was_along, out)
    return out.contexts, out.bits


def _write_signed(value: int, contexts: int, axis: int, was: int, out: BitList) -> int:
    length = _write_seconded(abs(value), contexts, LOWER + axis * ROW, out)
    if value:
        out.add(SIGN + 3 * axis + was, int(value < 0))
    return length


def _write_seconded(value: int, contexts: int, lower: int, out: BitList) -> int:
    """A number >= 0 whose highest bit below the leading one has a context too; give its length."""
    length = value.bit_length()
    write_length(out, length, contexts)
    if length > 1:
        out.add(lower + length, value >> length - 2 & 1)
        out.add_raw(value, length - 2)
    return length


def _write_insert(dx: int, dy: int, chord: Chord, out: BitList) -> None:
    way, aside = chord.told(dx, dy)
    out.extend(*polygons.part_bits(way, WAY + ROW * chord.long, WAY_LOWER, WAY_BACK))
    out.extend(*_aside_bits(aside, chord.long, chord.is_mirrored))


@lru_cache(_REMEMBERED)
def _aside_bits(aside: int, long: int, is_mirrored: bool) -> tuple[list[int], list[int]]:
    """Contexts and bits of how far beside a chord of this class a vertex comes."""
    out = BitList()
    _write_seconded(abs(aside), ASIDE + ROW * long, ASIDE_LOWER, out)
    if aside:
        out.add(ASIDE_SIGN, int((aside < 0) ^ is_mirrored))
    return out.contexts, out.bits
