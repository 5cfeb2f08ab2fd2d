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
from rtseg.types import BoolMask, Image

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

_BRIDGED = 0.1
"""Gaps that are narrower are closed, in lengths of the palm: between fingers that lie beside each
other, and the webs between those that do not."""

_DOUBTFUL = 0.33
"""Of gaps that are narrower than this, what has the hand's colour is closed: bent fingers are as
thick as their knuckles, and hide what is between their bones."""

_FAR_COLOUR = 2.5
"""Mahalanobis distance from the hand's mean colour up to which a pixel has its colour."""

_SPECK = 0.02
"""Area, in squares of the palm's length, of a rest of a gap that is closed too."""

_RIM = 0.05
"""Width, in lengths of the palm, of the rim of the hand from which no colour is learned."""

_SAMPLES = 2000
_FEWEST_SAMPLES = 16
"""Pixels of the hand from which its colour is learned, about; and fewer than which say nothing."""

_CIRCLE = np.stack([f(np.linspace(0, 2 * np.pi, 24, endpoint=False)) for f in (np.cos, np.sin)], 1)


def hand_mask(points: Points, depth_px: npt.NDArray[np.float64], image: Image) -> BoolMask | None:
    """Draw a hand.

    Parameters
    ----------
    points, depth_px : of its `Landmarks`: (21, 2) and (21,), source pixels.
    image : (H, W, 3) uint8 BGR, for its colours between the fingers.

    Returns
    -------
    (H, W) bool with at least one pixel True; None where nothing of it is in the frame.
    """
    palm = palm_px(points, depth_px)
    parts, shape = hand_parts(points, palm), image.shape[:2]
    hand = paint(parts, shape, bridged_px=_BRIDGED * palm, finest=3)
    wide = paint(parts, shape, bridged_px=_DOUBTFUL * palm, finest=1)
    if hand is not None and wide is not None:
        _fill_by_colour(hand, wide, image, palm)
    return hand


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


def _fill_by_colour(hand: BoolMask, wide: BoolMask, image: Image, palm: float) -> None:
    """Add to a hand what has its colour in its doubtful gaps and its holes.

    Parameters
    ----------
    hand : (H, W) bool, written to.
    wide : (H, W) bool, the hand with its doubtful gaps closed.
    image : (H, W, 3) uint8 BGR.
    palm : as of `palm_px`.
    """
    import cv2

    rows, columns = (np.flatnonzero(wide.any(axis=axis)) for axis in (1, 0))
    box = np.s_[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    hand, whole = hand[box], wide[box].astype(np.uint8)
    outer, _ = cv2.findContours(whole, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    cv2.drawContours(whole, outer, -1, 1, cv2.FILLED)
    gaps = (whole > 0) & ~hand
    # Not at its rim, which may stand over what is behind.
    deep = cv2.distanceTransform(hand.astype(np.uint8), cv2.DIST_L2, 3)
    inside = image[box][deep > _RIM * palm]
    colours = inside[:: max(1, len(inside) // _SAMPLES)].astype(np.float64)
    if not gaps.any() or len(colours) < _FEWEST_SAMPLES:
        return
    # Some spread is noise and shadow, even where all samples are of one colour.
    inverse = np.linalg.inv(np.cov(colours.T) + 4.0 * np.eye(3))
    away = image[box][gaps] - colours.mean(axis=0)
    likely = hand.astype(np.uint8)
    likely[gaps] = np.einsum("ni,ij,nj->n", away, inverse, away) < _FAR_COLOUR**2
    likely = np.asarray(cv2.medianBlur(likely, 5), np.uint8)
    # What is left of a gap and is tiny is a shadow or the highlight of a knuckle.
    left = (gaps & (likely == 0)).astype(np.uint8)
    _, parts, stats, _ = cv2.connectedComponentsWithStats(left)
    is_speck = stats[:, cv2.CC_STAT_AREA] < _SPECK * palm**2
    is_speck[0] = False  # all that is no gap
    hand |= gaps & ((likely > 0) | is_speck[parts])


def _hull(points: Points, palm: float, landmarks: Sequence[int]) -> Points:
    import cv2

    rims = [points[i] + palm * _RADII[i] * _CIRCLE for i in landmarks]
    hull = cv2.convexHull(np.concatenate(rims).astype(np.float32))
    return np.asarray(hull[:, 0], np.float64)
