"""Edge-aware smoothing: a soft mask takes the edges of the picture that it lies on."""

from __future__ import annotations

from typing import Any, cast

import cv2
import numpy as np

from rtseg.tracking.appearance import Lab, Soft


def snap_to_edges(soft: Soft, picture: Lab, *, radius_px: int = 2, calm: float = 1e-4) -> Soft:
    """Filter `soft` with all three channels of `picture` as the guide.

    The guided filter of He, Sun and Tang (TPAMI 2013), equation 19, by box sums.

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
    guide = picture.astype(np.float32) * np.float32(1 / 255)
    window = (2 * radius_px + 1, 2 * radius_px + 1)

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
    slope = cv2.split(mean(cv2.merge((a0, a1, a2))))
    return cast(Soft, slope[0] * first + slope[1] * second + slope[2] * third + mean(offset))
