"""Panoptic maps: a picture in which each pixel is of one segment, a thing or a kind of stuff.

Overlaps are resolved as by Kirillov et al., "Panoptic Segmentation" (CVPR 2019), section 6: things
before stuff, the surest first, each gets what is still free; a thing that keeps less than half of
its mask is left out as the same once more. The regions of one kind of stuff are one segment.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from rtseg.errors import UsageError
from rtseg.formats.label_png import MAX_NUMBER, blank, label_png
from rtseg.formats.outlined import Outlined
from rtseg.formats.semantic import check_shape
from rtseg.geometry import box_of
from rtseg.types import BoolMask

MIN_OWN = 0.5
"""Share of its mask that a thing keeps, or it is left out: that of the paper."""


@dataclass(frozen=True, slots=True)
class Segment:
    """One thing, or all of one kind of stuff.

    Parameters
    ----------
    id : the value of its pixels: the `Outlined.id` of the object that it is; of stuff in several
        objects, that of the surest.
    label : what it is; may be empty.
    is_thing : it can be counted; stuff (sky, grass, road) can not.
    score : how sure the model was, [0, 1].
    area_px : how many pixels it has in the map.
    bbox : the smallest box around these, xyxy on pixel edges, source pixels.
    """

    id: int
    label: str
    is_thing: bool
    score: float
    area_px: int
    bbox: tuple[int, int, int, int]

    def as_json(self) -> dict[str, Any]:
        """Return its row of the table."""
        return {
            "id": self.id,
            "label": self.label,
            "is_thing": self.is_thing,
            "score": round(self.score, 4),
            "area_px": self.area_px,
            "bbox": list(self.bbox),
        }


@dataclass(frozen=True, slots=True, eq=False)
class PanopticMap:
    """A panoptic map as a file.

    Parameters
    ----------
    png : grey, 8 bits, or 16 where an id is above 255; a pixel is the id of its segment, 0 of
        none. The table stands in it too, as JSON under the keyword `rtseg-segments`.
    segments : surest first, things before stuff.
    numbers : (H, W) uint16, the pixels.
    """

    png: bytes
    segments: tuple[Segment, ...]
    numbers: npt.NDArray[np.uint16]

    def as_json(self) -> dict[str, Any]:
        """Return the table: `{"segments": [{"id": 1, "label": "person", …}, …]}`."""
        return _table(self.segments)


def panoptic_png(objects: Sequence[Outlined], shape: tuple[int, int]) -> PanopticMap:
    """Write which segment each pixel is of.

    Parameters
    ----------
    objects : what was found, with masks of this shape and ids of their own.
    shape : (H, W) of the picture.

    Raises
    ------
    UsageError
        A mask is of another shape; two objects have one id, or an id is not in 1 … 65535.
    """
    _check(objects, shape)
    numbers = blank(shape)
    surest_first = sorted(objects, key=lambda one: -one.score)
    segments: list[Segment] = []
    for one in (one for one in surest_first if one.is_thing):
        own = one.mask & (numbers == 0)
        count = np.count_nonzero(own)
        if count and count >= MIN_OWN * one.area_px:
            numbers[own] = one.id
            segments.append(_segment(one, own, is_thing=True))
    stuff: dict[str, int] = {}
    for one in (one for one in surest_first if not one.is_thing):
        own = one.mask & (numbers == 0)
        if not own.any():
            continue
        if one.label in stuff:
            place = stuff[one.label]
            numbers[own] = segments[place].id
            whole = numbers == segments[place].id
            segments[place] = replace(
                segments[place], area_px=int(np.count_nonzero(whole)), bbox=box_of(whole)
            )
            continue
        stuff[one.label] = len(segments)
        numbers[own] = one.id
        segments.append(_segment(one, own, is_thing=False))
    png = label_png(numbers, _table(segments), keyword="rtseg-segments")
    return PanopticMap(png, tuple(segments), numbers)


def _check(objects: Sequence[Outlined], shape: tuple[int, int]) -> None:
    seen: set[int] = set()
    for one in objects:
        check_shape(one, shape)
        if not 1 <= one.id <= MAX_NUMBER or one.id in seen:
            raise UsageError(
                f"expected objects with ids of their own in 1 … {MAX_NUMBER}, which become their "
                f"segments' ids; got {one.id}{' twice' if one.id in seen else ''}"
            )
        seen.add(one.id)


def _segment(one: Outlined, own: BoolMask, *, is_thing: bool) -> Segment:
    return Segment(one.id, one.label, is_thing, one.score, int(np.count_nonzero(own)), box_of(own))


def _table(segments: Sequence[Segment]) -> dict[str, Any]:
    return {"segments": [segment.as_json() for segment in segments]}
