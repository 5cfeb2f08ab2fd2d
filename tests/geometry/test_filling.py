from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rtseg.errors import UsageError
from rtseg.geometry import Path, Ring, fill
from rtseg.geometry.scanlines import spans

HALF = Fraction(1, 2)
HEIGHT, WIDTH = 9, 11

vertices = st.tuples(st.integers(-6, WIDTH + 6), st.integers(-6, HEIGHT + 6))
rings = st.lists(vertices, min_size=3, max_size=9).map(lambda ring: np.array(ring, np.int32))
paths = st.lists(rings, max_size=3).map(lambda each: Path(tuple(each)))


def winding(path: Path, x: Fraction, y: Fraction) -> int:
    """Winding number at a point, by a ray to the left, in exact arithmetic."""
    total = 0
    for ring in path.rings:
        points = ring.tolist()
        for (ax, ay), (bx, by) in zip(points, points[1:] + points[:1], strict=True):
            if (ay <= y) != (by <= y):
                crossing = ax + (y - ay) * (bx - ax) / (by - ay)
                if crossing <= x:
                    total += 1 if by > ay else -1
    return total


@given(paths)
@settings(max_examples=150)
def test_a_pixel_is_painted_where_its_centre_winds(path: Path) -> None:
    expected = [
        [winding(path, x + HALF, y + HALF) != 0 for x in range(WIDTH)] for y in range(HEIGHT)
    ]
    assert fill(path, (HEIGHT, WIDTH)).tolist() == expected


@given(paths.filter(lambda path: not path.is_empty))
def test_spans_are_what_fill_paints(path: Path) -> None:
    painted = np.zeros((HEIGHT, WIDTH), np.int64)
    for row, start, stop in zip(*spans(path.rings, (0, 0, WIDTH, HEIGHT)), strict=True):
        painted[row, start:stop] += 1
    assert np.array_equal(painted, fill(path, (HEIGHT, WIDTH)))


def path_of(*rings: list[tuple[int, int]]) -> Path:
    return Path(tuple(np.array(ring, np.int32) for ring in rings))


def test_shapes_that_share_an_edge_share_no_pixel() -> None:
    corners = (0, 0), (7, 9), (7, 0), (0, 9)
    below = fill(path_of([corners[0], corners[3], corners[1]]), (9, 7))
    above = fill(path_of([corners[0], corners[1], corners[2]]), (9, 7))
    assert (below ^ above).all()


def test_overlap_of_two_outer_rings_is_inside() -> None:
    square: list[tuple[int, int]] = [(1, 1), (1, 5), (5, 5), (5, 1)]
    shifted = [(x + 2, y + 2) for x, y in square]
    assert fill(path_of(square, shifted), (8, 8)).sum() == 16 + 16 - 4
    assert fill(path_of(square, shifted[::-1]), (8, 8)).sum() == 16 + 16 - 8


def test_far_outside_the_frame() -> None:
    far = 2**30
    everything = path_of([(-far, -far), (-far, far), (far, far), (far, -far)])
    assert fill(everything, (3, 4)).all()
    beside: Ring = everything.rings[0] // 4 + np.array([far, 0], np.int32)
    assert not fill(Path((beside,)), (3, 4)).any()


def test_frames_without_pixels() -> None:
    square = path_of([(0, 0), (0, 5), (5, 5), (5, 0)])
    assert fill(square, (0, 4)).shape == (0, 4)
    assert fill(square, (4, 0)).shape == (4, 0)
    assert not fill(Path(), (4, 4)).any()


def test_negative_frame() -> None:
    with pytest.raises(UsageError, match="-1"):
        fill(Path(), (4, -1))
