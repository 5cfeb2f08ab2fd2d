"""How well masks agree."""

from __future__ import annotations

import math

import cv2
import numpy as np

from rtseg.errors import UsageError
from rtseg.types import BoolMask


def iou(a: BoolMask, b: BoolMask) -> float:
    """Intersection over union: the region score J of DAVIS (Perazzi et al., CVPR 2016).

    Parameters
    ----------
    a, b : (H, W) bool, the same shape.

    Returns
    -------
    In [0, 1]; 1 for two empty masks.

    Raises
    ------
    UsageError
        If the shapes differ.
    """
    _require_one_shape(a, b)
    union = np.count_nonzero(a | b)
    return np.count_nonzero(a & b) / union if union else 1.0


def boundary_f(a: BoolMask, b: BoolMask, *, tolerance: float = 0.008) -> float:
    """F-measure of two masks' outlines: the contour score F of DAVIS (Perazzi et al., CVPR 2016).

    An outline pixel counts as found when the other mask's outline passes within
    `tolerance` times the picture's diagonal, rounded up to pixels, as in the benchmark's own code,
    whose numbers these are.

    Parameters
    ----------
    a, b : (H, W) bool, the same shape.
    tolerance : share of the diagonal.

    Returns
    -------
    In [0, 1]; 1 for two empty masks.

    Raises
    ------
    UsageError
        If the shapes differ.
    """
    _require_one_shape(a, b)
    reach_px = math.ceil(tolerance * math.hypot(*a.shape))
    outline_a, outline_b = _outline(a), _outline(b)
    # Distances are asked at outline pixels only: what lies around both outlines says nothing.
    x, y, width, height = cv2.boundingRect((outline_a | outline_b).view(np.uint8))
    near = np.s_[y : y + height, x : x + width]
    outline_a, outline_b = outline_a[near], outline_b[near]
    count_a, count_b = np.count_nonzero(outline_a), np.count_nonzero(outline_b)
    if not count_a or not count_b:
        return float(count_a == count_b)
    precision = np.count_nonzero(outline_a & _grown(outline_b, reach_px)) / count_a
    recall = np.count_nonzero(outline_b & _grown(outline_a, reach_px)) / count_b
    return 2 * precision * recall / (precision + recall) if precision + recall else 0.0


def _outline(mask: BoolMask) -> BoolMask:
    """Pixels that differ from the next one to the right, below, or both."""
    outline = np.zeros_like(mask)
    outline[:, :-1] |= mask[:, :-1] != mask[:, 1:]
    outline[:-1] |= mask[:-1] != mask[1:]
    outline[:-1, :-1] |= mask[:-1, :-1] != mask[1:, 1:]
    return outline


def _grown(mask: BoolMask, radius_px: int) -> BoolMask:
    """All pixels within `radius_px` of a set one."""
    clear = np.where(mask, np.uint8(0), np.uint8(1))
    return np.asarray(cv2.distanceTransform(clear, cv2.DIST_L2, cv2.DIST_MASK_PRECISE)) <= radius_px


def _require_one_shape(a: BoolMask, b: BoolMask) -> None:
    if a.shape != b.shape:
        raise UsageError(f"expected masks of one shape, got {a.shape} and {b.shape}")
