"""Noise without its finest parts: what is left can be outlined, and objects stay as they are."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from rtseg.errors import UsageError
from rtseg.geometry import trace
from rtseg.geometry.despeckling import despeckle
from rtseg.types import BoolMask
from tests.geometry.mask_strategies import EDGE_CASES, disc, masks


def corners(mask: BoolMask) -> int:
    return sum(len(ring) for ring in trace(mask).rings)


@given(masks, st.integers(4, 200))
def test_outlines_are_short_enough_or_the_mask_is_as_it_was(mask: BoolMask, most: int) -> None:
    was = mask.copy()
    calm = despeckle(mask, most)
    assert np.array_equal(mask, was)
    if corners(mask) <= most:
        assert calm is mask
    else:
        assert corners(calm) <= most


@given(masks)
def test_nothing_vanishes(mask: BoolMask) -> None:
    assume(mask.any())
    assert despeckle(mask, 4).any()


@pytest.mark.parametrize("share", [0.02, 0.3, 0.5, 0.9])
def test_noise_keeps_its_area_and_its_place(share: float) -> None:
    mask = np.zeros((400, 500), np.bool_)
    mask[100:300, 200:450] = np.random.default_rng(4).random((200, 250)) < share
    calm = despeckle(mask, 500)
    assert 0 < corners(calm) <= 500
    assert 0.5 * mask.sum() < calm.sum() < 2 * mask.sum()
    assert not calm[:100].any()
    assert not calm[:, :200].any()


def test_specks_go_and_the_object_stays() -> None:
    object_ = disc((300, 300), 150, 150, 80)
    specks = np.random.default_rng(2).random(object_.shape) < 0.03
    calm = despeckle(object_ ^ specks, 800)
    assert (calm & object_).sum() / (calm | object_).sum() > 0.9


def test_a_chessboard_is_noise() -> None:
    board = np.indices((100, 100)).sum(axis=0) % 2 == 0
    assert corners(despeckle(board, 400)) <= 400


@given(masks)
def test_corners_are_counted_as_those_of_the_outline(mask: BoolMask) -> None:
    count = corners(mask)
    assume(count > 4)
    assert despeckle(mask, count) is mask
    assert despeckle(mask, count - 1) is not mask


@pytest.mark.parametrize("name", EDGE_CASES)
def test_odd_masks(name: str) -> None:
    assert despeckle(EDGE_CASES[name]) is EDGE_CASES[name]


def test_what_is_no_mask() -> None:
    with pytest.raises(UsageError, match="uint8"):
        despeckle(np.zeros((4, 4), np.uint8))  # type: ignore[arg-type]
