"""Motion as a whole: the affine map is found from flow, and maps chain as functions do."""

from __future__ import annotations

import cv2
import numpy as np

from rtseg.tracking.flow import identity_map
from rtseg.tracking.motion import STILL, Affine, Course, affine_of, chain, misfit
from tests.tracking.scenes import texture

TURN = np.array([[0.995, -0.0998, 14.0], [0.0998, 0.995, -9.0]])
STRETCH = np.array([[1.1, 0.02, -5.0], [0.0, 0.95, 3.0]])


def test_maps_chain_as_functions_do() -> None:
    point = np.array([31.0, 17.0, 1.0])
    stepwise = STRETCH @ np.append(TURN @ point, 1.0)
    assert np.allclose(chain(TURN, STRETCH) @ point, stepwise)
    assert np.allclose(chain(STILL, TURN), TURN)
    assert np.allclose(chain(TURN, STILL), TURN)


def test_motion_is_found_though_a_fifth_of_the_flow_is_astray() -> None:
    soft = np.zeros((90, 160), np.float32)
    soft[20:70, 40:120] = 1
    grid = identity_map((160, 90))
    flow = np.asarray(grid @ TURN[:, :2].T + TURN[:, 2], np.float32)
    flow[20:70, 40:56] += (12, 0)
    found = affine_of(soft, flow)
    corners = np.array([[60, 20, 1], [119, 20, 1], [60, 69, 1], [119, 69, 1]], np.float64)
    assert np.abs(corners @ (found - TURN).T).max() < 2


def test_no_object_no_motion() -> None:
    assert affine_of(np.zeros((90, 160), np.float32), identity_map((160, 90))) is STILL


def test_a_course_is_the_chain_of_its_moves_as_long_as_all_are_known() -> None:
    course = Course(longest=4)
    for index, move in enumerate((STRETCH, TURN, STRETCH, TURN), 1):
        course.note(index, move)
    assert np.allclose(chain(TURN, chain(STRETCH, TURN)), _back(course, 4, 1))
    assert np.allclose(chain(TURN, STRETCH), _back(course, 4, 2))
    assert np.allclose(STILL, _back(course, 4, 4))
    course.note(5, STILL)
    assert course.back(5, 0) is None, "the move from 1 to 0 is forgotten"
    course.note(7, TURN)
    assert course.back(7, 4) is None, "nobody saw it in frame 6"
    assert np.allclose(TURN, _back(course, 7, 6))


def _back(course: Course, newer: int, older: int) -> Affine:
    motion = course.back(newer, older)
    assert motion is not None
    return motion


def test_the_true_motion_fits_better_than_others() -> None:
    picture = cv2.cvtColor(texture(90, 160, 3), cv2.COLOR_BGR2GRAY)
    older = np.asarray(picture, np.uint8)
    mask = np.zeros((90, 160), np.float32)
    mask[30:60, 50:110] = 1
    truth = np.array([[1, 0, 7.0], [0, 1, -4.0]])
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    newer = np.asarray(cv2.warpAffine(older, truth, (160, 90), flags=flags), np.uint8)
    fits = misfit(truth, newer, older, mask)
    assert fits < 1
    right, up = np.array([[0, 0, 2.0], [0, 0, 0]]), np.array([[0, 0, 0], [0, 0, -2.0]])
    for other in (STILL, truth + right, truth + up):
        assert misfit(other, newer, older, mask) > fits + 3


def test_what_is_led_out_of_the_picture_fits_not_at_all() -> None:
    gray = np.zeros((90, 160), np.uint8)
    away = np.array([[1, 0, 500.0], [0, 1, 0]])
    assert misfit(away, gray, gray, np.ones((90, 160), np.float32)) == float("inf")
