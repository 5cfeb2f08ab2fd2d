"""The outline of a hand from its 21 landmarks.

The landmarks lie on the bones. What is around these is drawn as the hulls of two or three discs:
one for each phalanx, some for the palm. The discs' radii are in proportion to the palm, whose
length is measured in depth too, so that a hand that points at the camera keeps its thick fingers.
The radii were chosen by eye on hands of two photos and one clip; they agree with the breadths of
hand anthropometry (index finger about 0.22, wrist about 0.6 of the palm's length).
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from rtseg.models.mediapipe.painting import paint
from rtseg.models.mediapipe.roi import Points
from rtseg.types import BoolMask

_WRIST = 0
_KNUCKLES = (5, 9, 13, 17)
_FINGERS = ((1, 2, 3, 4), (5, 6, 7, 8), (9, 10, 11, 12), (13, 14, 15, 16), (17, 18, 19, 20))
"""Landmarks of each finger, the thumb first, from the root to the tip."""

_PALM = ((0, 5, 9, 13, 17), (0, 1, 5), (0, 1, 2), (1, 2, 5))

_RADII = np.array(
    [
        *(0.27,),  # wrist
        *(0.2, 0.16, 0.125, 0.1),  # thumb
        *(0.135, 0.115, 0.1, 0.085),
        *(0.135, 0.115, 0.1, 0.085),
        *(0.13, 0.11, 0.095, 0.08),
        *(0.13, 0.1, 0.085, 0.072),
    ]
)
"""Of the disc at each landmark, in lengths of the palm."""

_BRIDGED = 0.2
"""Gaps that are narrower are closed, in lengths of the palm: between fingers that lie beside each
other, and the webs between those that do not."""

_CIRCLE = np.stack([f(np.linspace(0, 2 * np.pi, 24, endpoint=False)) for f in (np.cos, np.sin)], 1)


def hand_mask(
    points: Points, depth_px: npt.NDArray[np.float64], shape: tuple[int, int]
) -> BoolMask | None:
    """Draw a hand.

    Parameters
    ----------
    points, depth_px : of its `Landmarks`: (21, 2) and (21,), source pixels.
    shape : (height, width) of the frame, pixels.

    Returns
    -------
    (height, width) bool with at least one pixel True; None where nothing of it is in the frame.
    """
    palm = palm_px(points, depth_px)
    return paint(hand_parts(points, palm), shape, bridged_px=_BRIDGED * palm)


def palm_px(points: Points, depth_px: npt.NDArray[np.float64]) -> float:
    """Return the mean way from the wrist to the knuckles, in space, source pixels."""
    places = np.column_stack([points, depth_px])
    return float(np.linalg.norm(places[list(_KNUCKLES)] - places[_WRIST], axis=1).mean())


def hand_parts(points: Points, palm: float) -> list[Points]:
    """Return the convex polygons, (N, 2) source pixels, whose union is the hand.

    Parameters
    ----------
    points : (21, 2), source pixels.
    palm : as of `palm_px`.
    """
    phalanges = [pair for finger in _FINGERS for pair in pairwise(finger)]
    return [_hull(points, palm, landmarks) for landmarks in (*_PALM, *phalanges)]


def _hull(points: Points, palm: float, landmarks: Sequence[int]) -> Points:
    import cv2

    rims = [points[i] + palm * _RADII[i] * _CIRCLE for i in landmarks]
    hull = cv2.convexHull(np.concatenate(rims).astype(np.float32))
    return np.asarray(hull[:, 0], np.float64)
