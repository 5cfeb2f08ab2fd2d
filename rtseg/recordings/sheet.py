"""A contact sheet: evenly spaced frames on one picture, to see at a glance what was followed."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import cv2
import numpy as np

from rtseg.formats.overlay import draw, video_tag
from rtseg.formats.tags import write
from rtseg.recordings.following import Seen
from rtseg.types import BoolMask, Image

_CELL_PX = 480
"""Longer side of a frame on the sheet."""

_GAP_PX = 6
_SPARE = 4
_CAPTION_PX = 26
_GROUND = (20, 14, 10)
_INK = (235, 235, 235)
_PALE = (110, 120, 255)


@dataclass(frozen=True, slots=True, eq=False)
class _Cell:
    index: int
    caption: str
    has_objects: bool
    picture: Image


class Sheet:
    """Keeps evenly spaced frames of a recording whose length need not be known.

    Every frame is kept until there are four times as many as wanted; then every second one goes,
    and from then on every second one is taken, and so on.

    Parameters
    ----------
    count : how many frames are on the sheet.
    columns : in how many columns.
    """

    def __init__(self, count: int = 20, columns: int = 4) -> None:
        self._count = count
        self._columns = columns
        self._stride = 1
        self._cells: list[_Cell] = []

    def wants(self, index: int) -> bool:
        """Say whether the frame of this number is one to be kept."""
        return index % self._stride == 0

    def add(self, seen: Seen) -> None:
        """Keep a frame, if its turn has come."""
        index = seen.shot.index
        if not self.wants(index):
            return
        image = seen.shot.image
        scale = _CELL_PX / max(image.shape[:2])
        size = (max(1, round(image.shape[1] * scale)), max(1, round(image.shape[0] * scale)))
        small = np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA), np.uint8)
        # Drawn at the size of the sheet, so that lines and words can be seen there.
        objects = [replace(one, mask=_shrunk(one.mask, size)) for one in seen.objects]
        tags = [video_tag(one) for one in objects]
        caption = f"{seen.shot.at_s:.2f} s   frame {index}"
        if not seen.objects:
            caption += "   nothing"
        self._cells.append(
            _Cell(index, caption, bool(seen.objects), draw(small, objects, tags=tags))
        )
        if len(self._cells) >= _SPARE * self._count:
            self._stride *= 2
            self._cells = [cell for cell in self._cells if cell.index % self._stride == 0]

    def picture(self) -> Image:
        """Return the sheet, (H, W, 3) uint8 BGR."""
        picks = np.linspace(0, len(self._cells) - 1, min(self._count, len(self._cells)))
        cells = [self._cells[round(pick)] for pick in picks]
        width = max(cell.picture.shape[1] for cell in cells)
        height = max(cell.picture.shape[0] for cell in cells) + _CAPTION_PX
        columns = min(self._columns, len(cells))
        rows = math.ceil(len(cells) / columns)
        step_x, step_y = width + _GAP_PX, height + _GAP_PX
        sheet = np.full((rows * step_y + _GAP_PX, columns * step_x + _GAP_PX, 3), _GROUND, np.uint8)
        for number, cell in enumerate(cells):
            x = _GAP_PX + number % columns * step_x
            y = _GAP_PX + number // columns * step_y
            cell_height, cell_width = cell.picture.shape[:2]
            sheet[y : y + cell_height, x : x + cell_width] = cell.picture
            middle = y + height - _CAPTION_PX / 2
            write(sheet, cell.caption, (x + 4, middle), 15, _INK if cell.has_objects else _PALE)
        return sheet


def _shrunk(mask: BoolMask, size: tuple[int, int]) -> BoolMask:
    """Return a mask at another (width, height): whatever it touches, so that nothing vanishes."""
    full = mask.astype(np.uint8) * np.uint8(255)
    soft = np.asarray(cv2.resize(full, size, interpolation=cv2.INTER_AREA))
    half = soft > 127
    return half if half.any() else soft >= max(1, soft.max())
