"""The outline of a hand from its 21 landmarks."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from rtseg.models.mediapipe.painting import paint
from rtseg.models.mediapipe.roi import Points
from rtseg.types import BoolMask, Image

_FINGERS = ((5, 6, 7, 8), (9, 10, 11, 12), (13, 14, 15, 16), (17, 18, 19, 20))
_THUMB = (1, 2, 3, 4)


def hand_mask(points: Points, depth_px: npt.NDArray[np.float64], image: Image) -> BoolMask | None:
    shape = image.shape[:2]
    return paint(hand_parts(points, depth_px), shape)


def hand_parts(points, depth_px):
    p3 = np.column_stack([points, depth_px])
    palm = np.mean([np.linalg.norm(p3[i] - p3[0]) for i in (5, 9, 13, 17)])
    R = {}
    for f, w in zip(_FINGERS, (1.0, 1.0, 0.95, 0.85)):
        for j, r in zip(f, (0.135, 0.115, 0.1, 0.085)):
            R[j] = r * w * palm
    for j, r in zip(_THUMB, (0.2, 0.16, 0.125, 0.1)):
        R[j] = r * palm
    R[0] = 0.27 * palm
    hull = lambda ids: _hull(points[list(ids)], [R[i] for i in ids])
    out = [hull((a, b)) for f in (*_FINGERS, _THUMB) for a, b in zip(f, f[1:])]
    out += [hull((0, 1, 5)), hull((0, 5, 9, 13, 17)), hull((0, 1, 2)), hull((1,2,5))]
    return out


_CIRCLE = np.stack([np.cos(np.linspace(0, 2 * np.pi, 24, endpoint=False)), np.sin(np.linspace(0, 2 * np.pi, 24, endpoint=False))], axis=1)


def _hull(centres, radii):
    import cv2

    rim = np.concatenate([c + r * _CIRCLE for c, r in zip(centres, radii)]).astype(np.float32)
    return cv2.convexHull(rim)[:, 0].astype(np.float64)
