from __future__ import annotations

import cv2
import numpy as np
import pytest
from hypothesis import given

from rtseg.errors import UsageError
from rtseg.geometry import Path, fill, trace
from rtseg.geometry.path import ring_area
from rtseg.types import BoolMask
from tests.geometry.mask_strategies import EDGE_CASES, masks, nested, square


def assert_is_outline_of(path: Path, mask: BoolMask) -> None:
    assert np.array_equal(fill(path, mask.shape), mask)
    assert path.area == np.count_nonzero(mask)
    for ring in path.rings:
        assert ring.dtype == np.int32
        sides = np.roll(ring, -1, axis=0) - ring
        is_level = sides[:, 1] == 0
        assert ((sides == 0).sum(axis=1) == 1).all(), "sides are level or upright"
        assert (is_level != np.roll(is_level, 1)).all(), "vertices are corners"


@given(masks)
def test_filling_an_outline_gives_the_mask(mask: BoolMask) -> None:
    assert_is_outline_of(trace(mask), mask)


def test_every_mask_of_three_by_four() -> None:
    bits = np.arange(2**12)[:, None] >> np.arange(12) & 1
    for mask in bits.astype(np.bool_).reshape(-1, 3, 4):
        assert_is_outline_of(trace(mask), mask)


@pytest.mark.parametrize("name", EDGE_CASES)
def test_edge_case(name: str) -> None:
    assert_is_outline_of(trace(EDGE_CASES[name]), EDGE_CASES[name])


@given(masks)
def test_an_outer_ring_for_each_part_and_a_ring_for_each_hole(mask: BoolMask) -> None:
    parts = cv2.connectedComponents(mask.astype(np.uint8), connectivity=8)[0] - 1
    outside = np.pad(~mask, 1, constant_values=True).astype(np.uint8)
    holes = cv2.connectedComponents(outside, connectivity=4)[0] - 2
    areas = [ring_area(ring) for ring in trace(mask).rings]
    assert sum(area > 0 for area in areas) == parts
    assert sum(area < 0 for area in areas) == holes


def test_one_pixel_is_the_square_of_the_wire_format() -> None:
    (ring,) = trace(square((9, 9), 3, 5, 4, 6)).rings
    assert ring.tolist() == [[3, 5], [3, 6], [4, 6], [4, 5]]


def test_holes_in_holes() -> None:
    areas = sorted(ring_area(ring) for ring in trace(nested()).rings)
    assert areas == [-169, -81, -25, 9, 49, 121, 225]


@pytest.mark.parametrize(
    "view",
    [lambda m: m.T, lambda m: m[::-1], lambda m: m[:, ::-1], lambda m: m[::2, 1::3]],
    ids=["transposed", "upside-down", "mirrored", "strided"],
)
def test_views_of_a_mask(view: object) -> None:
    mask = view(np.random.default_rng(5).random((23, 31)) > 0.4)  # type: ignore[operator]
    assert_is_outline_of(trace(mask), mask)


def test_the_mask_stays_as_it_was() -> None:
    mask = nested()
    mask.flags.writeable = False
    trace(mask)
    assert np.array_equal(mask, nested())


@pytest.mark.parametrize(
    "mask",
    [np.zeros((4, 4), np.uint8), np.zeros((4, 4, 1), np.bool_), np.zeros((2, 2), np.float32)],
)
def test_what_is_no_mask(mask: BoolMask) -> None:
    with pytest.raises(UsageError, match="bool array"):
        trace(mask)
