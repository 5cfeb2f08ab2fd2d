"""Ways back to frames of evidence: led on step by step, and no more of them than are needed."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from rtseg.tracking.drift import EVERY_FRAMES
from rtseg.tracking.flow import identity_map
from rtseg.tracking.history import History
from rtseg.tracking.plate import Glimpse
from rtseg.tracking.ways import Ways
from tests.tracking.scenes import texture

WIDTH, HEIGHT = 160, 96
HERE = identity_map((WIDTH, HEIGHT))
SCENE = texture(HEIGHT, 2 * WIDTH, 4)


def seen(history: History, left: int, by: float | None) -> None:
    """Append what a camera sees from `left` on, and flow that says it went `by` pixels."""
    view = np.ascontiguousarray(SCENE[:, left : left + WIDTH])
    picture = cv2.cvtColor(view, cv2.COLOR_BGR2LAB).astype(np.uint8)
    to_previous = None if by is None else np.add(HERE, (by, 0), dtype=np.float32)
    history.append(left, (HEIGHT, WIDTH), Glimpse(picture, None), to_previous)


def nobody() -> np.ndarray:
    return np.zeros((HEIGHT, WIDTH), np.float32)


def test_steps_add_up_where_nothing_is_followed() -> None:
    history, ways = History(8), Ways()
    seen(history, 0, None)
    ways.note(0, HERE)
    for t in range(1, 5):
        seen(history, 2 * t, 1.5)
        ways.carry_on(history, {0: [nobody()]})
    way = ways.to(0)
    assert way is not None
    assert np.allclose((way - HERE)[:, :-8], (6, 0))


@pytest.mark.parametrize("age", [EVERY_FRAMES - 1, 2 * EVERY_FRAMES])
def test_what_flow_errs_is_taken_out_around_what_is_followed(age: int) -> None:
    history, ways = History(8), Ways()
    seen(history, 0, None)
    ways.note(0, HERE)
    there = nobody()
    there[30:60, 50:90] = 1
    for t in range(1, age + 1):
        seen(history, 2 * t, 1.5)
        ways.carry_on(history, {0: [there]})
        if t < EVERY_FRAMES:
            before = ways.to(0)
            assert before is not None
            assert np.allclose(
                before[35:55, 55:85], (HERE + np.float32((1.5 * t, 0)))[35:55, 55:85]
            )
            ways.settle(history, {0: [there]})
    way = ways.to(0)
    assert way is not None
    shift = (way - HERE)[35:55, 55:85]
    assert np.abs(shift - (2 * age, 0)).max() < 0.5
    assert np.allclose((way - HERE)[:5, :5], (1.5 * age, 0)), "nothing is followed there"


def test_only_ways_to_frames_that_are_needed_and_kept_are_led_on() -> None:
    history, ways = History(3), Ways()
    for t in range(3):
        seen(history, t, 1 if t else None)
        ways.note(t, HERE)
    ways.carry_on(history, {1: [nobody()], 2: [nobody()]})
    assert ways.to(0) is None
    assert len(ways) == 2
    seen(history, 3, 1)
    seen(history, 4, 1)
    ways.carry_on(history, {1: [nobody()], 2: [nobody()]})
    assert ways.to(1) is None, "its frame is forgotten"
    assert len(ways) == 1


def test_a_way_that_was_led_on_is_not_replaced() -> None:
    ways = Ways()
    ways.note(0, HERE)
    ways.note(0, HERE + np.float32(1))
    assert ways.to(0) is HERE
    ways.clear()
    assert ways.to(0) is None


@pytest.mark.parametrize("index", [0, 7])
def test_nowhere_leads_no_way(index: int) -> None:
    assert Ways().to(index) is None
