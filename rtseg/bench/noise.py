"""Masks as models make them: mostly right, a bit off everywhere, now and then quite wrong.

=====================  =========  ================================================================
what a model gives     how often  how it is made here
=====================  =========  ================================================================
nothing                      5 %  an empty mask: the object is missed
something else               3 %  the mask mirrored left to right: another thing of that size
the object, a bit off       92 %  blurred by 1 to 4 pixels (standard deviation), shifted by 2 (the
                                  same, each way), and cut at .3 to .7: details go, and the outline
                                  is up to 2 pixels too wide or too narrow
=====================  =========  ================================================================

Each frame errs by itself and always alike, whoever asks and whenever: an oracle without delay and a
late one say the same of it.
"""

from __future__ import annotations

from collections.abc import Sequence as Items

import cv2
import numpy as np

from rtseg.types import BoolMask

_SEED = 2016
_MISSED, _WRONG = 0.05, 0.03
_BLUR_PX = (1.0, 4.0)
_SHIFT_PX = 2.0
_CUT = (0.3, 0.7)


def answers_with_errors(truth: Items[BoolMask]) -> list[BoolMask]:
    """Give what an erring model says of each frame.

    Parameters
    ----------
    truth : (H, W) bool, the true mask of each frame.
    """
    return [noisy(mask, np.random.default_rng((_SEED, n))) for n, mask in enumerate(truth)]


def noisy(mask: BoolMask, random: np.random.Generator) -> BoolMask:
    """Degrade one mask, (H, W) bool, by what the dice say."""
    fate = random.random()
    if fate < _MISSED:
        return np.zeros_like(mask)
    if fate < _MISSED + _WRONG:
        return np.ascontiguousarray(mask[:, ::-1])
    soft = cv2.GaussianBlur(mask.astype(np.float32), (0, 0), random.uniform(*_BLUR_PX))
    shift = random.normal(0, _SHIFT_PX, 2)
    move = np.array([[1, 0, shift[0]], [0, 1, shift[1]]], np.float32)
    soft = cv2.warpAffine(soft, move, (mask.shape[1], mask.shape[0]))
    return np.asarray(soft) > random.uniform(*_CUT)
