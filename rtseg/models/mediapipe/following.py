"""Finding all things of a kind in an image, and finding them again in the next one for less.

A detector looks at square windows of the image, the landmark network at each candidate. In a
session, whatever had its landmarks in the last image is looked for where these were, without the
detector (Zhang et al., "MediaPipe Hands", 2020); the detector goes on, one window an image at most,
for what is new:

- nothing is held, or something was lost: it looks at one window in every image, in turn, until all
  have been seen;
- else: at one window in every `every`-th image.

So an image of a session costs what it shows, and never a whole round of windows, save the first.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from rtseg.errors import UsageError
from rtseg.models.mediapipe.detection import SsdDetector, distinct, overlap
from rtseg.models.mediapipe.landmarks import LandmarkModel, Landmarks
from rtseg.models.mediapipe.roi import Points, Pyramid, Roi
from rtseg.models.protocol import Memory
from rtseg.types import Image


class Trail:
    """Where things were in a session's last image; a `Memory`."""

    def __init__(self) -> None:
        self.rois: list[Roi] = []
        self.size_px: tuple[int, int] | None = None
        self.urgent = 0
        """Windows that the detector shall see in the next images, one in each."""
        self.turn = 0
        """Windows that it has seen."""
        self.waited = 0
        """Images since it looked."""

    def close(self) -> None:
        self.rois = []


@dataclass(frozen=True, slots=True)
class Finder:
    """Finds and follows all things of one kind.

    Parameters
    ----------
    detector, landmarks : its networks.
    every : images between two looks of the detector while nothing is missing, >= 1.
    fineness : as of `windows`, for an image that stands alone and for those of a session.
    most : things at most, the surest.
    """

    detector: SsdDetector
    landmarks: LandmarkModel
    every: int
    fineness: tuple[int, int]
    most: int

    def find(self, image: Image, memory: Memory | None = None) -> list[Landmarks]:
        """Return what is there, the surest first.

        Parameters
        ----------
        image : (H, W, 3) uint8 BGR.
        memory : a `Trail`, changed; None looks at the image alone.

        Raises
        ------
        UsageError
            The memory is another model's.
        """
        picture = Pyramid(image)
        if memory is None:
            return self._look_alone(picture)
        if not isinstance(memory, Trail):
            raise UsageError(
                "expected a memory made by this model's new_memory, "
                f"got {type(memory).__name__} of another model"
            )
        return self._look_again(picture, memory)

    def warm_up(self) -> None:
        """Run each network once."""
        blank = Pyramid(np.zeros((8, 8, 3), np.uint8))
        roi = Roi(4.0, 4.0, 8.0)
        self.detector.detect(blank, roi)
        self.landmarks.look(blank, roi)

    def _look_alone(self, picture: Pyramid) -> list[Landmarks]:
        return self._search(picture, windows(*picture.size_px, self.fineness[0]), [])

    def _look_again(self, picture: Pyramid, trail: Trail) -> list[Landmarks]:
        all_windows = windows(*picture.size_px, self.fineness[1])
        if trail.size_px != picture.size_px:
            trail.rois, trail.size_px = [], picture.size_px
            found = self._search(picture, all_windows, [])
        else:
            found = self._best([self.landmarks.look(picture, roi) for roi in trail.rois])
            if len(found) < len(trail.rois):
                trail.urgent = len(all_windows)
            trail.waited += 1
            if trail.urgent or not found or trail.waited >= self.every:
                window = all_windows[trail.turn % len(all_windows)]
                found = self._search(picture, [window], found)
                trail.turn, trail.waited = trail.turn + 1, 0
                trail.urgent = max(0, trail.urgent - 1)
        trail.rois = [self.landmarks.of_landmarks(one.points) for one in found]
        return found

    def _search(
        self, picture: Pyramid, where: Sequence[Roi], known: list[Landmarks]
    ) -> list[Landmarks]:
        """Return what is known and what the detector finds besides."""
        candidates = distinct(
            candidate for window in where for candidate in self.detector.detect(picture, window)
        )
        found = list(known)
        for candidate in candidates:
            if len(found) >= self.most:
                break
            roi = self.landmarks.of_candidate(candidate)
            if not self._is_known(roi, found):
                found.append(self._look_twice(picture, roi))
        return self._best(found)

    def _look_twice(self, picture: Pyramid, roi: Roi) -> Landmarks:
        """Look where the detector says, then where the landmarks say, which is the better place.

        The second look decides: it turns down what only the detector took for such a thing.
        """
        first = self.landmarks.look(picture, roi)
        if first.score < _HOPELESS:
            return first
        return self.landmarks.look(picture, self.landmarks.of_landmarks(first.points))

    def _is_known(self, roi: Roi, found: Sequence[Landmarks]) -> bool:
        squares = [_square(self.landmarks.of_landmarks(one.points)) for one in found]
        return bool(squares) and overlap(_square(roi), np.stack(squares)).max() > _KNOWN

    def _best(self, found: Sequence[Landmarks]) -> list[Landmarks]:
        """Keep what is there, each thing once."""
        kept: list[Landmarks] = []
        for one in sorted(found, key=lambda landmarks: -landmarks.score):
            if one.score < self.landmarks.min_score:
                break
            if not any(_is_same(one, other) for other in kept):
                kept.append(one)
        return kept


def _is_same(one: Landmarks, other: Landmarks) -> bool:
    """Say whether two sets of landmarks are of one thing: each point near its like.

    Boxes do not tell: those of folded hands cover each other.
    """
    apart = np.linalg.norm(one.points - other.points, axis=1).mean()
    size = max(np.ptp(thing.points, axis=0).max() for thing in (one, other))
    return bool(apart < _SAME * size)


_HOPELESS = 0.02
"""Score of a first look that needs no second. A face from the side may begin at 0.04 and end at
0.6; nearly all that is none is below 0.01."""

_SAME = 0.2
"""Mean distance of like landmarks, in sides of the larger box. Two looks at one thing are within
0.1; a hand and another folded into it are above 0.3."""

_KNOWN = 0.4
"""IoU of the region of a candidate and that of something known, from which they are the same."""


def _square(roi: Roi) -> Points:
    """Return the (2, 2) corners of a region, turned upright."""
    half = roi.side_px / 2
    return np.array([[roi.x - half, roi.y - half], [roi.x + half, roi.y + half]])


def windows(width_px: int, height_px: int, fineness: int) -> list[Roi]:
    """Return the squares at which a detector looks, largest first.

    Parameters
    ----------
    width_px, height_px : of the image.
    fineness : 0: one square around the image. 1: also squares as high (or wide) as the image, side
        by side. 2, 3 …: also rows of squares of half, a quarter … of that.
    """
    long, short = max(width_px, height_px), min(width_px, height_px)
    found = [Roi(width_px / 2, height_px / 2, float(long))]
    for level in range(fineness):
        side = short / 2**level
        across, down = (_places(length, side) for length in (width_px, height_px))
        if level or len(across) * len(down) > 1:
            found += [Roi(x, y, side) for y in down for x in across]
    return found


_SHARED = 0.25
"""Part of its side that a window shares with the next, at least: what is cut in one is whole in the
other if it is not larger."""


def _places(length_px: float, side_px: float) -> list[float]:
    """Return the centres of windows that cover a length."""
    beyond = length_px - side_px
    steps = math.ceil(beyond / (side_px * (1 - _SHARED)) - 1e-6)
    return [side_px / 2 + beyond * i / max(1, steps) for i in range(steps + 1)]
