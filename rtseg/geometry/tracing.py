"""Masks to outlines."""

from __future__ import annotations

import cv2
import numpy as np

from rtseg.errors import UsageError
from rtseg.geometry.boxes import box_of
from rtseg.geometry.path import Path, Strung, string
from rtseg.types import BoolMask


def trace(mask: BoolMask) -> Path:
    """Outline a mask along the edges of its pixels.

    Nothing is lost: ``fill(trace(mask), mask.shape)`` is `mask`. Pixels that touch at a corner only
    belong to one outer ring, which then passes that corner twice.

    An OpenCV contour runs through the *centres* of the border pixels, so that a canvas fills half a
    pixel too little all around. Here each pixel is made four first: then the centres on either side
    of an edge lie at 2x - 1 and 2x, and one rounding gives the edge, x.

    Parameters
    ----------
    mask : (H, W) bool, source pixels.

    Returns
    -------
    Closed rings of (N, 2) int32 on pixel edges, without vertices on straight lines; outer ones
    counter-clockwise as seen on the screen, holes clockwise.

    Raises
    ------
    UsageError
        If `mask` is not two-dimensional or not bool.
    """
    check_mask(mask)
    left, top, right, bottom = box_of(mask)
    crop = mask[top:bottom, left:right]
    if not crop.size:
        return Path()
    # Two equal bytes side by side, then each row twice: an eighth of what `cv2.resize` takes.
    wide = np.multiply(crop, 0x0101, dtype=np.uint16, order="C")
    doubled = wide.view(np.uint8).repeat(2, axis=0)
    contours, _ = cv2.findContours(doubled, cv2.RETR_LIST, cv2.CHAIN_APPROX_SIMPLE)
    rings = string(contours)
    corner = np.array((2 * left + 1, 2 * top + 1), np.int32)
    vertices = rings.vertices[:, 0] + corner >> 1
    # At a concave corner the contour of the doubled mask cuts across: two vertices for one.
    pairs = vertices.view(np.int64)[:, 0]
    is_corner = pairs != pairs[rings.after]
    return Path(tuple(Strung(vertices, rings.lengths).where(is_corner).split()))


def check_mask(mask: BoolMask) -> None:
    """Raise `UsageError` unless `mask` is (H, W) bool."""
    array: object = mask
    if not isinstance(array, np.ndarray):
        raise UsageError(f"expected a mask as a bool array (H, W), got a {type(array).__name__}")
    if mask.ndim != 2 or mask.dtype != np.bool_:
        raise UsageError(
            f"expected a mask as a bool array (H, W), got {mask.dtype} {mask.shape}; "
            "compare probabilities or labels first, as in `probability > 0.5`"
        )
