"""The recent past: motion over any span is the chain of the motions between neighbours."""

from __future__ import annotations

import numpy as np
import pytest

from rtseg.tracking.flow import BackwardMap, compose, identity_map
from rtseg.tracking.history import History
from rtseg.tracking.plate import Glimpse

WIDTH, HEIGHT = 48, 32
STILL = identity_map((WIDTH, HEIGHT))
GLIMPSE = Glimpse(np.zeros((HEIGHT, WIDTH, 3), np.uint8), None)


def moves(count: int) -> list[BackwardMap | None]:
    """Smooth motions, another one for each frame; none leads from the first."""
    rng = np.random.default_rng(7)
    shifts = rng.uniform(0.4, 0.7, (count, 2)).astype(np.float32)
    shifts[::2] *= -1  # so that they do not add up beyond the picture
    wave = 0.1 * np.sin(STILL / 9).astype(np.float32)
    return [
        None,
        *((STILL + shift + wave * np.float32(t % 3 - 1)) for t, shift in enumerate(shifts)),
    ]


def filled(longest: int, count: int) -> tuple[History, list[BackwardMap | None]]:
    history, given = History(longest), moves(count)
    for t, to_previous in enumerate(given):
        history.append(1000 + t, (320, 480), GLIMPSE, to_previous)
        history.settle()
    return history, given


@pytest.mark.parametrize("span", [0, 1, 2, 3, 4, 5, 7, 16, 19, 33, 63])
@pytest.mark.parametrize("newer", [63, 66, 70])
def test_motion_over_a_span_is_the_chain_of_its_steps(newer: int, span: int) -> None:
    history, given = filled(64, 70)
    older = newer - span
    if older not in history:
        pytest.skip("this long ago is forgotten")
    chained = STILL
    for index in range(older + 1, newer + 1):
        step = given[index]
        assert step is not None
        chained = compose(step, chained)
    # Away from the edges, where each way of chaining cuts off a little differently. OpenCV samples
    # at whole 32nds of a pixel: over 60 steps that adds up to something, but not to a step.
    inner = np.s_[10:-10, 10:-10]
    assert np.abs(history.motion(newer, older) - chained)[inner].max() < 0.25


def test_motion_stays_in_the_picture() -> None:
    history = History(8)
    history.append(0, (320, 480), GLIMPSE, None)
    history.append(1, (320, 480), GLIMPSE, STILL - np.float32(5))
    motion = history.motion(1, 0)
    assert motion.min() == 0
    assert motion[20, 20].tolist() == [15, 15]


def test_a_long_way_takes_few_chained_maps() -> None:
    history, _ = filled(64, 200)
    for newer in range(190, 200):
        at, jumps = newer, 0
        while at > newer - 50:
            longest = max(s for s, _ in zip((1, 4, 16), history[at].jumps, strict=False))
            at -= longest
            jumps += 1
        assert jumps <= 14


def test_frames_are_found_by_name_and_forgotten_in_order() -> None:
    history, _ = filled(4, 9)
    past = history.find(1007)
    assert past is not None
    assert past.index == 7
    assert history.find(1005) is None
    assert len(history) == 4
    assert 6 in history
    assert 5 not in history
    with pytest.raises(IndexError, match="no frame 5"):
        history[5]
    assert len(list(history.forth_from(7))) == 2


def test_numbers_go_on_after_forgetting_all() -> None:
    history, _ = filled(4, 9)
    history.clear()
    assert len(history) == 0
    assert 9 not in history
    assert history.append(5, (320, 480), GLIMPSE, None).index == 10


def test_the_background_is_asked_once_evidence_is_old_enough() -> None:
    history = History(8, plate_after=3)
    size = 24, 32
    picture = np.zeros((*size, 3), np.uint8)
    for t in range(4):
        nowhere = {1: np.zeros(size, np.uint8)}
        glimpse = Glimpse(picture, np.eye(3), nowhere, {1}, is_fitted=True)
        history.append(t, size, glimpse, identity_map(size[::-1]) if t else None)
    assert history.views_behind(1, 1) == []
    assert history.views_behind(1, 0)


def watching(frames: int) -> History:
    """Frames from a camera that turns by two pixels each time, with an object in a corner."""
    history = History(64)
    there = np.zeros((96, 160), np.uint8)
    there[:8, :8] = 255
    picture = np.zeros((96, 160, 3), np.uint8)
    for t in range(frames):
        flow = identity_map((160, 96)) - np.float32((2, 0)) if t else None
        history.append(t, (320, 480), Glimpse(picture, None, {1: there}), flow)
        history.settle()
    return history


def test_nobody_looks_where_the_camera_went_until_the_background_is_asked() -> None:
    history = watching(6)
    assert not any(past.glimpse.is_fitted for past in history)
    assert len(history.views_behind(1, 0)) == 1, "the newest fourth of what the tracker judged"
    camera = history.newest.glimpse.camera
    assert camera is not None
    assert np.allclose(camera[:2, 2], (-2, 0), atol=0.05)


def test_of_a_long_past_the_background_is_learned_step_by_step() -> None:
    history = watching(40)
    history.views_behind(1, 0)
    assert history.newest.glimpse.is_fitted, "the newest first"
    fitted = [sum(past.glimpse.is_fitted for past in history)]
    while fitted[-1] < 39:
        history.settle()
        history.views_behind(1, 0)
        fitted.append(sum(past.glimpse.is_fitted for past in history))
    assert np.diff([0, *fitted]).max() <= 16
    assert not history[0].glimpse.is_fitted, "no motion leads to it"
