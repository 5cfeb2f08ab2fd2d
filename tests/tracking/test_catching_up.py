"""Catching up: a late word is led to the newest frame in few steps, however late it is."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from rtseg.geometry import iou
from rtseg.tracking.catching_up import _STEPS, _stops, caught_up
from rtseg.tracking.drift import EVERY_FRAMES
from rtseg.tracking.evidence import word_of
from rtseg.tracking.flow import identity_map
from rtseg.tracking.history import History
from rtseg.tracking.motion import Course
from rtseg.tracking.plate import Glimpse
from rtseg.tracking.ways import Ways
from rtseg.types import BoolMask
from tests.tracking.scenes import moving_disc

SIZE = 180, 320
STEP_PX = (3.0, 1.0)
HERE = identity_map(SIZE[::-1])


def watched(frames: int, *, err_px: float = 0.0) -> tuple[History, list[BoolMask]]:
    """Watch a disc, all of the picture said to move as it does, but for an error in x."""
    history, truth = History(64), []
    for t, (image, mask) in enumerate(moving_disc(frames, size=SIZE, step_px=STEP_PX)):
        picture = cv2.cvtColor(image, cv2.COLOR_BGR2LAB).astype(np.uint8)
        flow = HERE - np.add(STEP_PX, (err_px, 0))
        to_previous = flow.astype(np.float32) if t else None
        history.append(t, SIZE, Glimpse(picture, np.eye(3)), to_previous)
        truth.append(mask)
    return history, truth


@pytest.mark.parametrize("late", [1, 2, 5, 20])
def test_a_word_comes_to_where_its_object_is_now(late: int) -> None:
    history, truth = watched(late + 1)
    word = word_of(history[0], truth[0])
    belief, way = caught_up(1, word, Course(64), history, Ways())
    assert iou(belief.soft > 0.5, truth[-1]) > 0.9
    moved = belief.to_memory[:, 2] + belief.to_memory[:, :2] @ (160, 90) - (160, 90)
    assert np.abs(moved + np.multiply(STEP_PX, late)).max() < 1.5
    inside = (way - HERE)[truth[-1]]
    assert np.abs(np.median(inside, axis=0) + np.multiply(STEP_PX, late)).max() < 0.5


def test_the_objects_own_motion_of_the_first_leg_is_free_of_drift() -> None:
    history, truth = watched(7, err_px=0.5)
    belief, _ = caught_up(1, word_of(history[0], truth[0]), Course(64), history, Ways())
    moved = belief.to_memory[:, 2] + belief.to_memory[:, :2] @ (160, 90) - (160, 90)
    assert abs(moved[0] + 6 * STEP_PX[0] + 3 * 0.5) < 0.7, "the error of the second leg is left"


def test_a_word_of_the_newest_frame_is_the_belief() -> None:
    history, truth = watched(1)
    word = word_of(history[0], truth[0])
    belief, way = caught_up(1, word, Course(64), history, Ways())
    assert belief.soft is word.memory.mask
    assert np.array_equal(way, HERE)


@pytest.mark.parametrize("way", [0, 1, 2, 3, 12, 63])
def test_the_stops_are_few_and_end_with_the_newest(way: int) -> None:
    stops = _stops(100, 100 + way)
    assert len(stops) == (min(way, 1) if way < EVERY_FRAMES else _STEPS)
    assert stops == sorted(set(stops))
    assert all(100 < stop <= 100 + way for stop in stops)
    assert not stops or stops[-1] == 100 + way
