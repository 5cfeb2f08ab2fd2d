"""What lives on and what trembles: laws, and cases that can be reckoned by hand."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from rtseg.errors import UsageError
from rtseg.geometry import Path, simplify, trace
from rtseg.geometry.temporal import (
    Flow,
    carried,
    jitter_px,
    lives_on,
    may_live_on,
    vertex_persistence,
)
from rtseg.types import BoolMask
from tests.geometry.mask_strategies import blobs, disc, square

SHAPE = 120, 160
TRIANGLE = np.array([(60, 40), (30, 80), (90, 80)], np.int32)
ways = st.tuples(st.integers(-30, 30), st.integers(-30, 30))


def uniform(x: float, y: float, shape: tuple[int, int] = SHAPE) -> Flow:
    flow = np.zeros((*shape, 2), np.float32)
    flow[:] = x, y
    return flow


def moved(path: Path, x: int, y: int) -> Path:
    return Path(tuple(ring + np.array((x, y), np.int32) for ring in path.rings))


@given(blobs(), ways)
def test_what_goes_with_the_flow_lives_on_and_does_not_jitter(
    mask: BoolMask, way: tuple[int, int]
) -> None:
    assume(mask.any())
    path = simplify(trace(mask), mask, 0.97).path
    assume(not path.is_empty)
    flow, after = uniform(*way), moved(path, *way)
    assert vertex_persistence(path, after, flow) == 1
    assert vertex_persistence(path, after, flow, reach_px=0) == 1
    assert jitter_px(path, after, flow) == pytest.approx(0, abs=1e-9)


@given(ways)
def test_what_stays_against_the_flow_does_not(way: tuple[int, int]) -> None:
    assume(np.hypot(*way) > 2)
    path = Path((TRIANGLE,))
    assert vertex_persistence(path, path, uniform(*way)) == 0
    assert jitter_px(path, path, uniform(*way)) > 0
    assert vertex_persistence(path, path) == 1
    assert jitter_px(path, path) == pytest.approx(0, abs=1e-9)


@given(blobs(), blobs(), st.integers(0, 2**32))
def test_a_mirrored_picture_measures_the_same(mask: BoolMask, other: BoolMask, seed: int) -> None:
    """A vertex lies between four pixels; none of them is preferred."""
    height, width = mask.shape
    assume(mask.any() and other.any())
    before, after = trace(mask), trace(other)
    flow = np.random.default_rng(seed).normal(0, 3, (height, width, 2)).astype(np.float32)
    turned = Path(tuple((width, 0) + ring * (-1, 1) for ring in before.rings))
    turned_after = Path(tuple((width, 0) + ring * (-1, 1) for ring in after.rings))
    turned_flow = flow[:, ::-1] * (-1, 1)
    assert jitter_px(turned, turned_after, turned_flow) == pytest.approx(
        jitter_px(before, after, flow), rel=1e-6
    )
    assert vertex_persistence(turned, turned_after, turned_flow, reach_px=2.0001) == (
        vertex_persistence(before, after, flow, reach_px=2.0001)
    )


def test_points_between_pixels_go_as_all_of_them_do() -> None:
    flow = np.zeros((2, 2, 2), np.float16)
    flow[:, 1, 0] = 4
    flow[1, :, 1] = 8
    places = np.array([(1, 1), (0.5, 0.5), (1.5, 1.5), (0, 0), (2, 0), (50, -50)])
    assert (carried(places, flow) - places).tolist() == [
        [2, 4],
        [0, 0],
        [4, 8],
        [0, 0],
        [4, 0],
        [4, 0],
    ]
    assert carried([(3, 4)], None).tolist() == [[3, 4]]


def test_which_vertices_live_on() -> None:
    after = TRIANGLE + np.array([(2, 0), (0, 3), (0, 0)])
    path = Path((TRIANGLE,))
    assert lives_on(path, Path((after,))).tolist() == [True, False, True]
    assert lives_on(path, Path((after,)), reach_px=1.9).tolist() == [False, False, True]
    assert vertex_persistence(path, Path((after,))) == pytest.approx(2 / 3)
    # The same line with other vertices: none lives on, and nothing jitters.
    thirds = (TRIANGLE * 2 + np.roll(TRIANGLE, -1, axis=0)) // 3
    both = np.stack((thirds, np.roll(TRIANGLE, -1, axis=0)), axis=1).reshape(-1, 2)
    assert vertex_persistence(Path((both,)), path) == 0.5
    assert jitter_px(Path((both,)), path) == pytest.approx(0, abs=0.4)


def test_jitter_is_a_distance_in_pixels() -> None:
    near, far = trace(disc(SHAPE, 80, 60, 30)), trace(disc(SHAPE, 80, 60, 34))
    jitter = jitter_px(near, far)
    assert jitter is not None
    assert 3.5 < jitter < 4.5
    assert jitter_px(near, trace(disc(SHAPE, 83, 60, 30)), uniform(3, 0)) == 0


def test_where_the_flow_may_lead() -> None:
    mask = square(SHAPE, 30, 30, 60, 60)
    path = trace(mask)
    assert may_live_on(path, square(SHAPE, 32, 30, 62, 60), uniform(2, 0)).all()
    # Along a side: no vertex of its own is there, but one could be.
    assert may_live_on(path, square(SHAPE, 0, 30, 90, 60), uniform(3, 0)).all()
    assert not lives_on(path, trace(square(SHAPE, 0, 30, 90, 60)), uniform(3, 0)).any()
    assert not may_live_on(path, square(SHAPE, 0, 0, 90, 90), uniform(3, 0)).any()


@given(blobs(), blobs())
def test_no_more_live_on_than_may(mask: BoolMask, after: BoolMask) -> None:
    before = trace(mask)
    assert (lives_on(before, trace(after)) <= may_live_on(before, after)).all()


def test_what_comes_and_goes() -> None:
    path, nothing = Path((TRIANGLE,)), Path()
    assert vertex_persistence(nothing, path) == 1
    assert vertex_persistence(path, nothing) == 0
    assert jitter_px(nothing, path) is None
    assert jitter_px(path, nothing) is None
    assert not may_live_on(path, np.zeros(SHAPE, np.bool_)).any()
    assert lives_on(nothing, nothing).shape == (0,)


@pytest.mark.parametrize("shape", [(4, 5), (4, 5, 3), (0, 5, 2)])
def test_what_is_no_flow(shape: tuple[int, ...]) -> None:
    with pytest.raises(UsageError, match=r"\(H, W, 2\)"):
        carried([(0, 0)], np.zeros(shape, np.float32))
