"""A scene in which nothing moves, and how much its outline does all the same."""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from rtseg.bench.davis import Sequence
from rtseg.bench.followers import Hold, PlainFlow, Tracked
from rtseg.bench.late_oracle import Follower, play
from rtseg.bench.noise import answers_with_errors
from rtseg.geometry import iou
from rtseg.types import BoolMask, Image

LATE = 6
"""Frames late of the model that looks at the scene."""

_FRAMES = 30
_SENSOR_NOISE = 3.0
"""Standard deviation of each pixel and channel, of 255: a webcam in a room at evening."""

_SEED = 2016


def watch_still(sequence: Sequence, *, is_noisy: bool) -> dict[str, dict[str, float]]:
    """Let hold, flow and tracker follow the first frame, again and again, with a sensor's noise.

    Returns
    -------
    For each, "shimmer_px": the pixels that change from frame to frame, over the length of the true
    outline, so how far the line trembles, source pixels; and "J". {} where the first frame shows no
    object.
    """
    picture, mask = sequence.images[0], sequence.truth[0]
    length_px = outline_length_px(mask)
    if not length_px:
        return {}
    random = np.random.default_rng(_SEED)
    images: list[Image] = [
        (picture + random.normal(0, _SENSOR_NOISE, picture.shape)).clip(0, 255).astype(np.uint8)
        for _ in range(_FRAMES)
    ]
    scene = Sequence(sequence.name, images, [mask] * _FRAMES)
    answers = answers_with_errors(scene.truth) if is_noisy else None
    followers: dict[str, Follower] = {"hold": Hold(), "flow": PlainFlow(), "tracker": Tracked()}
    found = {}
    for name, follower in followers.items():
        shown = play(scene, follower, LATE, answers=answers)
        changed = [np.count_nonzero(before ^ after) for before, after in pairwise(shown)]
        found[name] = {
            "shimmer_px": float(np.mean(changed)) / length_px,
            "J": float(np.mean([iou(each, mask) for each in shown])),
        }
    return found


def outline_length_px(mask: BoolMask) -> int:
    """Return how many edges of pixels the outline goes along, without those of the picture."""
    return int(
        np.count_nonzero(mask[:, 1:] != mask[:, :-1]) + np.count_nonzero(mask[1:] != mask[:-1])
    )
