"""Outlines drawn into the picture, as the page draws them: a bright line over a dark one, a tint.

The line is made from the distance to the mask's edge, not from a polygon: so it is smooth at every
width, keeps to the edge, goes around holes, and leaves out the border of the picture, where an
object is cut off but does not end.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import cv2
import numpy as np
import numpy.typing as npt

from rtseg.errors import UsageError
from rtseg.formats.outlined import Outlined
from rtseg.formats.palette import bgr_of
from rtseg.formats.tags import Tag, draw_tags
from rtseg.types import BoolMask, Image

_LINE = 0.0042
"""Width of the line as a share of the picture's shorter side: 3 pixels at 720p."""

_LEAST_LINE_PX = 1.5
_FILL = 0.26
_SHADE = 0.42
"""Opacity of the tint, and of the dark line under the bright one."""

_UNSURE_MS, _FADING_MS, _FAINTEST = 500, 1500, 0.4
"""Where no tracker speaks of it, an outline fades from this age on, for so long, down to this."""

_UNCERTAIN = 0.55
"""So faint is one that its tracker does not trust. All of this as on the page."""

_STEPS_PER_PX = 16
_SPECK = 0.01
_UPPER_PART = 8


def draw(image: Image, objects: Sequence[Outlined], *, tags: Sequence[str] | None = None) -> Image:
    """Draw outlines into a copy of a picture.

    Parameters
    ----------
    image : (H, W, 3) uint8 BGR.
    objects : their masks are (H, W); the large ones are drawn first.
    tags : what to write beside each, empty for nothing; by default its label and score.

    Returns
    -------
    (H, W, 3) uint8 BGR.

    Raises
    ------
    UsageError
        A mask has not the picture's size.
    """
    height, width = image.shape[:2]
    for one in objects:
        if one.mask.shape != (height, width):
            raise UsageError(
                f"draw: expected masks {(height, width)}, the size of the picture, "
                f"got {one.mask.shape} for object {one.id}"
            )
    canvas = image.copy()
    line_px = line_width_px(width, height)
    for one in sorted(objects, key=lambda one: -one.area_px):
        _paint(canvas, one, line_px)
    texts = [plain_tag(one) for one in objects] if tags is None else tags
    draw_tags(
        canvas,
        [
            Tag(text, bgr_of(one.id), anchor_of(one))
            for one, text in zip(objects, texts, strict=True)
            if text
        ],
    )
    return canvas


def plain_tag(one: Outlined) -> str:
    """Return what is written beside an object of a picture: `cat 92 %`."""
    return f"{one.label or 'object'} {one.score:.0%}".replace("%", " %")


def video_tag(one: Outlined) -> str:
    """Return what is written beside an object of a video: `cat #3`."""
    return f"{one.label or 'object'} #{one.id}"


def line_width_px(width_px: int, height_px: int) -> float:
    """Return the width of an outline in a picture of this size, pixels."""
    return max(_LEAST_LINE_PX, _LINE * min(width_px, height_px))


def _paint(canvas: Image, one: Outlined, line_px: float) -> None:
    height, width = one.mask.shape
    reach = math.ceil(3 * line_px) + 1
    x0, y0, x1, y1 = one.bbox
    x0, y0 = max(0, x0 - reach), max(0, y0 - reach)
    x1, y1 = min(width, x1 + reach), min(height, y1 + reach)
    distance = _signed_distance(one.mask[y0:y1, x0:x1], line_px, reach)
    keep, add = _blend_tables(line_px, reach, _certainty(one))
    index = np.clip((distance + reach) * _STEPS_PER_PX + 0.5, 0, len(keep) - 1).astype(np.int32)
    part = canvas[y0:y1, x0:x1]
    colour = np.asarray(bgr_of(one.id), np.float32)
    part[:] = (part * keep[index][..., None] + add[index][..., None] * colour + 0.5).astype(
        np.uint8
    )


def _signed_distance(mask: BoolMask, line_px: float, reach: int) -> npt.NDArray[np.float32]:
    """Return how far each pixel's centre is from the mask's edge, negative inside, pixels.

    Distances beyond twice `reach` are given as that: a picture that is all object has no edge.
    """
    inside = mask.astype(np.uint8)
    outwards = np.asarray(cv2.distanceTransform(1 - inside, cv2.DIST_L2, 3), np.float32)
    inwards = np.asarray(cv2.distanceTransform(inside, cv2.DIST_L2, 3), np.float32)
    # OpenCV measures to the centre of the nearest other pixel; the edge is half a pixel before it.
    distance = outwards - inwards + np.where(mask, np.float32(0.5), np.float32(-0.5))
    distance = np.clip(distance, -2 * reach, 2 * reach)
    # The steps of the pixels go; corners stay as sharp as the line is wide.
    return np.asarray(cv2.GaussianBlur(distance, (0, 0), 0.4 * line_px), np.float32)


def _blend_tables(
    line_px: float, reach: int, certainty: float
) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]]:
    """Return how much of the picture stays, and how much colour comes, at each distance.

    Tint, dark line and bright line one over the other, put together once: every pixel then is
    ``picture * keep + colour * add``. Index 0 is `reach` pixels inside.
    """
    distance = np.arange(-reach, reach, 1 / _STEPS_PER_PX, dtype=np.float32)
    beside = np.abs(distance)
    tint = certainty * _FILL * np.clip(0.5 - distance, 0, 1)
    dark = certainty * _SHADE * np.clip((2.2 * line_px - beside) / (1.5 * line_px), 0, 1)
    bright = certainty * np.clip(0.5 + line_px / 2 - beside, 0, 1)
    keep = (1 - tint) * (1 - dark) * (1 - bright)
    add = tint * (1 - dark) * (1 - bright) + bright
    return keep.astype(np.float32), add.astype(np.float32)


def _certainty(one: Outlined) -> float:
    if one.state is not None:  # a tracker has thought of the age
        return _UNCERTAIN if one.state == "uncertain" else 1.0
    return max(_FAINTEST, 1 - max(0, one.age_ms - _UNSURE_MS) / _FADING_MS)


def anchor_of(one: Outlined) -> tuple[float, float]:
    """Return the top of an object, (x, y) in source pixels: its tag stands over it.

    Not its highest pixel, which may be of a speck, nor the middle of its highest row, which jumps
    from frame to frame: where one in a hundred pixels is above, and the middle of what follows.
    """
    x0, y0, x1, y1 = one.bbox
    above = np.cumsum(np.count_nonzero(one.mask[y0:y1, x0:x1], axis=1))
    top = y0 + int(np.searchsorted(above, _SPECK * one.area_px))
    upper = one.mask[top : top + max(1, (y1 - top) // _UPPER_PART), x0:x1]
    return x0 + float(np.nonzero(upper)[1].mean()) + 0.5, float(top)
