"""Outlines to masks."""

from __future__ import annotations

import numpy as np

from rtseg.errors import UsageError
from rtseg.geometry.path import Path, Polygons
from rtseg.geometry.scanlines import crossings
from rtseg.types import BoolMask


def fill(path: Path | Polygons, shape: tuple[int, int]) -> BoolMask:
    """Paint the inside of a path.

    A pixel is painted when its centre is inside by the nonzero rule: what a canvas and renderers of
    SVG do where they do not smooth borders, and where they do, these are all that differs. Whose a
    centre is that lies on an edge, nothing says, and they do not agree; none does on the path of
    `trace`. (``cv2.fillPoly`` paints the pixels under the border as well.)

    Parameters
    ----------
    path : source pixels; what reaches beyond the frame is cut off.
    shape : (height, width) of the frame, pixels.

    Returns
    -------
    (height, width) bool.

    Raises
    ------
    UsageError
        If a side of `shape` is negative.
    """
    height, width = shape
    if height < 0 or width < 0:
        raise UsageError(f"expected a frame with sides of 0 or more, got {width}×{height}")
    mask = np.zeros((height, width), np.bool_)
    x0, y0, x1, y1 = path.bbox
    x0, y0, x1, y1 = max(x0, 0), max(y0, 0), min(x1, width), min(y1, height)
    if x0 >= x1 or y0 >= y1:
        return mask
    found = crossings(path.rings, (x0, y0, x1, y1))
    # One column more than the box has: crossings beyond its right side change no pixel.
    steps = np.zeros((y1 - y0, x1 - x0 + 1), np.int32)
    np.add.at(steps.reshape(-1), found.row * steps.shape[1] + found.column, found.winding)
    winding = np.cumsum(steps, axis=1, out=steps)
    np.not_equal(winding[:, :-1], 0, out=mask[y0:y1, x0:x1])
    return mask
