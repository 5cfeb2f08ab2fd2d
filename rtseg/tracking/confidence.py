"""How far a mask can be trusted, from what the tracker knows without the truth."""

from __future__ import annotations

import cv2
import numpy as np

from rtseg.tracking.appearance import Soft


def expected_iou(soft: Soft) -> float:
    """Give the IoU that a soft mask itself expects of its half that is more likely than not.

    Parameters
    ----------
    soft : (h, w) float32 in [0, 1], each pixel's probability of being the object.

    Returns
    -------
    Expected intersection by expected union, [0, 1]; 0 where nothing is likely.
    """
    likely = (soft > 0.5).astype(np.uint8)
    area = cv2.countNonZero(likely)
    if area == 0:
        return 0.0
    within = cv2.mean(soft, likely)[0] * area
    return float(within / (area + float(np.sum(soft)) - within))
