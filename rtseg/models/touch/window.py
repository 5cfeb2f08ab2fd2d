"""The part of a picture that is looked at, brought to a small working size and back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

import cv2
import numpy as np
import numpy.typing as npt

from rtseg.types import BoolMask, Image

Soft: TypeAlias = npt.NDArray[np.float32]
"""(h, w) float32, working pixels."""

SIDE_PX = 96
"""Longer side of the working picture. 128 gives .01 more J on DAVIS at 1.6 times the time."""

CELL_PX = 6
"""Side of a region; the working size is a multiple of it."""

_GUIDE_PX = 384
"""Longer side of the picture on which an outline is drawn; beyond it, it is scaled up smoothly."""

_REACH_PX = 2
"""Half the side of the guided filter's window, working pixels."""

_CALM = 1e-3
"""Variance of the guide, in [0, 1], below which a mask's edge is smoothed and not drawn."""


@dataclass(frozen=True, slots=True, eq=False)
class Window:
    """A part of a picture.

    Parameters
    ----------
    source : (H, W, 3) uint8 BGR, the whole picture.
    left, top, right, bottom : the part, whole source pixels.
    picture : (h, w, 3) uint8 BGR, the part at the working size.
    """

    source: Image
    left: int
    top: int
    right: int
    bottom: int
    picture: Image

    @property
    def scale(self) -> tuple[float, float]:
        """Source pixels in a working pixel, along x and along y."""
        height, width = self.picture.shape[:2]
        return (self.right - self.left) / width, (self.bottom - self.top) / height

    def places(self) -> tuple[Soft, Soft]:
        """Return x of each column (1, w) and y of each row (h, 1), centres, source pixels."""
        height, width = self.picture.shape[:2]
        along_x, along_y = self.scale
        columns = self.left + (np.arange(width, dtype=np.float32) + 0.5) * along_x
        rows = self.top + (np.arange(height, dtype=np.float32) + 0.5) * along_y
        return columns[None].astype(np.float32), rows[:, None].astype(np.float32)

    def shrink(self, mask: BoolMask) -> Soft:
        """Bring a mask of the whole picture, (H, W) bool, to the window: (h, w) in [0, 1]."""
        part = mask[self.top : self.bottom, self.left : self.right].astype(np.uint8) * np.uint8(255)
        height, width = self.picture.shape[:2]
        small = cv2.resize(part, (width, height), interpolation=cv2.INTER_AREA)
        return np.asarray(small, np.float32) * np.float32(1 / 255)

    def enlarge(self, soft: Soft) -> BoolMask:
        """Draw a mask of the window, (h, w) in [0, 1], on the whole picture, along its edges.

        The fast guided filter (He and Sun 2015): the coefficients of the guided filter are found
        at the working size and applied to the part of the source.
        """
        width, height = self.right - self.left, self.bottom - self.top
        scale = min(1.0, _GUIDE_PX / max(width, height))
        size = max(1, round(width * scale)), max(1, round(height * scale))
        part = self.source[self.top : self.bottom, self.left : self.right]
        if size != (width, height):
            part = cv2.resize(part, size, interpolation=cv2.INTER_AREA).astype(np.uint8)
        drawn = np.clip(_drawn(soft, self.picture, part) * 255, 0, 255).astype(np.uint8)
        if size != (width, height):
            drawn = np.asarray(cv2.resize(drawn, (width, height)), np.uint8)
        mask = np.zeros(self.source.shape[:2], np.bool_)
        mask[self.top : self.bottom, self.left : self.right] = drawn > 127
        return mask


def window_around(
    source: Image, box: tuple[float, float, float, float], margin_px: float
) -> Window:
    """Look at a box and its surroundings.

    Parameters
    ----------
    source : (H, W, 3) uint8 BGR.
    box : xyxy, source pixels; may reach beyond the picture.
    margin_px : how much of the surroundings to take, source pixels.
    """
    height, width = source.shape[:2]
    left = int(np.clip(np.floor(box[0] - margin_px), 0, width - 1))
    top = int(np.clip(np.floor(box[1] - margin_px), 0, height - 1))
    right = int(np.clip(np.ceil(box[2] + margin_px), left + 1, width))
    bottom = int(np.clip(np.ceil(box[3] + margin_px), top + 1, height))
    part = source[top:bottom, left:right]
    scale = SIDE_PX / max(right - left, bottom - top)
    size = tuple(
        max(1, round(side * scale / CELL_PX)) * CELL_PX for side in (right - left, bottom - top)
    )
    how = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    picture = cv2.resize(part, size, interpolation=how)
    return Window(source, left, top, right, bottom, np.asarray(picture, np.uint8))


def _drawn(soft: Soft, small: Image, large: Image) -> Soft:
    """Bring `soft` from the size of `small` to that of `large`, with the edges that both have.

    The guided filter with a grey guide (He, Sun and Tang, TPAMI 2013, equations 5, 6 and 8).
    """
    guide = _grey(small)
    window = (2 * _REACH_PX + 1, 2 * _REACH_PX + 1)

    def mean(values: Soft) -> Soft:
        return np.asarray(cv2.blur(values, window, borderType=cv2.BORDER_REPLICATE), np.float32)

    mean_guide, mean_soft = mean(guide), mean(soft)
    variance = np.maximum(mean(guide * guide) - mean_guide * mean_guide, 0) + np.float32(_CALM)
    covariance = mean(guide * soft) - mean_guide * mean_soft
    slope = np.asarray(covariance / variance, np.float32)
    offset = mean_soft - slope * mean_guide
    size = large.shape[1], large.shape[0]
    slope, offset = (
        np.asarray(cv2.resize(mean(values), size, interpolation=cv2.INTER_LINEAR), np.float32)
        for values in (slope, offset)
    )
    return slope * _grey(large) + offset


def _grey(picture: Image) -> Soft:
    return np.asarray(cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY), np.float32) * np.float32(1 / 255)
