"""Masks to outlines."""

from __future__ import annotations

import cv2
import numpy as np

from rtseg.errors import UsageError
from rtseg.geometry.path import Path
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
    left, top, width, height = cv2.boundingRect(mask.view(np.uint8)) if mask.size else (0, 0, 0, 0)
    if not width:
        return Path()
    crop = mask[top : top + height, left : left + width].view(np.uint8)
    doubled = cv2.resize(crop, None, fx=2, fy=2, interpolation=cv2.INTER_NEAREST)
    contours, _ = cv2.findContours(doubled, cv2.RETR_LIST, cv2.CHAIN_APPROX_SIMPLE)
    vertices = ((np.concatenate(contours)[:, 0] + 1) // 2 + (left, top)).astype(np.int32)
    # At a concave corner the contour of the doubled mask cuts across: two vertices for one.
    last = np.cumsum([len(contour) for contour in contours]) - 1
    following = np.roll(vertices, -1, axis=0)
    following[last] = vertices[np.concatenate(([0], last[:-1] + 1))]
    is_corner = (vertices != following).any(axis=1)
    return Path(tuple(np.split(vertices[is_corner], np.cumsum(is_corner)[last[:-1]])))


def check_mask(mask: BoolMask) -> None:
    """Raise `UsageError` unless `mask` is (H, W) bool."""
    if mask.ndim != 2 or mask.dtype != np.bool_:
        raise UsageError(
            f"a mask must be a bool array (H, W), this one is {mask.dtype} {mask.shape}; "
            "compare probabilities or labels first, as in `probability > 0.5`"
        )
