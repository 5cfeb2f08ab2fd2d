"""Finding all things of a kind in an image, and finding them again in the next one for less.

A detector looks at square windows of the image, the landmark network at each of its candidates. A
new thing counts when both say so twice: the detector also in a window of its own around it, the
landmark network also in the region that its own first landmarks give.

In a session, what had its landmarks in the last image is looked for where these were, without the
detector (Zhang et al., "MediaPipe Hands", 2020): `at_once` things in an image, in turn; the others
go on as they moved. Besides, an image has time for one step of these, the first that there is; and
where fewer are held than that, for as many more of the first two: by the next image, which may be a
tenth of a second away, a quick hand is somewhere else.

====================  =============================================================================
something may be new  the detector looks around it; in the next image the landmark network, twice
something was lost    the detector looks where it was, twice
a thing is in doubt,  the detector looks around it. What it does not see there twice in a row is
or long unconfirmed   dropped
else                  the detector looks, in turn, at a wide window around what is held or was held
                      last, where a second hand or face is likely, and at the next window of the
                      round. What is held and seen there is confirmed with it
====================  =============================================================================

The last two come in each image while one thing is held or none, and more rarely when there are
more. So an image never costs more than `at_once` things and one look of the detector, or two of the
landmark network, save second looks at what was nearly lost; and one where nothing is to be found
one look.

Measured on four clips: around a hand that is held, the palm detector sees it in 98 of 100 looks;
around a head that was taken for a hand, and that the landmark network goes on to like, in 1 of 12.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

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

_NEAR = 2 * _OWN_WINDOW
"""The same of the window in which others of its kind are looked for, and the one that was lost."""

_LOST_WINDOWS = (_OWN_WINDOW, _NEAR)
"""The same for what was lost, look by look: it moves on, and its region shrank with its score."""

_MOST_DOUBTS = 2
_MOST_HOPES = 2
"""Candidates of one look that are followed up: each keeps the detector from looking on."""

_UNCONFIRMED = 4
"""Looks of the detector after which it is asked for a thing that it has not seen meanwhile."""

_MOVED = 0.1
"""IoU of the regions of one candidate in two images, one after the other, at least."""

_HOPELESS = 0.02
"""Score of a first look that needs no second. A face from the side may begin at 0.04 and end at
0.6; nearly all that is none is below 0.01."""

_KEPT = 0.6
"""Part of the score that a new thing needs with which one that is held stays: a moment's blur is
not its end. What is nothing is dropped by the detector."""

_SAME = 0.2
"""Mean distance of like landmarks, in sides of the larger box, below which two sets of them are of
one thing: a hand and another that is folded into it are above it, though their boxes are not."""

_WITHIN = 0.7
"""Part of a box that lies in another from which the one is within the other."""

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
    confirmed : when the detector last saw it, in looks of the session.
    doubts : looks in a row in which it did not see it.
    motion_px : (2,) x, y by which it moves from one image to the next.
    age : images since its landmarks were looked for.
    """

    seen: Landmarks
    confirmed: int
    doubts: int = 0
    motion_px: Points = field(default_factory=lambda: np.zeros(2))
    age: int = 0


@dataclass(slots=True, eq=False)
class _Lost:
    """Something that a session has lost: where it was, and how often it was looked for."""

    roi: Roi
    looks: int = 0


@dataclass(frozen=True, slots=True)
class _Hope:
    """Something that the detector has seen and that may be new: where, and whether twice."""

    region: Roi
    is_seen_twice: bool


class Trail:
    """Where things were in a session's last image; a `Memory`."""

    def __init__(self) -> None:
        self.size_px: tuple[int, int] | None = None
        self.held: list[_Held] = []
        self.lost: list[_Lost] = []
        self.hopes: list[_Hope] = []
        self.last: Roi | None = None
        """Where something was lost last."""
        self.waited = 0
        """Images since the detector had its turn."""
        self.looks = 0
        """Of the detector."""
        self.turn = 0
        """Of these, at windows of the round."""

    def close(self) -> None:
        self.held, self.lost, self.hopes = [], [], []
        self.last = self.size_px = None


@dataclass(frozen=True, slots=True)
class Finder:
    """Finds and follows all things of one kind.

    Parameters
    ----------
    detector, landmarks : its networks.
    every : images from one look of the detector to the next for each thing that is held beyond the
        first: the more there is to follow, the rarer it looks.
    at_once : things whose landmarks are looked for in one image of a session.
    levels : as of `windows`: for an image that stands alone, for the first of a session, and for
        the rounds of a session.
    most : things at most.
    """

    detector: SsdDetector
    landmarks: LandmarkModel
    every: int
    at_once: int
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
        return self._new(picture, regions)

    def _go_on(self, picture: Pyramid, trail: Trail) -> list[Landmarks]:
        if trail.size_px != picture.size_px:
            trail.close()
            trail.size_px = picture.size_px
            trail.held = [_Held(one, trail.looks) for one in self._search(picture, self.levels[1])]
        else:
            spare = max(0, self.at_once - len(trail.held))
            self._follow(picture, trail)
            self._look_about(picture, trail)
            for _ in range(spare):
                if trail.hopes or trail.lost:
                    self._look_about(picture, trail)
            self._each_once(trail)
        return [held.seen for held in trail.held]

    def _follow(self, picture: Pyramid, trail: Trail) -> None:
        """Find what is held where it was, without the detector."""
        for held in trail.held:
            held.age += 1
        in_turn = sorted(trail.held, key=lambda held: -held.age)
        for held in in_turn[self.at_once :]:
            held.seen = replace(held.seen, points=held.seen.points + held.motion_px)
        for held in in_turn[: self.at_once]:
            self._follow_one(picture, trail, held)

    def _each_once(self, trail: Trail) -> None:
        """Of two that have become one, keep the one that the detector saw last."""
        kept: list[_Held] = []
        for held in sorted(trail.held, key=lambda held: -held.confirmed):
            if not any(self._is_same(held.seen, other.seen) for other in kept):
                kept.append(held)
        trail.held = kept

    def _follow_one(self, picture: Pyramid, trail: Trail, held: _Held) -> None:
        # What was not looked for meanwhile has been moved on with its motion.
        before = held.seen.points - (held.age - 1) * held.motion_px
        roi = self.landmarks.of_landmarks(held.seen.points + held.motion_px)
        now = self.landmarks.look(picture, roi)
        if _HOPELESS < now.score < self.landmarks.min_score:
            now = self.landmarks.look(picture, self.landmarks.of_landmarks(now.points))
        held.motion_px = (now.points - before).mean(axis=0) / held.age
        held.seen, held.age = now, 0
        if now.score < _KEPT * self.landmarks.min_score:
            trail.held.remove(held)
            trail.lost.append(_Lost(roi))
            trail.last = roi

    def _look_about(self, picture: Pyramid, trail: Trail) -> None:
        """Take one step more, if it is time."""
        trail.waited += 1
        if trail.hopes:
            self._follow_up(picture, trail, trail.hopes.pop(0))
        elif trail.lost or trail.waited >= self.every * (len(trail.held) - 1):
            trail.waited = 0
            self._look(picture, trail)

    def _follow_up(self, picture: Pyramid, trail: Trail, hope: _Hope) -> None:
        """Look once more at what may be new."""
        if hope.is_seen_twice:
            # Where it is one that is held after all, this is the better look at it.
            if len(trail.held) < self.most:
                new = self._confirmed(picture, hope.region, [], is_seen_twice=True)
                trail.held = [_Held(one, trail.looks) for one in new] + trail.held
            return
        regions = self._detect(picture, [_upright(hope.region.scaled(_OWN_WINDOW))])
        again = [region for region in regions if _is_at(region, [hope.region], _MOVED)]
        trail.hopes[:0] = [_Hope(region, is_seen_twice=True) for region in again[:1]]

    def _look(self, picture: Pyramid, trail: Trail) -> None:
        """Let the detector look at the window that needs it most."""
        trail.looks += 1
        lost = trail.lost.pop(0) if trail.lost else None
        asked = self._in_doubt(trail)
        if lost:
            asked, window = None, lost.roi.scaled(_LOST_WINDOWS[lost.looks])
        elif asked:
            window = self.landmarks.of_landmarks(asked.seen.points).scaled(_OWN_WINDOW)
        else:
            window = self._next_window(picture, trail)
        regions = self._detect(picture, [_upright(window)])
        for held in list(trail.held):
            if _is_at(self.landmarks.of_landmarks(held.seen.points), regions, _CONFIRMED):
                held.confirmed, held.doubts = trail.looks, 0
            elif held is asked:
                held.doubts += 1
                if held.doubts == _MOST_DOUBTS:
                    trail.held.remove(held)
        new = self._unknown(regions, [held.seen for held in trail.held])
        # What was lost has been confirmed before, and this was a window of its own.
        trail.hopes += [_Hope(region, is_seen_twice=lost is not None) for region in new]
        if lost and lost.looks + 1 < len(_LOST_WINDOWS) and not new:
            trail.lost.append(_Lost(lost.roi, lost.looks + 1))

    def _in_doubt(self, trail: Trail) -> _Held | None:
        """Return the thing that the detector has not seen for the longest time, if that is long."""
        if not trail.held:
            return None
        oldest = min(trail.held, key=lambda held: held.confirmed)
        is_old = trail.looks - oldest.confirmed > _UNCONFIRMED * len(trail.held)
        return oldest if oldest.doubts or is_old else None

    def _next_window(self, picture: Pyramid, trail: Trail) -> Roi:
        """Return where to look for what is new."""
        places = [self.landmarks.of_landmarks(held.seen.points) for held in trail.held]
        if not places and trail.last:
            places = [trail.last]
        if places and trail.looks % 2:
            return places[trail.looks // 2 % len(places)].scaled(_NEAR)
        small = windows(*picture.size_px, self.levels[2])
        large = windows(*picture.size_px, self.levels[1])
        in_turn = rounds(large, small[len(large) :])
        trail.turn += 1
        return in_turn[(trail.turn - 1) % len(in_turn)]

    def _detect(self, picture: Pyramid, where: Sequence[Roi]) -> list[Roi]:
        """Return the regions of all candidates, the surest first."""
        candidates = (one for window in where for one in self.detector.detect(picture, window))
        return [self.landmarks.of_candidate(candidate) for candidate in distinct(candidates)]

    def _new(self, picture: Pyramid, regions: Sequence[Roi]) -> list[Landmarks]:
        """Return what is at these regions, each thing once."""
        new: list[Landmarks] = []
        for region in regions:
            if len(new) == self.most:
                break
            if self._unknown([region], new):
                new += self._confirmed(picture, region, new)
        return new

    def _unknown(self, regions: Sequence[Roi], known: Sequence[Landmarks]) -> list[Roi]:
        """Return the first of the regions at which nothing is that is known."""
        there = [self.landmarks.of_landmarks(one.points) for one in known]
        return [one for one in regions if not _is_at(one, there, _KNOWN)][:_MOST_HOPES]

    def _is_same(self, one: Landmarks, other: Landmarks) -> bool:
        """Say whether two sets of landmarks are of one thing.

        Each point is near its like, or their boxes share more than those of two things do, or the
        one is a small part of the other: landmarks shrink on what they are about to lose.
        """
        apart = np.linalg.norm(one.points - other.points, axis=1).mean()
        size = max(np.ptp(thing.points, axis=0).max() for thing in (one, other))
        shared = overlap(one.corners, other.corners[None]).item()
        return (
            bool(apart < _SAME * size)
            or shared > self.landmarks.most_shared
            or _is_shrunken(one.corners, other.corners)
        )

    def _confirmed(
        self,
        picture: Pyramid,
        region: Roi,
        known: Sequence[Landmarks],
        *,
        is_seen_twice: bool = False,
    ) -> list[Landmarks]:
        """Return what a detector has found in some window, if it is something and new.

        Parameters
        ----------
        region : of the detector's candidate.
        known : what is not new.
        is_seen_twice : the candidate is of a window of its own; else the detector looks at that.
        """
        first = self.landmarks.look(picture, region)
        if first.score < _HOPELESS or any(self._is_same(first, other) for other in known):
            return []
        closer = self.landmarks.of_landmarks(first.points)
        regions = [region]
        if not is_seen_twice:
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


def _is_shrunken(one: Points, other: Points) -> bool:
    """Say whether a (2, 2) box is within another that is more than twice as large."""
    areas = [float(np.prod(corners[1] - corners[0])) for corners in (one, other)]
    common = np.minimum(one[1], other[1]) - np.maximum(one[0], other[0])
    within = float(np.prod(np.maximum(common, 0))) > _WITHIN * min(areas)
    return within and 2 * min(areas) < max(areas)


def _upright(roi: Roi) -> Roi:
    return Roi(roi.x, roi.y, roi.side_px)


def _corners(roi: Roi) -> Points:
    """Return the (2, 2) corners of a region, turned upright."""
    half = roi.side_px / 2
    return np.array([[roi.x - half, roi.y - half], [roi.x + half, roi.y + half]])
