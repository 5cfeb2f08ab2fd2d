"""Two views of each frame side by side: the model's mask as it came, and the same followed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import cv2
import numpy as np

from rtseg.formats import Outlined, draw
from rtseg.formats.overlay import video_tag
from rtseg.formats.tags import text_px, write
from rtseg.recordings.following import Seen
from rtseg.types import BoolMask, Image

_HALF_PX = 960
"""Widest view: two fill a full HD screen."""

_GAP_PX = 4
_GROUND = (20, 14, 10)
_INK = (235, 235, 235)


def beside(seen: Seen) -> Image:
    """Draw a frame twice, what was heard of it on the left, what is followed on the right.

    Parameters
    ----------
    seen : with what was heard.

    Returns
    -------
    (H, W, 3) uint8 BGR, both sides even: the views with the state of each object and, below, what
    they are and which objects are lost.
    """
    height, width = seen.shot.image.shape[:2]
    scale = min(1.0, _HALF_PX / width)
    size = 2 * max(1, round(scale * width / 2)), 2 * max(1, round(scale * height / 2))
    small = np.asarray(cv2.resize(seen.shot.image, size, interpolation=cv2.INTER_AREA), np.uint8)
    left = _view(small, seen.heard, [f"{video_tag(one)} · {one.age_ms} ms" for one in seen.heard])
    right = _view(small, seen.objects, [_told(one) for one in seen.objects])
    letters = text_px(*size)
    below = 2 * letters
    canvas = np.full((size[1] + below, 2 * size[0] + _GAP_PX, 3), _GROUND, np.uint8)
    canvas[: size[1], : size[0]] = left
    canvas[: size[1], size[0] + _GAP_PX :] = right
    middle = size[1] + below / 2
    lost = [f"#{track_id} lost" for track_id in seen.lost]
    seconds = f"{seen.shot.at_s:.2f} s"
    write(canvas, f"the model's last mask, held · {seconds}", (letters, middle), letters, _INK)
    words = " · ".join(["rtseg, from the same masks", *lost])
    write(canvas, words, (size[0] + _GAP_PX + letters, middle), letters, _INK)
    return canvas


def _told(one: Outlined) -> str:
    """Write an object's state, confidence and the age of what a model said of it."""
    confidence = "" if one.confidence is None else f" {one.confidence:.0%}"
    return f"{video_tag(one)} · {one.state}{confidence} · {one.age_ms} ms"


def _view(small: Image, objects: Sequence[Outlined], tags: Sequence[str]) -> Image:
    size = small.shape[1], small.shape[0]
    scaled = [
        (replace(one, mask=_scaled(one.mask, size)), tag)
        for one, tag in zip(objects, tags, strict=True)
    ]
    drawn = [(one, tag) for one, tag in scaled if one.mask.any()]
    return draw(small, [one for one, _ in drawn], tags=[tag for _, tag in drawn])


def _scaled(mask: BoolMask, size: tuple[int, int]) -> BoolMask:
    full = mask.astype(np.uint8) * np.uint8(255)
    return np.asarray(cv2.resize(full, size, interpolation=cv2.INTER_AREA)) > 127
