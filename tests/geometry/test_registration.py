"""Where an outline went, from two masks alone."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from rtseg.geometry import trace
from rtseg.geometry.registration import cut_out, register
from rtseg.types import BoolMask

SIZE = 300, 400


def star(x: float, y: float, turn: float = 0.0, size: float = 1.0) -> BoolMask:
    angle = np.linspace(0, 2 * np.pi, 200, endpoint=False)
    radius = size * (70 + 16 * np.cos(5 * angle) + 7 * np.cos(2 * angle))
    outline = np.stack((np.cos(angle + turn), np.sin(angle + turn)), axis=1) * radius[:, None]
    mask = np.zeros(SIZE, np.uint8)
    cv2.fillPoly(mask, [np.rint(16 * (outline + np.array((x, y)))).astype(np.int32)], (1,), shift=4)
    return mask > 0


@pytest.mark.parametrize(
    ("x", "y", "turn", "size", "most_px"),
    [
        (150, 150, 0.0, 1.0, 0.1),
        (153, 146, 0.0, 1.0, 0.7),
        (230, 160, 0.0, 1.0, 0.7),
        (151, 151, 0.06, 1.0, 2.0),
        (150, 150, 0.0, 1.06, 1.5),
        (380, 150, 0.0, 1.0, 6.0),
    ],
)
def test_an_outline_is_carried_along(
    x: float, y: float, turn: float, size: float, most_px: float
) -> None:
    before, after = star(150, 150), star(x, y, turn, size)
    here, there = trace(before), trace(after)
    points = here.rings[0][::9].astype(np.float64)
    inside = points - 150
    cos, sin = np.cos(turn), np.sin(turn)
    right = size * inside @ np.array([(cos, sin), (-sin, cos)]) + (x, y)
    found = register(cut_out(before, here.bbox), cut_out(after, there.bbox))(points)
    is_seen = (right > 0).all(axis=1) & (right < SIZE[::-1]).all(axis=1)
    away = np.hypot(*(found - right)[is_seen].T)
    assert np.median(away) <= most_px


def test_masks_of_one_pixel_are_carried_too() -> None:
    before, after = np.zeros((2, *SIZE), np.bool_)
    before[0, 0] = after[299, 399] = True
    carry = register(cut_out(before, (0, 0, 1, 1)), cut_out(after, (399, 299, 400, 300)))
    assert np.abs(carry(np.array([(0.5, 0.5)])) - (399.5, 299.5)).max() <= 1
