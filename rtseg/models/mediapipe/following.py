"""Finding all things of a kind in an image, and finding them again in the next one for less.

A detector looks at square windows of the image, the landmark network at each of its candidates. A
new thing counts when both say so twice: the detector also in a window of its own around it, the
landmark network also in the region that its own first landmarks give.

In a session, what had its landmarks in the last image is looked for where these were, without the
detector (Zhang et al., "MediaPipe Hands", 2020). The detector looks at one window an image at most:

====================  =============================================================================
something was lost    around the place where it was, for some images
nothing is held       at the next window of the round, in every image
else                  in every `every`-th image for each thing that is held: in turn around one of
                      them, which is dropped when the detector does not see it there twice in a
                      row, and at the next window of the round
====================  =============================================================================

Measured on four clips: around a hand that is held, the palm detector sees it in 98 of 100 looks;
around a head that was taken for a hand, and that the landmark network goes on to like, in 1 of 12.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from rtseg.errors import UsageError
from rtseg.models.mediapipe.detection import SsdDetector, distinct, overlap
from rtseg.models.mediapipe.landmarks import LandmarkModel, Landmarks
from rtseg.models.mediapipe.roi import Points, Pyramid, Roi
from rtseg.models.mediapipe.windows import rounds, windows
from rtseg.models.protocol import Memory
from rtseg.types import Image

_OWN_WINDOW = 2.4
"""Side of the window around a thing, in sides of its region. Of 1.2, 1.6 and 2.4 the palm
detector sees most hands with the last (98 % against 76 % and 92 % of 290 on four clips)."""

_LOOKS_FOR_LOST = 6
_MOST_DOUBTS = 2
_MOST_NEW = 2
"""New things in an image of a session, save the first: each costs two looks of each network."""

_HOPELESS = 0.02
"""Score of a first look that needs no second. A face from the side may begin at 0.04 and end at
0.6; nearly all that is none is below 0.01."""

_SAME = 0.2
"""Mean distance of like landmarks, in sides of the larger box, below which two sets of them are of
one thing: a hand and another that is folded into it are above it, though their boxes are not."""

_CONFIRMED = 0.3
"""IoU of a thing's region and that of a candidate from which the detector has seen the thing."""

_KNOWN = 0.5
"""The same, from which the candidate need not be looked at; of two hands side by side the regions
share less."""


@dataclass(slots=True, eq=False)
class _Held:
    """Something that a session follows.

    Parameters
    ----------
    seen : in the last image.
    asked : when the detector was last asked for it, in looks of the session.
    doubts : looks in a row in which it did not see it.
    motion_px : (2,) x, y by which it moved to the last image.
    """

    seen: Landmarks
    asked: int
    doubts: int = 0
    motion_px: Points = field(default_factory=lambda: np.zeros(2))


@dataclass(slots=True, eq=False)
class _Lost:
    """Something that a session has lost: where it was, and looks that are left to it."""

    roi: Roi
    looks_left: int = _LOOKS_FOR_LOST


class Trail:
    """Where things were in a session's last image; a `Memory`."""

    def __init__(self) -> None:
        self.size_px: tuple[int, int] | None = None
        self.held: list[_Held] = []
        self.lost: list[_Lost] = []
        self.waited = 0
        """Images since the detector looked."""
        self.looks = 0
        """Of the detector."""
        self.turn = 0
        """Of these, at windows of the round."""

    def close(self) -> None:
        self.held, self.lost, self.size_px = [], [], None


@dataclass(frozen=True, slots=True)
class Finder:
    """Finds and follows all things of one kind.

    Parameters
    ----------
    detector, landmarks : its networks.
    every : images from one look of the detector to the next for each thing that is held: the more
        there is to follow, the rarer it looks, so that an image costs about the same.
    levels : as of `windows`: for an image that stands alone, for the first of a session, and for
        the rounds of a session.
    most : things at most.
    """

    detector: SsdDetector
    landmarks: LandmarkModel
    every: int
    levels: tuple[int, int, int]
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
        BackendError
            A network failed.
        """
        picture = Pyramid(image)
        if memory is None:
            found = self._search(picture, self.levels[0])
        elif not isinstance(memory, Trail):
            raise UsageError(
                "expected a memory made by this model's new_memory, "
                f"got a {type(memory).__name__} of another model"
            )
        else:
            found = self._go_on(picture, memory)
        return sorted(found, key=lambda one: -one.score)

    def warm_up(self) -> None:
        """Run each network once."""
        blank = Pyramid(np.zeros((8, 8, 3), np.uint8))
        roi = Roi(4.0, 4.0, 8.0)
        self.detector.detect(blank, roi)
        self.landmarks.look(blank, roi)

    def _search(self, picture: Pyramid, levels: int) -> list[Landmarks]:
        regions = self._detect(picture, windows(*picture.size_px, levels))
        return self._new(picture, regions, [], self.most)

    def _go_on(self, picture: Pyramid, trail: Trail) -> list[Landmarks]:
        if trail.size_px != picture.size_px:
            trail.close()
            trail.size_px = picture.size_px
            trail.held = [_Held(one, trail.looks) for one in self._search(picture, self.levels[1])]
        else:
            self._follow(picture, trail)
            self._look_about(picture, trail)
        return [held.seen for held in trail.held]

    def _follow(self, picture: Pyramid, trail: Trail) -> None:
        """Find what is held where it was, without the detector."""
        for held in list(trail.held):
            roi = self.landmarks.of_landmarks(held.seen.points + held.motion_px)
            now = self.landmarks.look(picture, roi)
            if _HOPELESS < now.score < self.landmarks.min_score:
                now = self.landmarks.look(picture, self.landmarks.of_landmarks(now.points))
            held.motion_px = (now.points - held.seen.points).mean(axis=0)
            held.seen = now
            if held.seen.score < self.landmarks.min_score:
                trail.held.remove(held)
                trail.lost.append(_Lost(roi))
        kept: list[_Held] = []
        for held in sorted(trail.held, key=lambda held: held.asked):
            if not any(self._is_same(held.seen, other.seen) for other in kept):
                kept.append(held)
        trail.held = kept

    def _look_about(self, picture: Pyramid, trail: Trail) -> None:
        """Let the detector look at one window, if it is time."""
        trail.waited += 1
        if not trail.lost and trail.waited < self.every * len(trail.held):
            return
        trail.waited, trail.looks = 0, trail.looks + 1
        lost = trail.lost.pop(0) if trail.lost else None
        asked = None
        if lost:
            window = lost.roi.scaled(_OWN_WINDOW)
        elif trail.held and trail.looks % 2:
            asked = min(trail.held, key=lambda held: held.asked)
            window = self.landmarks.of_landmarks(asked.seen.points).scaled(_OWN_WINDOW)
        else:
            window = self._next_of_round(picture, trail)
        regions = self._detect(picture, [_upright(window)])
        if asked:
            asked.asked = trail.looks
            here = self.landmarks.of_landmarks(asked.seen.points)
            asked.doubts = 0 if _is_at(here, regions, _CONFIRMED) else asked.doubts + 1
            if asked.doubts == _MOST_DOUBTS:
                trail.held.remove(asked)
        new = self._new(picture, regions, [held.seen for held in trail.held], _MOST_NEW)
        trail.held += [_Held(one, trail.looks) for one in new]
        if lost and lost.looks_left > 1 and not new:
            trail.lost.append(_Lost(lost.roi, lost.looks_left - 1))

    def _next_of_round(self, picture: Pyramid, trail: Trail) -> Roi:
        small = windows(*picture.size_px, self.levels[2])
        large = windows(*picture.size_px, self.levels[1])
        in_turn = rounds(large, small[len(large) :])
        trail.turn += 1
        return in_turn[(trail.turn - 1) % len(in_turn)]

    def _detect(self, picture: Pyramid, where: Sequence[Roi]) -> list[Roi]:
        """Return the regions of all candidates, the surest first."""
        candidates = (one for window in where for one in self.detector.detect(picture, window))
        return [self.landmarks.of_candidate(candidate) for candidate in distinct(candidates)]

    def _new(
        self, picture: Pyramid, regions: Sequence[Roi], known: Sequence[Landmarks], most: int
    ) -> list[Landmarks]:
        """Return what is at these regions and not known yet, at most so much of it."""
        new: list[Landmarks] = []
        for region in regions:
            if len(new) == most or len(known) + len(new) >= self.most:
                break
            there = [self.landmarks.of_landmarks(one.points) for one in (*known, *new)]
            if not _is_at(region, there, _KNOWN):
                new += self._confirmed(picture, region, [*known, *new])
        return new

    def _is_same(self, one: Landmarks, other: Landmarks) -> bool:
        """Say whether two sets of landmarks are of one thing.

        Either each point is near its like, or their boxes share more than those of two things do.
        """
        apart = np.linalg.norm(one.points - other.points, axis=1).mean()
        size = max(np.ptp(thing.points, axis=0).max() for thing in (one, other))
        shared = overlap(one.corners, other.corners[None]).item()
        return bool(apart < _SAME * size) or shared > self.landmarks.most_shared

    def _confirmed(
        self, picture: Pyramid, region: Roi, known: Sequence[Landmarks]
    ) -> list[Landmarks]:
        """Return what a detector has found in some window, if it is something and new."""
        first = self.landmarks.look(picture, region)
        if first.score < _HOPELESS or any(self._is_same(first, other) for other in known):
            return []
        closer = self.landmarks.of_landmarks(first.points)
        regions = self._detect(picture, [_upright(closer.scaled(_OWN_WINDOW))])
        if not _is_at(closer, regions, _CONFIRMED):
            return []
        second = self.landmarks.look(picture, closer)
        if second.score < self.landmarks.min_score:
            return []
        return [] if any(self._is_same(second, other) for other in known) else [second]


def _is_at(region: Roi, others: Sequence[Roi], least: float) -> bool:
    """Say whether one of these regions is about the same thing."""
    if not others:
        return False
    return bool(overlap(_corners(region), np.stack([_corners(o) for o in others])).max() > least)


def _upright(roi: Roi) -> Roi:
    return Roi(roi.x, roi.y, roi.side_px)


def _corners(roi: Roi) -> Points:
    """Return the (2, 2) corners of a region, turned upright."""
    half = roi.side_px / 2
    return np.array([[roi.x - half, roi.y - half], [roi.x + half, roi.y + half]])
