from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rtseg.models.mediapipe.windows import rounds, windows


@given(st.integers(64, 4000), st.integers(64, 4000), st.integers(0, 3))
def test_every_place_is_in_a_window_of_the_finest_level(
    width: int, height: int, levels: int
) -> None:
    found = windows(width, height, levels)
    finest = min(window.side_px for window in found)
    spots = np.random.default_rng(3).uniform(0, 1, (40, 2)) * (width, height)
    for x, y in spots:
        assert any(
            max(abs(x - w.x), abs(y - w.y)) <= w.side_px / 2 + 1e-6
            for w in found
            if w.side_px == finest
        )


def test_a_wide_picture() -> None:
    whole, *halves = windows(640, 360, 1)
    assert (whole.x, whole.y, whole.side_px) == (320, 180, 640)
    assert [(w.x, w.side_px) for w in halves] == [(180, 360), (320, 360), (460, 360)]
    assert {w.side_px for w in windows(640, 360, 3)} == {640, 360, 180, 90}


def test_a_square_picture_is_not_seen_whole_twice() -> None:
    assert len(windows(500, 500, 1)) == 1


@pytest.mark.parametrize("size", [(1, 1), (1, 700), (700, 1)])
def test_thin_pictures(size: tuple[int, int]) -> None:
    assert len(windows(*size, 3)) == 1, "a row of tiny squares shows nothing"


def test_a_round_sees_all_and_the_large_ones_often() -> None:
    found = windows(640, 360, 2)
    large, small = found[:4], found[4:]
    turns = rounds(large, small)
    assert set(turns) == set(found)
    assert all(turns.count(window) == 1 for window in small)
    assert all(turns.count(window) == 8 for window in large)
    assert all(set(turns[i : i + 6]) >= set(large) for i in range(len(turns) - 6))
    assert rounds(large, []) == large
