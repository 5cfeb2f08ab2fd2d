"""Edge-aware smoothing: a soft mask takes the edges of the picture that it lies on."""

from __future__ import annotations

from typing import Any, cast

import cv2
import numpy as np

from rtseg.tracking.appearance import Lab, Soft

_SHRINK = 2


def snap_to_edges(soft: Soft, picture: Lab, *, radius_px: int = 2, calm: float = 1e-4) -> Soft:
    """Filter `soft` with all three channels of `picture` as the guide.

    The guided filter of He, Sun and Tang (TPAMI 2013), equation 19, by box sums. Its planes are
    found at half the size and applied at full size (He and Sun, "Fast guided filter", 2015), in a
    third of the time: edges come from the picture, which is not shrunk.

    Parameters
    ----------
    soft : (h, w) float32.
    picture : (h, w, 3) uint8.
    radius_px : half the window's side.
    calm : variance of the guide, which is in [0, 1], below which an area is smoothed as flat.

    Returns
    -------
    (h, w) float32.
    """
    height, width = soft.shape
    small = (max(1, width // _SHRINK), max(1, height // _SHRINK))
    guide = np.asarray(cv2.resize(picture, small, interpolation=cv2.INTER_AREA), np.float32)
    target = np.asarray(cv2.resize(soft, small, interpolation=cv2.INTER_AREA), np.float32)
    planes = _planes(target, guide, max(1, radius_px // _SHRINK), calm * 255 * 255)
    planes = cv2.resize(planes, (width, height), interpolation=cv2.INTER_LINEAR)
    # slopes . colours + offset, as four channels: the picture's three, and 1.
    guided = cv2.cvtColor(picture, cv2.COLOR_BGR2BGRA)
    cv2.insertChannel(np.ones((height, width), np.uint8), guided, 3)
    weighed = cv2.multiply(planes, guided, dtype=cv2.CV_32F)
    return cast(Soft, cv2.transform(weighed, np.ones((1, 4), np.float32)))


def _planes(soft: Soft, guide: Any, radius: int, calm: float) -> Any:
    """Give, for each pixel, how `soft` depends on the guide around it: (h, w, 4) float32.

    Three slopes and what is added, means of those of all windows that hold the pixel.
    """
    window = (2 * radius + 1, 2 * radius + 1)

    def mean(values: Any) -> Any:
        return cv2.blur(values, window, borderType=cv2.BORDER_REPLICATE)

    first, second, third = cv2.split(guide)
    # All ten means that the solution needs, as channels of few pictures: fewer passes.
    m = cv2.split(mean(guide))
    mean_soft = mean(soft)
    squares = cv2.split(mean(guide * guide))
    crossed = cv2.split(mean(cv2.merge((first * second, first * third, second * third))))
    along = cv2.split(mean(guide * soft[..., None]))
    rr, gg, bb = (squares[i] - m[i] * m[i] + np.float32(calm) for i in range(3))
    rg = crossed[0] - m[0] * m[1]
    rb = crossed[1] - m[0] * m[2]
    gb = crossed[2] - m[1] * m[2]
    c0, c1, c2 = (along[i] - m[i] * mean_soft for i in range(3))
    # Cramer's rule for the symmetric 3 x 3 system of each window.
    i11, i12, i13 = gg * bb - gb * gb, gb * rb - rg * bb, rg * gb - gg * rb
    i22, i23, i33 = rr * bb - rb * rb, rb * rg - rr * gb, rr * gg - rg * rg
    scale = 1 / (rr * i11 + rg * i12 + rb * i13)
    a0 = (i11 * c0 + i12 * c1 + i13 * c2) * scale
    a1 = (i12 * c0 + i22 * c1 + i23 * c2) * scale
    a2 = (i13 * c0 + i23 * c1 + i33 * c2) * scale
    offset = mean_soft - a0 * m[0] - a1 * m[1] - a2 * m[2]
    return mean(cv2.merge((a0, a1, a2, offset)))
