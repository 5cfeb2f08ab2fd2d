"""Chained motion that has drifted is put right by looking at the old frame."""

from __future__ import annotations

import cv2
import numpy as np

from rtseg.tracking.drift import DriftRemover
from rtseg.tracking.flow import identity_map
from tests.tracking.scenes import texture

SIZE = (160, 90)
FOCUS = (30, 20, 120, 75)


def gray(seed: int) -> np.ndarray:
    return np.asarray(cv2.cvtColor(texture(SIZE[1], SIZE[0], seed), cv2.COLOR_BGR2GRAY), np.uint8)


def test_drift_is_found_where_it_matters_and_nowhere_else() -> None:
    older = gray(3)
    truth = identity_map(SIZE) + np.float32((6.0, -4.0))
    newer = cv2.remap(older, truth, None, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)  # type: ignore[call-overload]
    drifted = truth + np.float32((1.7, -1.2))
    put_right = DriftRemover()(drifted, newer, older, FOCUS)
    x0, y0, x1, y1 = FOCUS
    inside = np.abs(put_right - truth)[y0 + 8 : y1 - 8, x0 + 8 : x1 - 8]
    assert np.median(inside) < 0.1
    assert np.percentile(inside, 95) < 0.5
    outside = np.ones(SIZE[::-1], np.bool_)
    outside[y0:y1, x0:x1] = False
    assert (put_right == drifted)[outside].all()


def test_what_has_not_drifted_stays() -> None:
    older = gray(4)
    truth = identity_map(SIZE)
    assert np.abs(DriftRemover()(truth, older, older, FOCUS) - truth).max() < 1e-3


def test_with_nothing_to_look_at_the_map_is_as_it_was() -> None:
    drifted = identity_map(SIZE) + np.float32(2)
    assert DriftRemover()(drifted, gray(5), gray(5), None) is drifted
