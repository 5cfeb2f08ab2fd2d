"""Records 4 and 5: what is coded comes back, and costs no more than it should."""

from __future__ import annotations

import contextlib
import tracemalloc

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rtseg.errors import WireError
from rtseg.geometry import Path, simplify, trace
from rtseg.types import BoolMask
from rtseg.wire import coded, moves, polygons, priors, walks
from rtseg.wire.arithmetic import BitReader, encode_bits
from tests.geometry.mask_strategies import EDGE_CASES, disc, masks


def round_trip(path: Path, size: tuple[int, int]) -> Path:
    data = coded.write_rings(path, size)
    assert data is not None
    return Path(coded.read_rings(memoryview(data.data), size, is_walk=data.is_walk))


def from_its_least(path: Path) -> list[list[tuple[int, int]]]:
    """Turn each ring to its least rotation: where a ring starts is not told by a walk."""
    rings = []
    for ring in path.rings:
        points = [(int(x), int(y)) for x, y in ring]
        rings.append(min(points[n:] + points[:n] for n in range(len(points))))
    return rings


@given(masks, st.sampled_from([0.9, 0.97, 1.0]), st.integers(1, 7))
@settings(max_examples=60, deadline=None)
def test_outlines_come_back(mask: BoolMask, min_iou: float, unit: int) -> None:
    path = simplify(trace(mask), mask, min_iou).path
    if path.is_empty:
        return
    height, width = mask.shape
    assert from_its_least(round_trip(path, (height, width))) == from_its_least(path)
    large = Path(tuple(unit * ring for ring in path.rings))
    back = round_trip(large, (unit * height, unit * width))
    assert from_its_least(back) == from_its_least(large)
    # The far edges of a frame are on every lattice.
    cut = Path(
        tuple(np.minimum(ring, (width * unit - 1, height * unit - 1)) for ring in large.rings)
    )
    back = round_trip(cut, (unit * height - 1, unit * width - 1))
    assert from_its_least(back) == from_its_least(cut)


@given(st.lists(st.tuples(st.integers(-1, 5), st.integers(0, 1))))
def test_bits_come_back(pairs: list[tuple[int, int]]) -> None:
    contexts, bits = [pair[0] for pair in pairs], [pair[1] for pair in pairs]
    start = [1, 4095, 2048, 30, 16, 4080]
    data = encode_bits(contexts, bits, list(start))
    reader = BitReader(data, list(start))
    assert [reader.raw(1) if context < 0 else reader.bit(context) for context in contexts] == bits
    assert not data.endswith(b"\0")


def test_a_carry_runs_through_many_bytes() -> None:
    # A long run of what is likeliest at the top of the span, then the one bit that overflows it.
    for length in range(200):
        contexts, bits = [0] * length + [-1] * 40, [1] * length + [1] * 39 + [0]
        reader = BitReader(encode_bits(contexts, bits, [1]), [1])
        assert [reader.bit(0) for _ in range(length)] == bits[:length]
        assert reader.raw(40) == (1 << 40) - 2


@pytest.mark.parametrize("name", EDGE_CASES)
def test_edge_cases_as_walks(name: str) -> None:
    path = trace(EDGE_CASES[name])
    ways = walks.walk(path)
    assert ways is not None
    assert sum(len(each.moves) + 1 for each in ways) == sum(
        np.abs(ring - np.roll(ring, 1, axis=0)).sum() for ring in path.rings
    )


def test_what_is_no_walk() -> None:
    slanted = np.array([(0, 0), (0, 5), (5, 4)], np.int32)
    straight = np.array([(0, 0), (0, 2), (0, 5), (5, 5), (5, 0)], np.int32)
    still = np.array([(0, 0), (0, 5), (0, 5), (5, 5), (5, 0)], np.int32)
    twice = [(0, 0), (0, 1), (1, 1), (1, 0), (0, 0), (0, 2), (2, 2), (2, 0)]
    for ring in (slanted, straight, still, np.array(twice, np.int32)):
        assert walks.walk(Path((ring,))) is None


def test_a_mirrored_shape_costs_the_same() -> None:
    rng = np.random.default_rng(4)
    mask = cv2.GaussianBlur(rng.random((200, 200)), (0, 0), 6) > 0.5
    path, mirrored = trace(mask), trace(np.ascontiguousarray(mask[:, ::-1]))
    found = [coded.write_rings(each, mask.shape) for each in (path, mirrored)]
    sizes = [len(each.data) for each in found if each]
    assert abs(sizes[0] - sizes[1]) <= 0.03 * sizes[0]


def test_a_disc_costs_little() -> None:
    mask = disc((480, 640), 320, 240, 150)
    exact = coded.write_rings(trace(mask), mask.shape)
    assert exact is not None
    assert len(exact.data) < 110  # 1200 steps: less than three quarters of a bit for each


def test_tables_have_a_chance_for_each_context() -> None:
    assert len(priors.WALK) == walks.CONTEXTS
    assert len(priors.POLYGON) == polygons.CONTEXTS
    assert len(priors.POLYGON + priors.MOVES) == moves.CONTEXTS
    every = priors.WALK + priors.POLYGON + priors.MOVES
    assert all(16 <= chance <= 4080 for chance in every)


@pytest.mark.parametrize("is_walk", [False, True])
def test_few_bytes_cannot_ask_for_much(is_walk: bool) -> None:
    rng = np.random.default_rng(7)
    for fill in (b"\0", b"\xff", b"\x80"):
        for _ in range(20):
            data = b"\1" + rng.bytes(12) + fill * 400
            tracemalloc.start()
            with contextlib.suppress(WireError):
                coded.read_rings(memoryview(data), (65535, 65535), is_walk=is_walk)
            peak = tracemalloc.get_traced_memory()[1]
            tracemalloc.stop()
            assert peak < 2_000_000
