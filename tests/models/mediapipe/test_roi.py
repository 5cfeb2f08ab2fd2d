from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rtseg.models.mediapipe.roi import Pyramid, Roi, around

places = st.floats(-500, 500)
rois = st.builds(Roi, places, places, st.floats(1, 2000), st.floats(-math.pi, math.pi))


@given(rois, st.integers(1, 300), st.lists(st.tuples(places, places), min_size=1, max_size=5))
def test_there_and_back(roi: Roi, crop_px: int, points: list[tuple[float, float]]) -> None:
    matrix = roi.source_to_crop(crop_px)
    there = np.array(points) @ matrix[:, :2].T + matrix[:, 2]
    np.testing.assert_allclose(roi.crop_to_source(there, crop_px), points, atol=1e-6)


def test_corners_of_a_region_turned_by_a_quarter() -> None:
    roi = Roi(100, 50, 20, math.pi / 2)
    corners = roi.crop_to_source([[0, 0], [10, 0], [10, 10]], 10)
    np.testing.assert_allclose(corners, [[110, 40], [110, 60], [90, 60]], atol=1e-9)
    moved = roi.shifted(0, -5)  # upwards as the region sees it: to the right of the picture
    assert (moved.x, moved.y) == pytest.approx((105, 50))


@given(rois.map(lambda roi: roi.angle), st.floats(1, 100), st.floats(1, 100))
def test_the_square_around_a_turned_rectangle(angle: float, width: float, height: float) -> None:
    x = np.array([math.cos(angle), math.sin(angle)])
    y = np.array([-math.sin(angle), math.cos(angle)])
    rectangle = [30 + a * width * x + b * height * y for a in (-0.5, 0.5) for b in (-0.5, 0.5)]
    roi, tall = around(np.array(rectangle), angle)
    assert (roi.x, roi.y, roi.angle) == pytest.approx((30, 30, angle))
    assert roi.side_px == pytest.approx(max(width, height))
    assert tall == pytest.approx(height)


@pytest.mark.parametrize("side_px", [40, 300, 1500])
@pytest.mark.parametrize("angle", [0.0, 0.7, -2.5])
def test_a_crop_shows_what_is_there(side_px: float, angle: float) -> None:
    """A dot is where the matrix says, to a fraction of a model pixel, at any reduction."""
    roi = Roi(600.0, 421.0, side_px, angle)
    dot = roi.crop_to_source([[40.0, 24.0]], 64)[0]
    down, right = np.mgrid[:900, :1301] + 0.5
    far = np.hypot(right - dot[0], down - dot[1]) / (side_px / 64)
    image = np.repeat(np.uint8(255 * np.exp(-((far / 3) ** 2)))[..., None], 3, axis=2)
    crop = Pyramid(image).crop(roi, 64)[..., 0].astype(float)
    rows, columns = np.mgrid[:64, :64] + 0.5
    middle = (crop * columns).sum() / crop.sum(), (crop * rows).sum() / crop.sum()
    assert middle == pytest.approx((40, 24), abs=0.1)


def test_a_fine_pattern_is_averaged_not_sampled() -> None:
    image = np.zeros((640, 640, 3), np.uint8)
    image[::3] = 255
    crop = Pyramid(image).crop(Roi(320, 320, 640), 64)
    assert np.abs(crop.astype(int) - 85).max() < 20


def test_beyond_the_border() -> None:
    image = np.full((50, 50, 3), 200, np.uint8)
    roi = Roi(0, 25, 50)
    assert Pyramid(image).crop(roi, 50)[:, :20].max() == 0
    assert Pyramid(image).crop(roi, 50, extends=True).min() == 200


@pytest.mark.parametrize("shape", [(1, 1), (1, 700), (700, 1), (3, 5)])
def test_small_pictures(shape: tuple[int, int]) -> None:
    image = np.full((*shape, 3), 9, np.uint8)
    crop = Pyramid(image).crop(Roi(shape[1] / 2, shape[0] / 2, max(shape)), 16)
    assert crop.shape == (16, 16, 3)
