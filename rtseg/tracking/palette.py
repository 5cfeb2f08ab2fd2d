"""The colours that an object has, or that all else has: shares of each, smoothed a little.

`colours` weighs an object against its near surroundings for the belief. Here each side stands by
itself, for objects to be compared with one another, and is learned over many words of a model: an
object that turns shows again what it has shown before.
"""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from rtseg.tracking.appearance import Lab, Soft

Palette: TypeAlias = npt.NDArray[np.float32]
"""(16, 16, 16) float32 over Lab of OpenCV: the logarithm of each colour's share."""

_BINS = 16
_LEAST = 1e-6
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


def looked_up(pixels: Lab, palette: Palette) -> npt.NDArray[np.float32]:
    """Give the logarithm of the share of each pixel's colour; (..., 3) uint8 to (...) float32."""
    bins = (pixels >> 4).astype(np.uint16)
    place = (bins[..., 0] << 8) | (bins[..., 1] << 4) | bins[..., 2]
    return np.asarray(palette.reshape(-1)[place], np.float32)
