"""Masks of noise, without what no outline can say.

The outline of a mask that is noise has millions of corners: at 2048 × 2048 pixels, to trace, fit
and write it took 22 s and 56 MB of text. A majority filter leaves out what is finer than its
window; the window grows until the outline is as short as one of an object.
"""

from __future__ import annotations

import cv2
import numpy as np

from rtseg.geometry.boxes import box_of
from rtseg.geometry.tracing import check_mask
from rtseg.types import BoolMask

MOST_CORNERS = 20_000
"""Corners of an outline. The roughest of DAVIS, 480 pixels high, has 7,200; to draw 20,000 smoothly
takes half a second at worst."""


def despeckle(mask: BoolMask, most_corners: int = MOST_CORNERS) -> BoolMask:
    """Leave out of a mask what is too fine to be outlined, as in noise.

    Parameters
    ----------
    mask : (H, W) bool.
    most_corners : that its outline may have, >= 4.

    Returns
    -------
    `mask` itself where its outline has no more corners; else where it lies densest, over about as
    many pixels, and never empty. A mask of a few pixels may keep more corners than wished.

    Raises
    ------
    UsageError
        If `mask` is not two-dimensional and bool.
    """
    check_mask(mask)
    left, top, right, bottom = box_of(mask)
    crop = mask[top:bottom, left:right]
    if _corners(crop) <= most_corners:
        return mask
    area = int(np.count_nonzero(crop))
    # In 16 bits: noise is nearly the same everywhere, seen through a large window.
    white = crop.astype(np.uint16) * np.uint16(65535)
    window, coarse = 3, crop
    while window <= 2 * max(crop.shape) and _corners(coarse) > most_corners:
        density = np.asarray(cv2.blur(white, (window, window), borderType=cv2.BORDER_CONSTANT))
        # How many pixels are at least so dense, for each density there is but 0.
        counts = np.bincount(density.reshape(-1), minlength=2)[: int(density.max()) + 1]
        at_least = np.cumsum(counts[:0:-1])[::-1]
        coarse = density > int(np.argmin(np.abs(at_least - area)))
        window = 2 * window - 1
    result = np.zeros_like(mask)
    # What is of so few pixels that no window calms it is as good as its box.
    coarse = coarse if _corners(coarse) <= most_corners else np.ones_like(crop)
    result[top:bottom, left:right] = coarse
    return result


def _corners(mask: BoolMask) -> int:
    """Count the corners of the outline of a mask, as many as `trace` would give."""
    framed = np.pad(mask, 1)
    upright = framed[:, 1:] ^ framed[:, :-1]
    ends = np.count_nonzero(upright[1:] ^ upright[:-1])
    # Pixels that touch at a corner only have two there.
    touching = upright[1:] & upright[:-1] & (framed[1:, 1:] ^ framed[:-1, 1:])
    return int(ends + 2 * np.count_nonzero(touching))
