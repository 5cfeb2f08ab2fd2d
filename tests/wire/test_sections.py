"""Records 10 and 11: a coarse outline and its sections, in any order, are the fine one."""

from __future__ import annotations

import contextlib
import random
import tracemalloc
from functools import cache

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rtseg.errors import WireError
from rtseg.geometry import Path, fill, iou, path_iou, simplify, trace
from rtseg.types import BoolMask
from rtseg.wire import records, sections
from rtseg.wire.coded import write_polygons
from rtseg.wire.reading import read_records
from rtseg.wire.records import Outline
from rtseg.wire.refining import Refinement, refine
from rtseg.wire.sections import Piece, Refined
from rtseg.wire.varint import Reader, uint
from tests.geometry.mask_strategies import masks

Size = tuple[int, int]


def payload_of(record: bytes) -> memoryview:
    reader = Reader(record)
    reader.uint()
    return reader.take(reader.uint())


def in_one_piece(record: bytes, size: Size) -> Path:
    kind = record[0]
    if kind == records.OUTLINE:
        return records.read_outline(payload_of(record), size).path
    return records.read_coded(payload_of(record), size, is_walk=kind == records.WALK).path


def refined(path: Path, size: Size, room_bytes: int) -> tuple[Refinement, Path] | None:
    """An outline in pieces, and as a decoder has it from one piece."""
    outline = Outline(7, path, 200, 40)
    record = records.write_outline(outline, size)
    found = refine(outline, record, size, room_bytes)
    return None if found is None else (found, in_one_piece(record, size))


def numbered(found: Refinement, size: Size) -> tuple[Refined, list[tuple[int, Piece]]]:
    payload = payload_of(found.coarse)
    coarse = sections.read_coarse(payload, size)
    read = [sections.read_section(payload_of(one), coarse, size) for one in found.sections]
    return Refined(coarse, bytes(payload)), [one for one in read if one is not None]


def is_subsequence(few: np.ndarray, many: np.ndarray) -> bool:
    """Whether a ring has these vertices, in this order."""
    left = iter(many.tolist())
    return all(vertex in left for vertex in few.tolist())


def star(corners: int, radius: float, centre: tuple[float, float], seed: int) -> np.ndarray:
    dice = np.random.default_rng(seed)
    angle = -np.linspace(0, 2 * np.pi, corners, endpoint=False)
    reach = radius * dice.uniform(0.6, 1, corners)
    x, y = centre[0] + reach * np.cos(angle), centre[1] + reach * np.sin(angle)
    return np.rint(np.stack((x, y), axis=1)).astype(np.int32)


LARGE = 2160, 3840
SHAPES = {
    "a ragged star": (Path((star(900, 1000, (1900, 1080), 1),)), LARGE),
    "on a coarse lattice, up to the far edge": (
        Path((np.minimum(8 * star(700, 130, (200, 130), 2), (1595, 1080)),)),
        (1080, 1595),
    ),
    "many rings": (
        Path(
            tuple(
                star(9 + n % 50, 20, (30 + 50 * (n % 60), 30 + 50 * (n // 60)), n)
                for n in range(300)
            )
        ),
        LARGE,
    ),
    "noise": (trace(np.random.default_rng(5).random((90, 90)) > 0.5), (90, 90)),
    "checkers": (trace(np.indices((40, 40)).sum(axis=0) % 2 == 0), (40, 40)),
    "a comb": (trace(np.indices((200, 900))[1] % 2 == 0), (200, 900)),
}


@pytest.mark.parametrize("name", SHAPES)
@pytest.mark.parametrize("room_bytes", [500, 1120])
def test_all_sections_make_the_outline_of_one_piece(name: str, room_bytes: int) -> None:
    path, size = SHAPES[name]
    found = refined(path, size, room_bytes)
    assert found is not None
    (record, *_), whole = found
    now, pieces = numbered(found[0], size)
    for piece in found[0].sections:
        assert len(record) + len(piece) <= room_bytes
    assert len(pieces) == now.coarse.sections
    random.Random(name).shuffle(pieces)
    for number, piece in pieces:
        assert not now.is_fine
        assert now.outline().stage == "coarse"
        now.add(number, piece)
    assert now.is_fine
    assert now.outline().stage == "fine"
    assert now.path() == whole


@pytest.mark.parametrize("name", SHAPES)
def test_a_coarse_outline_says_how_good_it_is(name: str) -> None:
    path, size = SHAPES[name]
    found = refined(path, size, 1120)
    assert found is not None
    coarse, _ = numbered(found[0], size)
    agreement = iou(fill(coarse.path(), size), fill(path, size))
    assert coarse.coarse.agreement_u8 == int(255 * agreement)
    assert agreement == path_iou(coarse.path(), path)


@given(masks, st.sampled_from([0.97, 1.0]), st.integers(200, 500), st.randoms())
@settings(max_examples=60, deadline=None)
def test_any_sections_in_any_order(
    mask: BoolMask, min_iou: float, room_bytes: int, dice: random.Random
) -> None:
    path = simplify(trace(mask), mask, min_iou).path
    if path.is_empty:
        return
    size = mask.shape[0], mask.shape[1]
    found = refined(path, size, room_bytes)
    if found is None:
        return  # all of it is as small as a coarse outline
    now, pieces = numbered(found[0], size)
    coarse = now.coarse
    some = dice.sample(pieces, dice.randrange(len(pieces) + 1))
    for number, piece in some:
        now.add(number, piece)
    rings = iter(now.path().rings)
    # Each ring is one of the whole outline's, in its order, and has all the coarse one's vertices.
    fine = iter(found[1].rings)
    for ring in rings:
        assert any(is_subsequence(ring, other) for other in fine)
    assert now.is_fine == (len(some) == len(pieces))
    for ring in coarse.rings:
        assert any(is_subsequence(ring, other) for other in now.path().rings)


@cache
def small() -> tuple[Refinement, Size]:
    path, size = SHAPES["a ragged star"]
    found = refined(path, size, 500)
    assert found is not None
    return found[0], size


def section(number: int, form: int, ring: int, rest: bytes) -> memoryview:
    return payload_of(sections.write_section(7, number, form, ring, rest))


def test_a_form_that_is_not_known_is_skipped() -> None:
    found, size = small()
    coarse, _ = numbered(found, size)
    assert sections.read_section(section(0, 4, 9, b"anything"), coarse.coarse, size) is None


@pytest.mark.parametrize(
    ("number", "form", "ring", "rest"),
    [
        (10_000, 0, 0, b"\0\1"),
        (0, 0, 1, b"\0\1"),
        (0, 0, 0, b"\0\0"),
        (0, 0, 0, uint(10_000) + b"\1"),
        (0, 0, 0, b"\0" + uint(10_000)),
        (0, 1, 0, b"\0\1\0"),
        (0, 1, 0, b"\0\1" + uint(1 << 40)),
        (0, 1, 0, b"\0\1\5"),
        (0, 2, 2, b""),
        (0, 0, 0, b"\0"),
    ],
)
def test_a_section_that_does_not_fit_is_an_error(
    number: int, form: int, ring: int, rest: bytes
) -> None:
    found, size = small()
    coarse, _ = numbered(found, size)
    with pytest.raises(WireError):
        sections.read_section(section(number, form, ring, rest), coarse.coarse, size)


def test_no_edge_is_told_twice() -> None:
    found, size = small()
    refined, pieces = numbered(found, size)
    (one, first), (two, second), *_ = pieces
    refined.add(one, first)
    before = refined.path()
    with pytest.raises(WireError, match="told twice"):
        refined.add(one, second)
    with pytest.raises(WireError, match="two sections tell edge"):
        refined.add(two, first)
    assert refined.path() == before
    refined.add(two, second)


def test_joined_outlines_have_the_sections_of_both() -> None:
    found, size = small()
    (mine, pieces), (its, _) = numbered(found, size), numbered(found, size)
    everything, _ = numbered(found, size)
    for number, piece in pieces:
        (mine if number % 2 else its).add(number, piece)
        everything.add(number, piece)
    before = mine.path(), its.path()
    assert mine.joined(its).is_fine
    assert mine.joined(its).path() == everything.path()
    assert (mine.path(), its.path()) == before
    with pytest.raises(WireError, match="told twice"):
        mine.joined(mine)
    with pytest.raises(WireError, match="two coarse outlines"):
        mine.joined(Refined(its.coarse, b"another"))


def test_an_edge_that_is_told_twice_ends_the_reading() -> None:
    """Each section takes a time that its ring's length bounds, not its bytes: two are enough."""
    path, size = SHAPES["a ragged star"]
    bits = write_polygons(path.rings, 1, size)
    coarse = sections.Coarse(7, 255, 0, 0, sections=9, unit=1, rings=path.rings)
    every_edge = b"\0" + uint(len(path.rings[0]))
    again = [
        sections.write_section(7, number, sections.VERTICES, 0, every_edge) for number in (0, 1)
    ]
    no_section = sections.write_section(7, 99, sections.VERTICES, 0, b"")
    data = b"".join([sections.write_coarse(coarse, bits), *again, no_section])
    with pytest.raises(WireError, match="two sections tell edge 0 of ring 0"):
        read_records(Reader(data), 0, size, None)


@given(st.binary(max_size=300), st.booleans())
@settings(max_examples=100, deadline=None)
def test_any_bytes_decode_or_raise(data: bytes, is_coarse: bool) -> None:
    found, size = small()
    coarse, _ = numbered(found, size)
    tracemalloc.start()
    try:
        with contextlib.suppress(WireError):
            if is_coarse:
                sections.read_coarse(memoryview(data), size)
            else:
                read = sections.read_section(memoryview(b"\7\0" + data), coarse.coarse, size)
                if read is not None:
                    coarse.add(*read)
                    coarse.path()
        assert tracemalloc.get_traced_memory()[1] < 4_000_000
    finally:
        tracemalloc.stop()
