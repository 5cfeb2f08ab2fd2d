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

_NEAR = (0.5 * np.eye(_BINS) + 0.25 * (np.eye(_BINS, k=1) + np.eye(_BINS, k=-1))).astype(np.float32)
"""Weighs neighbours 1 : 2 : 1."""


def palette_of(picture: Lab, mask: Soft, before: Palette | None = None) -> Palette:
    """Learn an object's colours.

    Parameters
    ----------
    picture : (h, w, 3) uint8 Lab.
    mask : (h, w) float32 in [0, 1].
    before : what was known of it.
    """
    places = _places(picture)[mask > 0.5]
    if not len(places):
        return np.zeros((_BINS,) * 3, np.float32) if before is None else before
    counts = np.bincount(places, minlength=_BINS**3).astype(np.float32)
    # Neighbouring bins share: light varies, and more than colour does.
    share = _NEAR @ counts.reshape((_BINS,) * 3) @ _NEAR
    share = (_NEAR @ _NEAR @ share.reshape(_BINS, -1)).reshape((_BINS,) * 3)
    share = np.asarray(share / share.sum(), np.float32)
    if before is not None:
        share = np.asarray((1 - _KEEP) * share + _KEEP * np.exp(before), np.float32)
    return np.asarray(np.log(share + np.float32(_LEAST)), np.float32)


def looked_up(pixels: Lab, palette: Palette) -> npt.NDArray[np.float32]:
    """Give the logarithm of the share of each pixel's colour; (..., 3) uint8 to (...) float32."""
    return np.asarray(palette.reshape(-1)[_places(pixels)], np.float32)


def _places(pixels: Lab) -> npt.NDArray[np.uint16]:
    """Give the place of each pixel's colour in a palette, all in one row."""
    bins = (pixels >> 4).astype(np.uint16)
    return np.asarray((bins[..., 0] << 8) | (bins[..., 1] << 4) | bins[..., 2], np.uint16)
