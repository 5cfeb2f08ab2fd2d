"""Words in a picture: small plates that stay inside it and off each other."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import cv2
import numpy as np

from rtseg.types import Image

_TEXT = 0.030
"""Height of the letters' line as a share of the picture's shorter side: 21 pixels at 720p."""

_LEAST_TEXT_PX = 11
_LONGEST = 60
"""Characters of a tag; a label may be a sentence."""

_WEIGHT = 560  # between regular and bold: OpenCV's own font is variable
_INK = (20, 14, 10)


@dataclass(frozen=True, slots=True)
class Tag:
    """A word for a place.

    Parameters
    ----------
    text : in any script.
    colour : of the plate, BGR.
    anchor : (x, y), source pixels: the plate stands centred above it where there is room.
    """

    text: str
    colour: tuple[int, int, int]
    anchor: tuple[float, float]


@dataclass(frozen=True, slots=True)
class _Rect:
    x: int
    y: int
    width: int
    height: int

    def meets(self, other: _Rect) -> bool:
        return (
            self.x < other.x + other.width
            and other.x < self.x + self.width
            and self.y < other.y + other.height
            and other.y < self.y + self.height
        )


def draw_tags(canvas: Image, tags: Sequence[Tag]) -> None:
    """Write tags into a picture, (H, W, 3) uint8 BGR; one that has no room at all is left out."""
    height, width = canvas.shape[:2]
    size = text_px(width, height)
    taken: list[_Rect] = []
    for tag in sorted(tags, key=lambda tag: tag.anchor[1]):
        text = tag.text if len(tag.text) <= _LONGEST else tag.text[: _LONGEST - 1] + "…"
        while text_width(text, size) + size > width and len(text) > 2:
            text = text[:-2] + "…"
        plate = _place(text, size, tag.anchor, (width, height), taken)
        if plate is None:
            continue
        taken.append(plate)
        _plate(canvas, plate, tag.colour)
        write(canvas, text, (plate.x + size / 2, plate.y + plate.height / 2), size, _INK)


def text_px(width_px: int, height_px: int) -> int:
    """Return the size of letters for a picture of this size, pixels."""
    return max(_LEAST_TEXT_PX, round(_TEXT * min(width_px, height_px)))


def text_width(text: str, size_px: int) -> int:
    """Return how wide a line of text is, pixels."""
    _, _, width, _ = cv2.getTextSize((0, 0), text, (0, 0), _font(), size_px, _WEIGHT)
    return int(width)


def write(
    canvas: Image,
    text: str,
    left_middle: tuple[float, float],
    size_px: int,
    colour: tuple[int, int, int],
) -> None:
    """Write one line of text; `left_middle` is (x, y) of its beginning, halfway up."""
    # Capitals of this font are 0.7 of its size high.
    baseline = (round(left_middle[0]), round(left_middle[1] + 0.35 * size_px))
    cv2.putText(canvas, text, baseline, colour, _font(), size_px, _WEIGHT)


@cache
def _font() -> cv2.FontFace:
    return cv2.FontFace("sans")


def _place(
    text: str,
    size: int,
    anchor: tuple[float, float],
    picture: tuple[int, int],
    taken: Sequence[_Rect],
) -> _Rect | None:
    """Find room above the anchor, else further down; None if the picture is too small for it."""
    width, height = text_width(text, size) + size, math.ceil(1.5 * size)
    if width > picture[0] or height > picture[1]:
        return None
    x = round(min(max(anchor[0] - width / 2, 0), picture[0] - width))
    top = round(anchor[1] - height - 0.4 * size)
    top = min(max(top, 0), picture[1] - height)
    first = _Rect(x, top, width, height)
    for step in range(len(taken) + 1):
        for direction in (1, -1):
            y = top + direction * step * (height + 2)
            spot = _Rect(x, y, width, height)
            if 0 <= y <= picture[1] - height and not any(spot.meets(other) for other in taken):
                return spot
    return first  # the column is full: better two on one another than none


def _plate(canvas: Image, rect: _Rect, colour: tuple[int, int, int]) -> None:
    """Fill a rectangle with round corners and a soft shadow, antialiased."""
    margin = max(2, rect.height // 6)
    height, width = canvas.shape[:2]
    x0, y0 = max(0, rect.x - margin), max(0, rect.y - margin)
    x1, y1 = min(width, rect.x + rect.width + margin), min(height, rect.y + rect.height + margin)
    xs = np.arange(x0, x1, dtype=np.float32) + 0.5 - (rect.x + rect.width / 2)
    ys = np.arange(y0, y1, dtype=np.float32)[:, None] + 0.5 - (rect.y + rect.height / 2)
    radius = 0.32 * rect.height
    across = np.maximum(np.abs(xs) - (rect.width / 2 - radius), 0)
    down = np.maximum(np.abs(ys) - (rect.height / 2 - radius), 0)
    outside = np.hypot(across, down) - radius
    shade = 0.35 * np.clip(1 - outside / margin, 0, 1)
    plate = 0.94 * np.clip(0.5 - outside, 0, 1)
    part = canvas[y0:y1, x0:x1]
    shaded = part * ((1 - shade) * (1 - plate))[..., None]
    part[:] = (shaded + plate[..., None] * np.asarray(colour, np.float32) + 0.5).astype(np.uint8)
