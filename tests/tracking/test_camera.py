"""Camera motion is found from flow, in spite of objects; where none is, that is said."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from rtseg.tracking.camera import Homography, camera_motion
from rtseg.tracking.flow import BackwardMap, DisFlow, identity_map
from tests.tracking.scenes import texture

SIZE = (320, 180)
FREE = np.zeros(SIZE[::-1], np.bool_)

PAN = np.array([[1, 0, 9.0], [0, 1, -4.0], [0, 0, 1]])
ZOOM_AND_ROLL = np.array([[1.04, -0.03, 3.0], [0.03, 1.04, -6.0], [0, 0, 1]])
TURN_OF_THE_HEAD = np.array([[1.02, 0.01, -20.0], [0.012, 1.01, 2.0], [8e-5, -5e-5, 1]])


def flow_of(motion: Homography) -> BackwardMap:
    grid = identity_map(SIZE).reshape(1, -1, 2)
    moved = cv2.perspectiveTransform(grid, motion)
    return np.asarray(moved.reshape(SIZE[1], SIZE[0], 2), np.float32)


def off_px(found: Homography, motion: Homography) -> float:
    """The largest error of a motion over the picture."""
    return float(np.abs(flow_of(found) - flow_of(motion)).max())


@pytest.mark.parametrize("motion", [PAN, ZOOM_AND_ROLL, TURN_OF_THE_HEAD])
def test_exact_flow_gives_the_motion(motion: Homography) -> None:
    found = camera_motion(flow_of(motion), FREE)
    assert found is not None
    assert found[2, 2] == 1
    assert off_px(found, motion) < 0.1


@pytest.mark.parametrize("motion", [PAN, ZOOM_AND_ROLL, TURN_OF_THE_HEAD])
def test_what_moves_by_itself_does_not_count(motion: Homography) -> None:
    flow = flow_of(motion)
    flow[40:150, 60:190] += (11, 5)  # a quarter of the picture, and nobody has said so
    flow += np.random.default_rng(1).normal(0, 0.2, flow.shape).astype(np.float32)
    found = camera_motion(flow, FREE)
    assert found is not None
    assert off_px(found, motion) < 0.5


def test_what_is_taken_is_not_asked() -> None:
    flow = flow_of(PAN)
    flow[:, :200] = identity_map(SIZE)[:, :200]
    taken = FREE.copy()
    taken[:, :200] = True
    found = camera_motion(flow, taken)
    assert found is not None
    assert off_px(found, PAN) < 0.1


def test_a_quick_pan_with_little_to_hold_on_to_is_found() -> None:
    flow = flow_of(np.array([[1, 0, -21.0], [0, 1, 2.0], [0, 0, 1]]))
    flow += np.random.default_rng(2).normal(0, 1.0, flow.shape).astype(np.float32)
    found = camera_motion(flow, FREE)
    assert found is not None
    assert np.abs(found @ (160, 90, 1) - (139, 92, 1)).max() < 1


def test_flow_that_agrees_with_nothing_is_no_motion() -> None:
    noise = np.random.default_rng(3).uniform(-40, 40, (SIZE[1], SIZE[0], 2)).astype(np.float32)
    assert camera_motion(identity_map(SIZE) + noise, FREE) is None


def test_a_cut_leads_nowhere() -> None:
    pictures = [cv2.cvtColor(texture(180, 320, seed), cv2.COLOR_BGR2GRAY) for seed in (4, 5)]
    to_previous = identity_map(SIZE) + DisFlow()(pictures[0], pictures[1], None)
    assert camera_motion(to_previous, FREE) is None


def test_a_picture_full_of_object_gives_no_motion() -> None:
    taken = ~FREE
    taken[:8, :300] = False
    assert camera_motion(flow_of(PAN), taken) is None


def test_a_strip_beside_the_object_gives_a_shift_and_no_nonsense() -> None:
    taken = ~FREE
    taken[:8] = False
    found = camera_motion(flow_of(PAN), taken)
    assert found is not None
    assert off_px(found, PAN) < 0.5


def test_a_picture_without_texture_does_not_seem_to_move() -> None:
    plain = np.full(SIZE[::-1], 90, np.uint8)
    found = camera_motion(identity_map(SIZE) + DisFlow()(plain, plain, None), FREE)
    assert found is not None
    assert off_px(found, np.eye(3)) < 0.01


@pytest.mark.parametrize("size", [(16, 16), (33, 17)])
def test_the_smallest_pictures_are_no_error(size: tuple[int, int]) -> None:
    assert camera_motion(identity_map(size), np.zeros(size[::-1], np.bool_)) is None
