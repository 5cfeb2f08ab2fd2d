"""The colours that an object has at all: what has none of them stands in front of it.

Flow carries a mask along with whatever covers the object, and remembered pixels say nothing of
colours that neither side had. But an object shows few colours that it never had before: on ten
DAVIS sequences at 12 frames late, 1.6 in 100 pixels well inside a belief have a colour with less
than `_STRANGE` of the object's colours, and most of those are not the object.
"""

from __future__ import annotations

from typing import TypeAlias

import cv2
import numpy as np
import numpy.typing as npt

from rtseg.tracking.appearance import Lab, Soft

Palette: TypeAlias = npt.NDArray[np.float32]
"""(16, 16, 16) float32 over Lab of OpenCV: the logarithm of each colour's share."""

_BINS = 16
_STRANGE = -7.5  # logarithm of the share of a colour that the object does not have
_FOREIGN = -6.5  # and of one that may pass
_LEAST = 1e-6
_WINDOW_PX = 5
"""Noise and compression make single pixels strange; what covers an object is larger."""

_KEEP = 0.7
"""Weight of all that was known before: an object that turns shows its other side again."""


def palette_of(picture: Lab, mask: Soft, before: Palette | None = None) -> Palette:
    """Learn an object's colours.

    Parameters
    ----------
    picture : (h, w, 3) uint8 Lab.
    mask : (h, w) float32 in [0, 1].
    before : what was known of it.
    """
    places = np.flatnonzero(mask.ravel() > 0.5)
    if not len(places):
        return np.zeros((_BINS,) * 3, np.float32) if before is None else before
    bins = (picture.reshape(-1, 3)[places] // (256 // _BINS)).astype(np.intp)
    counts = np.bincount((bins[:, 0] * _BINS + bins[:, 1]) * _BINS + bins[:, 2], minlength=_BINS**3)
    share: Palette = counts.astype(np.float32).reshape((_BINS,) * 3)
    for axis in (0, 0, 1, 2):  # neighbouring bins share: light varies, and more than colour does
        share = _blurred(share, axis)
    share = np.asarray(share / share.sum(), np.float32)
    if before is not None:
        share = np.asarray((1 - _KEEP) * share + _KEEP * np.exp(before), np.float32)
    return np.asarray(np.log(share + np.float32(_LEAST)), np.float32)


def _blurred(share: Palette, axis: int) -> Palette:
    rows = np.moveaxis(share, axis, 0)
    result = 0.5 * rows
    result[1:] += 0.25 * rows[:-1]
    result[:-1] += 0.25 * rows[1:]
    return np.asarray(np.moveaxis(result, 0, axis), np.float32)


def strangeness(share: npt.NDArray[np.float32]) -> Soft:
    """Say where there are colours that the object has not.

    Parameters
    ----------
    share : (h, w) float32, of `looked_up`.

    Returns
    -------
    (h, w) float32 in [0, 1], averaged over a few pixels.
    """
    strange = ((_FOREIGN - share) * (1 / (_FOREIGN - _STRANGE))).clip(0, 1)
    return np.asarray(cv2.blur(strange, (_WINDOW_PX, _WINDOW_PX)), np.float32)


def looked_up(pixels: Lab, palette: Palette) -> npt.NDArray[np.float32]:
    """Give the logarithm of the share of each pixel's colour; (..., 3) uint8 to (...) float32."""
    bins = (pixels >> 4).astype(np.uint16)
    place = (bins[..., 0] << 8) | (bins[..., 1] << 4) | bins[..., 2]
    return np.asarray(palette.reshape(-1)[place], np.float32)
