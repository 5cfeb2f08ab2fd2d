"""DAVIS sequences as a camera takes them: scaled, cut, numbered; and the truth of each number."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

from rtseg.bench import stamp
from rtseg.bench.camera import CameraFile, planes_of, write_planes
from rtseg.bench.davis import frames_of, read_image, read_mask, sequences_in
from rtseg.errors import UsageError
from rtseg.types import BoolMask, Image

_KEPT_MASKS = 512
"""230 KB each at 640×360: some sequences, each of which comes again and again."""


def cover(picture: npt.NDArray[np.uint8], size: tuple[int, int]) -> npt.NDArray[np.uint8]:
    """Scale a picture so that it covers a size, and cut what is too much off both sides alike.

    Parameters
    ----------
    picture : (H, W) or (H, W, 3) uint8.
    size : (width, height), pixels.

    Returns
    -------
    (height, width) or (height, width, 3) uint8.
    """
    width, height = size
    scale = max(width / picture.shape[1], height / picture.shape[0])
    scaled_width, scaled_height = (
        max(width, round(picture.shape[1] * scale)),
        max(height, round(picture.shape[0] * scale)),
    )
    scaled = cv2.resize(picture, (scaled_width, scaled_height), interpolation=cv2.INTER_AREA)
    left, top = (scaled_width - width) // 2, (scaled_height - height) // 2
    return np.ascontiguousarray(scaled[top : top + height, left : left + width], np.uint8)


def cover_mask(mask: BoolMask, size: tuple[int, int]) -> BoolMask:
    """Scale and cut a mask as `cover` does a picture: True where half a pixel or more was."""
    return cover(mask.astype(np.uint8) * np.uint8(255), size) > 127


@dataclass(frozen=True, slots=True)
class Footage:
    """One sequence, as the camera shows it.

    Parameters
    ----------
    name : of the sequence.
    first : the stamp of its first frame; the others follow.
    frames : the files of each frame: picture and mask.
    size : (width, height) of the camera, pixels.
    """

    name: str
    first: int
    frames: tuple[tuple[Path, Path], ...]
    size: tuple[int, int]

    def __len__(self) -> int:
        return len(self.frames)

    def has(self, number: int) -> bool:
        """Whether a stamp is of this sequence."""
        return self.first <= number < self.first + len(self.frames)

    def place(self, number: int) -> int:
        """Give the place of a stamp's frame in the sequence, from 0."""
        return number - self.first

    def image(self, place: int) -> Image:
        """Read a frame without its stamp, (height, width, 3) uint8 BGR."""
        return cover(read_image(self.frames[place][0]), self.size)

    def truth(self, number: int) -> BoolMask:
        """Read the true mask of a stamp's frame, (height, width) bool; not to be written to."""
        return _truth(self.frames[self.place(number)][1], self.size)

    def write_camera(self, into: Path, fps: int) -> CameraFile:
        """Make the camera's file of it, for a browser that plays it in a loop."""
        planes = (planes_of(self.image(place)) for place in range(len(self)))
        path = into / f"{self.name}.y4m"
        return write_planes(planes, path, size=self.size, fps=fps, first=self.first)


@lru_cache(_KEPT_MASKS)
def _truth(path: Path, size: tuple[int, int]) -> BoolMask:
    return cover_mask(read_mask(path), size)


def footage_of(davis: Path, names: Collection[str], size: tuple[int, int]) -> Sequence[Footage]:
    """List sequences as a camera shows them, each number once over all of them.

    Parameters
    ----------
    davis : a folder laid out as DAVIS 2016 is.
    names : only these; none: all there are.
    size : (width, height) of the camera, pixels, even.

    Raises
    ------
    UsageError
        As of `rtseg.bench.davis`; or they are more frames than there are numbers.
    """
    found: list[Footage] = []
    first = 0
    for name in sequences_in(davis, names):
        frames = tuple(frames_of(davis, name))
        found.append(Footage(name, first, frames, size))
        first += len(frames)
    if first > stamp.NUMBERS:
        raise UsageError(
            f"--davis: expected at most {stamp.NUMBERS} frames in all, which is how many a stamp "
            f"can number, got {first}; take fewer with --sequences"
        )
    return found
