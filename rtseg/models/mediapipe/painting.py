"""Convex and other polygons with places between the pixels, as masks."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from rtseg.models.mediapipe.roi import Points
from rtseg.types import BoolMask

_FINEST = 8
_SAMPLES = 384
"""Polygons are drawn so large that their longer side has about this many samples, at most
`_FINEST` a pixel: an eye of 10 pixels needs them, a face of 1000 does not."""


def paint(
    polygons: Sequence[Points],
    shape: tuple[int, int],
    *,
    holes: Sequence[Points] = (),
    bridged_px: float = 0.0,
    finest: int = _FINEST,
) -> BoolMask | None:
    """Paint the union of polygons, without that of the holes.

    A pixel is painted when half of it is inside. What is visible, but covers half of no pixel, gets
    the one where its middle is.

    Parameters
    ----------
    polygons, holes : (N, 2) source pixels on pixel edges; what reaches beyond the frame is cut off.
    shape : (height, width) of the frame, pixels.
    bridged_px : gaps that are narrower are closed, source pixels, >= 0.
    finest : samples along a pixel at most, >= 1.

    Returns
    -------
    (height, width) bool with at least one pixel True; None where nothing is in the frame.
    """
    import cv2

    height, width = shape
    vertices = np.concatenate(list(polygons))
    low, high = vertices.min(axis=0), vertices.max(axis=0)
    x0, y0 = (max(0, int(np.floor(v))) for v in low)
    x1, y1 = min(width, int(np.ceil(high[0]))), min(height, int(np.ceil(high[1])))
    if x0 >= x1 or y0 >= y1:
        return None
    fine = int(np.clip(_SAMPLES // max(x1 - x0, y1 - y0), 1, finest))
    canvas = np.zeros(((y1 - y0) * fine, (x1 - x0) * fine), np.uint8)
    for ring, value in [*((p, 255) for p in polygons), *((h, 0) for h in holes)]:
        # Centres of samples have whole numbers for OpenCV, edges for us.
        samples = (ring - (x0, y0)) * fine - 0.5
        fixed = np.clip(np.rint(samples * _FRACTION), -_FAR, _FAR).astype(np.int32)
        cv2.fillPoly(canvas, [fixed], value, shift=_FRACTION_BITS)
    if bridged_px:
        canvas = _closed(canvas, bridged_px * fine / 2)
    mask = np.zeros(shape, np.bool_)
    small = cv2.resize(canvas, (x1 - x0, y1 - y0), interpolation=cv2.INTER_AREA)
    np.greater(small, 127, out=mask[y0:y1, x0:x1])
    if not mask.any():
        x, y = np.floor((low + high) / 2).astype(int)
        if not (0 <= x < width and 0 <= y < height):
            return None
        mask[y, x] = True
    return mask


def _closed(canvas: npt.NDArray[np.uint8], radius: float) -> npt.NDArray[np.uint8]:
    """Close (h, w) uint8, 0 or 255, with a disc: by distances, in a time that knows no radius."""
    import cv2

    room = int(np.ceil(radius)) + 1
    wide = cv2.copyMakeBorder(canvas, *(room,) * 4, cv2.BORDER_CONSTANT, value=0)
    far = cv2.distanceTransform(255 - wide, cv2.DIST_L2, 5) > radius
    deep = cv2.distanceTransform(np.where(far, 0, 255).astype(np.uint8), cv2.DIST_L2, 5) > radius
    closed = np.where(deep[room:-room, room:-room], 255, canvas)
    return np.asarray(closed, np.uint8)


_FRACTION_BITS = 4
_FRACTION = 1 << _FRACTION_BITS
_FAR = 1 << 22
"""Largest fixed-point coordinate: OpenCV walks through all rows of a polygon, seen or not."""
