"""Square, turned regions of a picture, and the small upright crops that networks see of them.

Coordinates run along pixel edges: (0, 0) is the left upper corner of a picture, (W, H) its right
lower one, and likewise in a crop.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from rtseg.types import Image

Points = npt.NDArray[np.float64]
"""(N, 2) float64 (x, y)."""


@dataclass(frozen=True, slots=True)
class Roi:
    """A square region of a picture.

    Parameters
    ----------
    x, y : its centre, source pixels.
    side_px : length of a side, source pixels, > 0.
    angle : by which it is turned clockwise on the screen, radians: its x axis points along
        (cos, sin).
    """

    x: float
    y: float
    side_px: float
    angle: float = 0.0

    def source_to_crop(self, crop_px: int) -> npt.NDArray[np.float64]:
        """Return the (2, 3) matrix from source pixels to those of a crop of this many a side."""
        scale = crop_px / self.side_px
        cos, sin = scale * math.cos(self.angle), scale * math.sin(self.angle)
        half = crop_px / 2
        return np.array(
            [
                [cos, sin, half - cos * self.x - sin * self.y],
                [-sin, cos, half + sin * self.x - cos * self.y],
            ]
        )

    def crop_to_source(self, points: npt.ArrayLike, crop_px: int) -> Points:
        """Bring (..., 2) points of a crop back to source pixels."""
        cos, sin = math.cos(self.angle), math.sin(self.angle)
        x, y = np.moveaxis((np.asarray(points, np.float64) / crop_px - 0.5) * self.side_px, -1, 0)
        return np.stack([self.x + cos * x - sin * y, self.y + sin * x + cos * y], axis=-1)

    def scaled(self, factor: float) -> Roi:
        """Return it with sides longer by a factor, its centre where it is."""
        return Roi(self.x, self.y, self.side_px * factor, self.angle)

    def shifted(self, x_px: float, y_px: float) -> Roi:
        """Return it moved along its own axes, source pixels."""
        cos, sin = math.cos(self.angle), math.sin(self.angle)
        return Roi(
            self.x + cos * x_px - sin * y_px,
            self.y + sin * x_px + cos * y_px,
            self.side_px,
            self.angle,
        )


def around(points: Points, angle: float) -> tuple[Roi, float]:
    """Return the smallest turned square with its centre on the points' box, and that box's height.

    Parameters
    ----------
    points : (N, 2), source pixels, N >= 1.
    angle : of the square, as of `Roi`; the box is measured along its axes.
    """
    cos, sin = math.cos(angle), math.sin(angle)
    turned = points @ np.array([[cos, -sin], [sin, cos]])
    low, high = turned.min(axis=0), turned.max(axis=0)
    (x, y), (width, height) = (low + high) / 2, high - low
    side = max(float(width), float(height), 1.0)
    return Roi(float(cos * x - sin * y), float(sin * x + cos * y), side, angle), float(height)


class Pyramid:
    """A picture from which crops are cut, halved as often as they need it and only then.

    A crop much smaller than its region would alias if it were sampled from the full picture.

    Parameters
    ----------
    image : (H, W, 3) uint8 BGR, H and W >= 1; not written to.
    """

    def __init__(self, image: Image) -> None:
        self._levels = [np.ascontiguousarray(image)]

    @property
    def size_px(self) -> tuple[int, int]:
        """(width, height) of the full picture."""
        height, width = self._levels[0].shape[:2]
        return width, height

    def crop(self, roi: Roi, crop_px: int, *, extends: bool = False) -> Image:
        """Return (crop_px, crop_px, 3) uint8 BGR.

        Parameters
        ----------
        roi : may reach beyond the picture.
        crop_px : a side of the crop.
        extends : beyond the picture its border goes on; else it is black there.
        """
        import cv2

        level = self._level(max(0, math.floor(math.log2(roi.side_px / crop_px))))
        width, height = self.size_px
        # From the level's pixels to the crop's, both counted from the centre of the first.
        matrix = roi.source_to_crop(crop_px)
        to_source = np.diag([width / level.shape[1], height / level.shape[0]])
        linear = matrix[:, :2] @ to_source
        offset = linear @ [0.5, 0.5] + matrix[:, 2] - 0.5
        border = cv2.BORDER_REPLICATE if extends else cv2.BORDER_CONSTANT
        warped = cv2.warpAffine(
            level,
            np.column_stack([linear, offset]),
            (crop_px, crop_px),
            flags=cv2.INTER_LINEAR,
            borderMode=border,
        )
        return np.asarray(warped, np.uint8)

    def _level(self, wanted: int) -> Image:
        import cv2

        while len(self._levels) <= wanted and min(self._levels[-1].shape[:2]) > 1:
            height, width = self._levels[-1].shape[:2]
            half = ((width + 1) // 2, (height + 1) // 2)
            small = cv2.resize(self._levels[-1], half, interpolation=cv2.INTER_AREA)
            self._levels.append(np.asarray(small, np.uint8))
        return self._levels[min(wanted, len(self._levels) - 1)]
