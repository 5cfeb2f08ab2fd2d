"""Outlines of a face and its parts, from the 468 landmarks of MediaPipe's face mesh.

The rings are those of MediaPipe's published mesh topology (`canonical_face_model`), in order around
their part. Left and right are the person's own.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

from rtseg.models.mediapipe.painting import paint
from rtseg.models.mediapipe.roi import Points
from rtseg.types import BoolMask

_OVAL = (
    *(10, 338, 297, 332, 284, 251, 389, 356, 454, 323, 361, 288, 397, 365, 379, 378, 400, 377),
    *(152, 148, 176, 149, 150, 136, 172, 58, 132, 93, 234, 127, 162, 21, 54, 103, 67, 109),
)
_NOSE = (168, 6, 197, 195, 5, 4, 1, 19, 94, 2, 98, 48, 115, 220, 326, 278, 344, 440)
_LEFT_EYE = (263, 466, 388, 387, 386, 385, 384, 398, 362, 382, 381, 380, 374, 373, 390, 249)
_RIGHT_EYE = (33, 246, 161, 160, 159, 158, 157, 173, 133, 155, 154, 153, 145, 144, 163, 7)
_LEFT_BROW = (276, 283, 282, 295, 285, 336, 296, 334, 293, 300)
_RIGHT_BROW = (46, 53, 52, 65, 55, 107, 66, 105, 63, 70)
_LIPS = (
    *(61, 146, 91, 181, 84, 17, 314, 405, 321, 375),
    *(291, 409, 270, 269, 267, 0, 37, 39, 40, 185),
)
_OPENING = (
    *(78, 95, 88, 178, 87, 14, 317, 402, 318, 324),
    *(308, 415, 310, 311, 312, 13, 82, 81, 80, 191),
)

RIGHT_EYE_CORNER, LEFT_EYE_CORNER = 33, 263
"""The outer ones, along which a face is upright."""


def _face(points: Points, shape: tuple[int, int]) -> list[BoolMask | None]:
    import cv2

    # From the side the nose stands out of the oval.
    nose = cv2.convexHull(points[list(_NOSE)].astype(np.float32))[:, 0].astype(np.float64)
    return [paint([points[list(_OVAL)], nose], shape)]


def _rings(*rings: tuple[int, ...]) -> Callable[[Points, tuple[int, int]], list[BoolMask | None]]:
    return lambda points, shape: [paint([points[list(ring)]], shape) for ring in rings]


def _lips(points: Points, shape: tuple[int, int]) -> list[BoolMask | None]:
    return [paint([points[list(_LIPS)]], shape, holes=[points[list(_OPENING)]])]


_SHAPES: Mapping[str, Callable[[Points, tuple[int, int]], list[BoolMask | None]]] = {
    "face": _face,
    "eye": _rings(_LEFT_EYE, _RIGHT_EYE),
    "left eye": _rings(_LEFT_EYE),
    "right eye": _rings(_RIGHT_EYE),
    "eyebrow": _rings(_LEFT_BROW, _RIGHT_BROW),
    "lips": _lips,
    "mouth": _rings(_LIPS),
}

PARTS = tuple(_SHAPES)
"""The labels that `parts` knows."""


def parts(label: str, points: Points, shape: tuple[int, int]) -> list[BoolMask]:
    """Return the masks of one person's parts of a name, each an object of its own.

    Parameters
    ----------
    label : one of `PARTS`. The opening of the mouth is part of the mouth, not of the lips.
    points : (468, 2), source pixels.
    shape : (height, width) of the frame, pixels.

    Returns
    -------
    (height, width) bool each; what is beyond the frame is not among them.
    """
    return [mask for mask in _SHAPES[label](points, shape) if mask is not None]
