"""The box around a mask."""

from __future__ import annotations

import cv2
import numpy as np

from rtseg.types import BoolMask


def box_of(mask: BoolMask) -> tuple[int, int, int, int]:
    """Return the smallest box around a mask: that of its outline.

    Parameters
    ----------
    mask : (H, W) bool.

    Returns
    -------
    xyxy on pixel edges, source pixels; (0, 0, 0, 0) of a mask without a pixel.
    """
    if not mask.size:  # OpenCV knows no such picture
        return 0, 0, 0, 0
    x, y, width, height = cv2.boundingRect(mask.view(np.uint8))
    return x, y, x + width, y + height
