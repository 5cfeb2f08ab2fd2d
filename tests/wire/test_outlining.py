"""What becomes of an outline from frame to frame, before anything is written."""

from __future__ import annotations

import numpy as np

from rtseg.geometry import fill, iou
from rtseg.wire.outlining import Outliner


def test_a_hole_may_be_as_large_as_all_else_that_is_ragged() -> None:
    """Plain rings are left out of the middle as specks are: what is left must not come to 0."""
    ragged = np.zeros((60, 60), np.bool_)
    ragged[5:55, 5:55] = True
    ragged[5:55:2, (5, 54)] = False
    mask = np.zeros((80, 200), np.bool_)
    mask[5:75, 5:75] = True
    mask[10:70, 10:70] &= ~ragged
    mask[10:70, 110:170] |= ragged
    outliner = Outliner(0.97)
    for _ in range(3):
        mask = np.roll(mask, 2, axis=1)
        path = outliner.outline({1: mask})[1]
        assert iou(fill(path, (80, 200)), mask) >= 0.97
