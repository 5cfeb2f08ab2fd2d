"""The drawn person: what stands in for a recording wherever there is none."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from rtseg.bench.camera import write_camera
from rtseg.bench.figure import draw_person


@pytest.mark.parametrize("size", [(640, 360), (320, 240), (360, 640)])
def test_image_and_mask_fit(size: tuple[int, int]) -> None:
    image, mask = draw_person(0.7, size)
    assert image.shape == (size[1], size[0], 3)
    assert mask.shape == image.shape[:2]
    assert 0.15 < mask.mean() < 0.6


def test_it_moves_and_is_the_same_each_time() -> None:
    first, mask = draw_person(0.0, (320, 180))
    again, _ = draw_person(0.0, (320, 180))
    later, later_mask = draw_person(0.4, (320, 180))
    assert np.array_equal(first, again)
    assert not np.array_equal(first, later)
    assert (mask != later_mask).mean() > 0.01


def test_a_camera_can_be_made_of_it(tmp_path: Path) -> None:
    camera = write_camera(None, tmp_path, size=(64, 64), fps=5, stamped=False)
    assert camera.frames == 40
    assert camera.path.stat().st_size > 40 * 64 * 64 * 3 // 2
