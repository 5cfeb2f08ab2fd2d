"""The colours of the whole object, wherever on it: one table of odds.

`appearance` asks near the place that a pixel came from. Where flow has lost the way, that is the
wrong place; but a red car is red everywhere, if nothing around it is.
"""

from __future__ import annotations

from typing import TypeAlias

import cv2
import numpy as np
import numpy.typing as npt

from rtseg.geometry import box_of
from rtseg.tracking.appearance import Lab, Soft

Colours: TypeAlias = npt.NDArray[np.float32]
"""(16384,) float32: logarithm of the odds for the object, by `_index` of a colour."""

_SHAPE = (16, 32, 32)  # lightness, a, b
_MARGIN_PX = 20
_MARGIN_SHARE = 0.5  # of the object's longer side: what is farther away will not be mistaken for it
_RARE = 2e-4  # share of pixels that both sides have of every colour beforehand
_OBJECT = 0.2  # of the soft mask: what may be the object


def _smoothing(length: int) -> npt.NDArray[np.float32]:
    """Give the matrix that weighs neighbours 1 : 2 : 1."""
    return np.asarray(
        0.5 * np.eye(length) + 0.25 * (np.eye(length, k=1) + np.eye(length, k=-1)), np.float32
    )


_SMOOTH_LIGHT, _SMOOTH_AB = _smoothing(_SHAPE[0]), _smoothing(_SHAPE[1])


def colours_of(picture: Lab, mask: Soft) -> Colours:
    """Count the colours of an object and of its surroundings.

    Parameters
    ----------
    picture : (h, w, 3) uint8 Lab.
    mask : (h, w) float32 in [0, 1].
    """
    x0, y0, x1, y1 = box_of(mask > _OBJECT)
    margin = max(_MARGIN_PX, int(_MARGIN_SHARE * max(x1 - x0, y1 - y0)))
    part = np.s_[max(0, y0 - margin) : y1 + margin, max(0, x0 - margin) : x1 + margin]
    index, inside = _index(picture[part]).reshape(-1), mask[part].reshape(-1)
    size = int(np.prod(_SHAPE))
    both = np.bincount(index, minlength=size).astype(np.float32)
    own = np.bincount(index, inside, size).astype(np.float32)
    shares = [_shares(counts) for counts in (own, np.maximum(both - own, 0))]
    return np.asarray(np.log((shares[0] + _RARE) / (shares[1] + _RARE)), np.float32)


def odds_of_colour(picture: Lab, colours: Colours) -> Soft:
    """Look up each pixel.

    Returns
    -------
    (h, w) float32, logarithm of the odds for the object; 0 for colours that neither side had.
    """
    return colours[_index(picture)]


def _index(picture: Lab) -> npt.NDArray[np.uint16]:
    light, a, b = (plane.astype(np.uint16) for plane in cv2.split(picture))
    return np.asarray(((light >> 4) << 10) | ((a >> 3) << 5) | (b >> 3), np.uint16)


def _shares(counts: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """Share of each colour, neighbours smoothed in: a little more light is no other object."""
    table = _SMOOTH_AB @ counts.reshape(_SHAPE) @ _SMOOTH_AB
    table = _SMOOTH_LIGHT @ table.reshape(_SHAPE[0], -1)
    return np.asarray(table.reshape(-1) / max(float(counts.sum()), 1.0), np.float32)
