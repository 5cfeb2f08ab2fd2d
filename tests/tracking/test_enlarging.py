"""From the working size to the frame's: what both sides agree on keeps the evidence's pixels."""

from __future__ import annotations

import numpy as np
import pytest

from rtseg.geometry import iou
from rtseg.tracking.enlarging import enlarge
from rtseg.tracking.flow import identity_map, to_working, working_size
from rtseg.types import BoolMask

# Ratios to the working size: 2.67, 2, 3.99, 2.5 upright, 1 and less.
SIZES = [(854, 480), (640, 360), (1277, 717), (450, 800), (320, 180), (101, 57)]


def blob(width: int, height: int) -> BoolMask:
    ys, xs = np.mgrid[:height, :width]
    x, y = (xs / width - 0.55) / 0.2, (ys / height - 0.45) / 0.3
    return np.asarray(x**2 + y**2 + 0.4 * np.sin(5 * x) * y < 1, np.bool_)


@pytest.mark.parametrize(("width", "height"), SIZES)
def test_evidence_of_this_very_frame_comes_back_to_the_pixel(width: int, height: int) -> None:
    truth = blob(width, height)
    size = working_size(width, height, 320)
    full = truth.astype(np.uint8) * np.uint8(255)
    soft = to_working(full, size).astype(np.float32) / 255
    drawn = enlarge(soft, full, soft, identity_map(size), width, height)
    assert iou(drawn, truth) > 0.999


@pytest.mark.parametrize(("width", "height"), SIZES)
def test_what_the_belief_knows_beyond_the_evidence_is_added_in_its_place(
    width: int, height: int
) -> None:
    truth = blob(width, height)
    size = working_size(width, height, 320)
    soft = to_working(truth.astype(np.uint8) * np.uint8(255), size).astype(np.float32) / 255
    nothing = np.zeros((height, width), np.uint8)
    drawn = enlarge(soft, nothing, np.zeros_like(soft), identity_map(size), width, height)
    assert iou(drawn, truth) > 0.97
    shown, true = (np.array(np.nonzero(mask)).mean(axis=1) for mask in (drawn, truth))
    assert np.abs(shown - true).max() < 0.2, "a shift of less than a fifth of a pixel"


def test_tiny_parts_and_holes_are_left_out_and_larger_ones_stay() -> None:
    truth = np.zeros((480, 854), np.bool_)
    truth[100:300, 200:500] = True
    truth[150:180, 250:280] = False  # a hole that is one
    truth[350:370, 300:330] = True  # a part that is one
    ragged = truth.copy()
    ragged[200:204, 400:404] = False
    ragged[320:324, 250:254] = True
    size = working_size(854, 480, 320)
    full = ragged.astype(np.uint8) * np.uint8(255)
    soft = to_working(full, size).astype(np.float32) / 255
    drawn = enlarge(soft, full, soft, identity_map(size), 854, 480)
    assert iou(drawn, truth) > 0.999
    assert drawn[202, 402]
    assert not drawn[322, 252]
