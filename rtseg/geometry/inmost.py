"""A place on an object that is surely on it."""

from __future__ import annotations

import cv2
import numpy as np

from rtseg.errors import UsageError
from rtseg.geometry.boxes import box_of
from rtseg.geometry.tracing import check_mask
from rtseg.types import BoolMask


def inmost(mask: BoolMask) -> tuple[float, float]:
    """Return the place on a mask that is furthest from its edge.

    The centre of a box or of gravity may lie beside the object: in the hole of a ring, between
    legs. This one never does. Of several places equally far in, the one nearest to their middle is
    taken, so that the point of a long bar does not lie at its end.

    Parameters
    ----------
    mask : (H, W) bool, source pixels, at least one pixel True. The picture's edge is an edge.

    Returns
    -------
    (x, y), the middle of a pixel of the mask, source pixels.

    Raises
    ------
    UsageError
        If `mask` is not two-dimensional and bool, or empty.
    """
    check_mask(mask)
    left, top, right, bottom = box_of(mask)
    crop = mask[top:bottom, left:right]
    if not crop.size:
        raise UsageError("expected a mask with at least one pixel, got an empty one")
    padded = cv2.copyMakeBorder(crop.view(np.uint8), 1, 1, 1, 1, cv2.BORDER_CONSTANT, value=0)
    depth = cv2.distanceTransform(padded, cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
    rows, columns = np.nonzero(depth >= depth.max() - 1e-3)
    far = (rows - rows.mean()) ** 2 + (columns - columns.mean()) ** 2
    nearest = int(np.argmin(far))
    return left + float(columns[nearest]) - 0.5, top + float(rows[nearest]) - 0.5
