"""Fusion: everything that speaks for or against a pixel, weighed into one probability.

Each cue is right in its own circumstances. Colours decide where the moved belief is in doubt and
the picture fits the memory; where it looks like nothing remembered, they say little; what was seen
behind the object matters most where the belief has been left behind. Which cue to believe when is
learned: a network with one small hidden layer, beside the plain sum of log odds, the same for
every pixel. `benchmarks/fusion.py` learns its weights, says from what, and proves them on
sequences that it has not seen.
"""

from __future__ import annotations

from dataclasses import dataclass, fields

import cv2
import numpy as np
import numpy.typing as npt

from rtseg.tracking import fusion_weights
from rtseg.tracking.appearance import Soft
from rtseg.tracking.cues import Cues

_NAMES = ("prior", *(cue.name for cue in fields(Cues)))
_SHARES = 6  # of these, from the first on, are shares; the others are odds and differences
_CERTAIN = 0.003  # no belief is surer than 300 to 1: what was thought lost must be able to return
_VOTES, _COLOURS, _PLATE = (_NAMES.index(name) for name in ("votes", "colours", "plate"))
_VOTES_LIMIT = 5.0
_COLOURS_LIMIT = 3.0
_NEWS_SHARE = 0.5  # of the plate's word for the object counts where colours speak against it
_UNLIKE = 2.0  # of 4
_ELSEWHERE = 0.27  # belief below which a pixel is newly claimed

_AT_ONCE = 1792
"""Pixels that are weighed together. OpenBLAS shares products of 65536 · 4 multiplications and more
among threads, and leaves these spinning: on two busy cores this took 12 ms in the place of 0.6."""

Floats = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Weights:
    """Of odds = direct x + second max(0, first x + first_bias) + bias, with n inputs x.

    Parameters
    ----------
    first : (hidden, n) float32.
    first_bias, second : (hidden,) float32.
    direct : (n,) float32.
    """

    first: Floats
    first_bias: Floats
    second: Floats
    direct: Floats
    bias: float


PLAIN = Weights(
    np.zeros((1, len(_NAMES)), np.float32),
    np.zeros(1, np.float32),
    np.zeros(1, np.float32),
    np.array([name in ("prior", "votes", "plate") for name in _NAMES], np.float32),
    0.0,
)
"""The plain sum of log odds, as if cues erred independently: where learning starts from."""

LEARNED = Weights(
    np.array(fusion_weights.FIRST, np.float32),
    np.array(fusion_weights.FIRST_BIAS, np.float32),
    np.array(fusion_weights.SECOND, np.float32),
    np.array(fusion_weights.DIRECT, np.float32),
    fusion_weights.BIAS,
)


def fuse(cues: Cues, weights: Weights = LEARNED) -> Soft:
    """Give the probability of each pixel to be the object.

    Returns
    -------
    (h, w) float32 in (0, 1).
    """
    inputs = prepared(cues)
    # The plain sum goes along as one more row, which nothing cuts off at 0.
    first = np.vstack((weights.first, weights.direct))
    bias = np.append(weights.first_bias, np.float32(weights.bias))[:, None]
    second = np.append(weights.second, np.float32(1))[None]
    odds = np.empty((1, inputs.shape[1]), np.float32)
    for start in range(0, inputs.shape[1], _AT_ONCE):
        some = np.s_[:, start : start + _AT_ONCE]
        hidden = first @ inputs[some]
        hidden += bias
        np.maximum(hidden[:-1], 0, out=hidden[:-1])
        np.matmul(second, hidden, out=odds[some])
    return np.asarray(1 / (1 + cv2.exp(-odds.reshape(cues.near.shape))), np.float32)


def prepared(cues: Cues) -> Floats:
    """Stack what the network takes: a prior of the shares, then the cues, with their limits.

    Returns
    -------
    (n, h * w) float32; shares as log odds.
    """
    planes = [getattr(cues, cue.name).reshape(-1) for cue in fields(cues)]
    inputs = np.stack((_prior(cues).reshape(-1), *planes))
    shares = np.clip(inputs[:_SHARES], _CERTAIN, 1 - _CERTAIN, out=inputs[:_SHARES])
    inputs[:_SHARES] = cv2.log(shares / (1 - shares))
    for place, limit in ((_VOTES, _VOTES_LIMIT), (_COLOURS, _COLOURS_LIMIT)):
        np.clip(inputs[place], -limit, limit, out=inputs[place])
    # Shadows and reflections are new at their place as well, but have the ground's colours.
    plate = inputs[_PLATE]
    plate[(plate > 0) & (inputs[_VOTES] < 0)] *= np.float32(_NEWS_SHARE)
    plate[(plate > 0) & _is_something_else(cues)] = 0
    return inputs


def _is_something_else(cues: Cues) -> npt.NDArray[np.bool_]:
    """Say which pixels are new at their place, and yet not the object: what passes in front.

    Nothing that is known of the object leads there: neither its motion nor flow brings anything
    like them, their colours are not its own, and nobody believed it there a step ago. A board that
    stays in front of it is outlined with it otherwise: on cloth IoU is .58, and .96 like this.
    """
    is_new = (cues.near < _ELSEWHERE) & (cues.votes <= 0) & (cues.colours <= 0)
    is_unlike = cv2.min(cues.unlike_led, cues.unlike_rigid) > _UNLIKE
    return np.asarray(is_new & is_unlike).reshape(-1)


def _prior(cues: Cues) -> Soft:
    """Mix the ways that the object may have gone: shares measured best on ten DAVIS sequences."""
    return np.asarray(0.64 * cues.near + 0.16 * cues.wide + 0.2 * cues.rigid, np.float32)
