from __future__ import annotations

import numpy as np
import pytest

from rtseg.models.mediapipe.anchors import anchor_centres


@pytest.mark.parametrize(("input_px", "count"), [(128, 896), (192, 2016)])
def test_as_many_as_the_networks_have_outputs(input_px: int, count: int) -> None:
    centres = anchor_centres(input_px)
    assert centres.shape == (count, 2)
    assert centres.min() > 0
    assert centres.max() < input_px


def test_two_a_cell_row_by_row_then_six_of_the_layers_that_share_a_stride() -> None:
    centres = anchor_centres(32, (8, 16, 16, 16))
    np.testing.assert_array_equal(centres[:4], [[4, 4], [4, 4], [12, 4], [12, 4]])
    np.testing.assert_array_equal(centres[8], [4, 12])
    coarse = centres[2 * 16 :]
    assert len(coarse) == 6 * 4
    np.testing.assert_array_equal(coarse[[0, 5, 6, 12]], [[8, 8], [8, 8], [24, 8], [8, 24]])
