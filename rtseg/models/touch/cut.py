"""The minimum cut: the mask that agrees best with what is believed of each pixel, and with edges.

OpenCV has one solver of minimum cuts on a grid, inside `cv2.grabCut` (Boykov and Kolmogorov, PAMI
2004). With frozen models it learns nothing, so a picture whose first channel *is* the belief and
whose models say so linearly makes a general solver of it. The other two channels are the colours,
by whose differences edges are cheap to cut.
"""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

from rtseg.models.touch.window import Soft
from rtseg.types import BoolMask, Image

LIMIT = 8.0
"""Log odds beyond which nothing more is believed."""

_STEPS = 24.0  # of the belief's channel: few, so that colours and not beliefs make the edges
_GRABCUT_SMOOTHNESS = 50.0  # a constant of OpenCV's


class Cutter:
    """Cuts one picture, again and again.

    Parameters
    ----------
    picture : (h, w, 3) uint8 BGR.
    """

    def __init__(self, picture: Image) -> None:
        light, green_red, _ = cv2.split(cv2.cvtColor(picture, cv2.COLOR_BGR2LAB))
        chroma = cv2.convertScaleAbs(green_red, alpha=2, beta=-128)
        self._features = np.dstack([light, light, chroma]).astype(np.uint8)

    def cut(
        self, log_odds: Soft, smoothness: float, background: BoolMask, inside: BoolMask
    ) -> BoolMask:
        """Return the (h, w) bool mask of least energy.

        The energy is the sum of `-log_odds` over the mask, and `smoothness * exp(-d² / 2 m)`,
        less for diagonals, for each pair of neighbours that it parts, with d their difference in
        colour and m the mean of d² over the picture.

        Parameters
        ----------
        log_odds : (h, w) float32, for the object.
        smoothness : what it costs to part two pixels of one colour, in log odds.
        background, inside : (h, w) bool, what is sure; where both, it is inside.
        """
        belief = np.rint((np.clip(log_odds, -LIMIT, LIMIT) / LIMIT + 1) * (_STEPS / 2))
        self._features[..., 0] = belief
        labels = np.where(log_odds > 0, np.uint8(cv2.GC_PR_FGD), np.uint8(cv2.GC_PR_BGD))
        labels[background] = cv2.GC_BGD
        labels[inside] = cv2.GC_FGD
        if (labels & 1).all() or not (labels & 1).any():  # grabCut wants some of each
            return (labels & 1).astype(np.bool_)
        # Two Gaussians of one variance: their log ratio is linear, and ±LIMIT at the ends.
        variance = _STEPS**2 / (2 * LIMIT * _GRABCUT_SMOOTHNESS / smoothness)
        cv2.grabCut(
            self._features,
            labels,
            None,  # type: ignore[call-overload]
            _model(0.0, variance),
            _model(_STEPS, variance),
            1,
            cv2.GC_EVAL_FREEZE_MODEL,
        )
        return (labels & 1).astype(np.bool_)


def _model(belief: float, variance: float) -> npt.NDArray[np.float64]:
    """Make OpenCV's 5 weights, 5 means and 5 covariances: one Gaussian, of the belief alone."""
    model = np.zeros((1, 65))
    model[0, 0] = 1
    model[0, 5:8] = belief, 128, 128
    model[0, 20:].reshape(5, 9)[:] = np.diag([variance, 1e6, 1e6]).ravel()
    return model
