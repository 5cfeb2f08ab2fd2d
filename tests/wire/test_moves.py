"""Outlines whose vertices move: what is told of them is what is read."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rtseg.errors import WireError
from rtseg.geometry import Path, Ring, trace
from rtseg.wire import moves
from rtseg.wire.arithmetic import HALF, BitReader, encode_bits
from rtseg.wire.bits import BitList
from rtseg.wire.coded import read_rings, write_rings

WIDTH, HEIGHT = 320, 240
SIZE = HEIGHT, WIDTH
BITS = WIDTH.bit_length(), HEIGHT.bit_length()
CHANCES = [HALF] * moves.CONTEXTS

places = st.tuples(st.integers(0, WIDTH), st.integers(0, HEIGHT))


def path_of(rings: list[list[tuple[int, int, int]]]) -> Path:
    """Make a path of (x, y, id)."""
    arrays = [np.array(ring, np.int64) for ring in rings]
    return Path(
        tuple(array[:, :2].astype(np.int32) for array in arrays),
        tuple(array[:, 2] for array in arrays),
    )


@st.composite
def pairs(draw: st.DrawFn) -> tuple[Path, Path]:
    """Two outlines of which the second has some vertices of the first, in any order."""
    sizes = draw(st.lists(st.integers(3, 8), min_size=1, max_size=3))
    start = np.cumsum([0, *sizes]).tolist()
    before = [
        [(*draw(places), start[at] + index) for index in range(size)]
        for at, size in enumerate(sizes)
    ]
    after = []
    for at in range(draw(st.integers(1, 4))):
        shared = draw(st.lists(st.sampled_from(range(start[-1])), unique=True, max_size=6))
        known = sorted(shared) if draw(st.booleans()) else shared
        ids = list(known)
        for new in range(max(3 - len(ids), 0) + draw(st.integers(0, 3))):
            ids.insert(draw(st.integers(0, len(ids))), 1000 * (at + 1) + new)
        after.append([(*draw(places), vertex) for vertex in ids])
    return path_of(before), path_of(after)


def told(before: Path, after: Path) -> tuple[Ring, ...] | None:
    """Send one path to whoever has the other."""
    found = moves.moves_between(before, after)
    if found is None:
        return None
    bits = BitList()
    moves.write_moves(found, BITS, bits)
    data = encode_bits(bits.contexts, bits.bits, list(CHANCES))
    reader = BitReader(data, list(CHANCES))
    return tuple(moves.read_moves(reader, before.rings, SIZE, BITS, 1000))


@given(pairs())
@settings(deadline=None)
def test_what_is_told_is_what_is_read(pair: tuple[Path, Path]) -> None:
    before, after = pair
    read = told(before, after)
    assert read is None or Path(read) == after


@given(pairs(), st.binary(max_size=200))
@settings(deadline=None)
def test_any_bytes_are_rings_inside_the_frame_or_an_error(
    pair: tuple[Path, Path], data: bytes
) -> None:
    reader = BitReader(data, list(CHANCES))
    try:
        rings = list(moves.read_moves(reader, pair[0].rings, SIZE, BITS, 300))
    except WireError:
        return
    assert sum(len(ring) for ring in rings) <= 300 + sum(len(ring) for ring in pair[0].rings)
    for ring in rings:
        assert len(ring) >= 3
        assert (ring >= 0).all()
        assert (ring <= (WIDTH, HEIGHT)).all()


SQUARE = [(10, 10, 1), (10, 60, 2), (60, 60, 3), (60, 10, 4)]


@pytest.mark.parametrize(
    "after",
    [
        SQUARE,
        [(x + 3, y - 2, vertex) for x, y, vertex in SQUARE],
        SQUARE[2:] + SQUARE[:2],
        [SQUARE[0], SQUARE[1], (35, 64, 9), SQUARE[2]],
        [(35, 64, 9), *SQUARE[2:], SQUARE[0]],
        [*SQUARE[:3], (64, 35, 8), SQUARE[3], (35, 6, 9)],
    ],
)
def test_vertices_move_go_come_and_turn(after: list[tuple[int, int, int]]) -> None:
    read = told(path_of([SQUARE]), path_of([after]))
    assert read is not None
    assert Path(read) == path_of([after])


def test_rings_go_and_come() -> None:
    other = [(100 + x, y, 10 + vertex) for x, y, vertex in SQUARE]
    third = [(200 + x, y, 20 + vertex) for x, y, vertex in SQUARE]
    before, after = path_of([SQUARE, other]), path_of([other, third])
    assert Path(told(before, after) or ()) == after


def test_nothing_that_lives_on_is_nothing_to_tell() -> None:
    other = [(x, y, 10 + vertex) for x, y, vertex in SQUARE]
    assert told(path_of([SQUARE]), path_of([other])) is None
    assert told(Path(path_of([SQUARE]).rings), path_of([SQUARE])) is None


def test_more_new_vertices_than_bytes_may_tell_are_refused() -> None:
    many = [(20, 20 + at % 30, 100 + at) for at in range(40)]
    found = moves.moves_between(path_of([SQUARE]), path_of([[*SQUARE, *many]]))
    assert found is not None
    assert moves.new_vertices(found) == 40
    bits = BitList()
    moves.write_moves(found, BITS, bits)
    data = encode_bits(bits.contexts, bits.bits, list(CHANCES))
    for most, is_told in ((40, True), (39, False)):
        reader = BitReader(data, list(CHANCES))
        rings = moves.read_moves(reader, path_of([SQUARE]).rings, SIZE, BITS, most)
        if is_told:
            assert len(next(iter(rings))) == 44
        else:
            with pytest.raises(WireError, match="more new vertices"):
                list(rings)


def test_an_outline_that_others_build_upon_is_no_walk_that_starts_elsewhere() -> None:
    stairs = trace(np.hypot(*np.mgrid[-20:21, -20:21]) < 18).rings[0]
    ids = np.arange(len(stairs))
    for turn in range(0, len(stairs), 7):
        path = Path((np.roll(stairs, turn, axis=0),), (np.roll(ids, turn),))
        coded = write_rings(path, SIZE)
        assert coded is not None
        assert Path(read_rings(memoryview(coded.data), SIZE, is_walk=coded.is_walk)) == path
