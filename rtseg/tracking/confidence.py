"""How far a mask can be trusted, from what the tracker knows without the truth.

Five signs of a mask make a logistic estimate of its J. Their weights were fitted by
`benchmarks/confidence.py` on the late oracle at 1, 3, 6 and 12 frames, from the first mask alone,
and with a noisy oracle; the same script tells how good they are on sequences that were left out.
What explained no more of J beyond these: how well colours match those of the evidence, the object's
speed, how its area changed, the contrast along its edge.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from rtseg.tracking.appearance import Soft

Weights: TypeAlias = tuple[float, float, float, float, float, float]

WEIGHTS: Weights = (1.081, -0.362, 0.221, 0.444, -0.652, -1.109)
"""Of the fields of `Signs`, in their order, and the constant."""

_SUREST = 0.99  # of a share before its logarithm is taken: no mask is perfect

_USUAL_ERROR = 0.2
"""1 - J that is taken for granted before any correction was compared: counts as one of them."""

_FORGET = 0.6  # of what earlier comparisons said, with each new one


@dataclass(frozen=True, slots=True)
class Signs:
    """What speaks for and against a mask.

    Parameters
    ----------
    sureness : log-odds of the IoU that the soft mask itself expects.
    silence : logarithm of 1 + frames since the model's last word.
    age : logarithm of 1 + frames since the evidence, which may be the object's own mask.
    agreement : log-odds of the J that corrections found in what was shown of their frames.
    at_border : share of the picture's four borders that the object touches.
    """

    sureness: float
    silence: float
    age: float
    agreement: float
    at_border: float

    @property
    def values(self) -> tuple[float, ...]:
        """In the order of the weights."""
        return self.sureness, self.silence, self.age, self.agreement, self.at_border


def confidence_of(signs: Signs, weights: Weights = WEIGHTS) -> float:
    """Estimate J, [0, 1]."""
    total = sum(w * sign for w, sign in zip(weights, (*signs.values, 1.0), strict=True))
    return float(1 / (1 + np.exp(-total)))


def log_odds(share: float) -> float:
    """Give the logarithm of the odds of a share, which may be 0 or 1."""
    share = min(max(share, 1 - _SUREST), _SUREST)
    return float(np.log(share / (1 - share)))


def expected_iou(soft: Soft) -> float:
    """Give the IoU that a soft mask itself expects of its half that is more likely than not.

    Parameters
    ----------
    soft : (h, w) float32 in [0, 1], each pixel's probability of being the object.

    Returns
    -------
    Expected intersection by expected union, [0, 1]; 0 where nothing is likely.
    """
    peak = float(soft.max())
    if peak <= 0:
        return 0.0
    likely = soft > min(0.5, peak / 2)  # what is smaller than a working pixel is nowhere likely
    area = int(np.count_nonzero(likely))
    within = float(np.sum(soft, where=likely))
    return within / (area + float(np.sum(soft)) - within)


def borders_touched(soft: Soft) -> float:
    """Give the share of the four borders that what is likely reaches."""
    sides = (soft[0], soft[-1], soft[:, 0], soft[:, -1])
    return sum(bool((side > 0.5).any()) for side in sides) / 4


class Agreement:
    """How far past corrections agreed with what had been shown of their frames.

    Parameters
    ----------
    frames : how many shown masks are remembered.
    """

    def __init__(self, frames: int) -> None:
        self._shown: deque[tuple[int, npt.NDArray[np.uint8]]] = deque(maxlen=frames)
        self._error = 0.0
        self._weight = 0.0

    def show(self, index: int, soft: Soft) -> None:
        """Remember what was shown of a frame; a pixel is a bit."""
        self._shown.append((index, np.packbits(soft > 0.5)))

    def shown(self, index: int, like: Soft) -> npt.NDArray[np.bool_] | None:
        """Give what was shown of a frame, of the shape of `like`; None where that is forgotten."""
        bits = next((bits for number, bits in self._shown if number == index), None)
        if bits is None:
            return None
        return np.unpackbits(bits, count=like.size).reshape(like.shape).astype(np.bool_)

    def hear(self, index: int, word: Soft) -> None:
        """Compare a model's word of a frame with what was shown of it.

        Frames in which either saw nothing say whether the object was there, not how well it was
        outlined: they do not count.
        """
        before = self.shown(index, word)
        now = word > 0.5
        while self._shown and self._shown[0][0] <= index:
            self._shown.popleft()  # what is newer alone can still be asked for
        if before is None or not before.any() or not now.any():
            return
        agreed = np.count_nonzero(before & now) / np.count_nonzero(before | now)
        self._error = _FORGET * self._error + 1 - agreed
        self._weight = _FORGET * self._weight + 1

    def forget_shown(self) -> None:
        """Another picture follows; how well it went so far still counts."""
        self._shown.clear()

    @property
    def value(self) -> float:
        """J that corrections found lately, [0, 1]."""
        return 1 - (self._error + _USUAL_ERROR) / (self._weight + 1)
