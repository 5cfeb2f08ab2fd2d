"""Boxes go where what is inside them goes."""

from __future__ import annotations

import numpy as np
import pytest

from rtseg.tracking import Tracker
from rtseg.tracking.boxes import lead
from rtseg.tracking.flow import BackwardMap, identity_map
from rtseg.types import Box, Image

SIZE = 160, 90


def shifted(dx: float, dy: float, *, inside: tuple[int, int, int, int]) -> BackwardMap:
    """What is at these columns and rows came from so far away; the rest stood still."""
    found = identity_map(SIZE)
    x0, y0, x1, y1 = inside
    found[y0:y1, x0:x1] -= np.float32((dx, dy))
    return found


def test_a_box_goes_with_its_middle_and_not_with_the_background() -> None:
    box = Box(0.25, 0.25, 0.5, 0.75)
    moved = lead(box, [shifted(8, -9, inside=(45, 25, 80, 65))])
    assert moved is not None
    assert moved.x_min == pytest.approx(0.25 + 8 / 160)
    assert moved.y_max == pytest.approx(0.75 - 9 / 90)
    assert lead(box, []) == box


def test_a_box_is_cut_off_at_the_edge_and_gone_beyond_it() -> None:
    box = Box(0.75, 0.25, 0.95, 0.75)
    way = [shifted(16, 0, inside=(0, 0, 160, 90))]
    cut = lead(box, way)
    assert cut is not None
    assert (cut.x_min, cut.x_max) == (pytest.approx(0.85), 1.0)
    assert lead(box, 5 * way) is None


def test_the_tracker_knows_the_way_from_the_frames_that_it_keeps() -> None:
    def picture(x: int) -> Image:
        dice = np.random.default_rng(1)
        image = np.full((90, 160, 3), 90, np.uint8)
        image[30:70, x : x + 40] = dice.integers(0, 255, (40, 40, 1), dtype=np.uint8)
        return image

    tracker = Tracker(history_frames=4)
    box = Box(20 / 160, 30 / 90, 60 / 160, 70 / 90)
    for n in range(4):
        tracker.step(100 + n, picture(20 + 4 * n))
    moved = tracker.lead(100, box)
    assert moved is not None
    assert moved.x_min * 160 == pytest.approx(32, abs=1.5)
    assert tracker.lead(103, box) == box
    tracker.step(104, picture(36))
    assert tracker.lead(100, box) is None
