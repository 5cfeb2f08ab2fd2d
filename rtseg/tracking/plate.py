"""The plate: what the background looks like, place by place, as other frames saw it.

A belief that stays behind where its object has been finds nothing wrong with the colours there:
they are near, and were near. But the place was seen before the object came, or has been seen
since: frames of the ring, led to now by the motion of the camera, show what is there when nothing
is in front of it. That tells what is background from what only resembles it, and shows parts of
the object that flow has lost.

What a difference in colour means depends on how well those frames are led: parallax, blur, waving
leaves. It is measured against what differs where surely no object is, nearby, so that a camera
motion that is wrong makes the plate say nothing, rather than something wrong.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

import cv2
import numpy as np
import numpy.typing as npt

from rtseg.tracking.appearance import Lab, Soft
from rtseg.tracking.camera import Homography
from rtseg.tracking.flow import WorkingBox
from rtseg.types import TrackId

Taken: TypeAlias = npt.NDArray[np.uint8]
"""(h, w) uint8, 255 where an object may be, working pixels."""

_Bytes: TypeAlias = npt.NDArray[np.uint8]

_WORDS = 3
"""Frames that a model has spoken of are asked first, this many of them."""

_OWN = 1
_OWN_EVERY = 4
"""Of frames that the tracker alone has judged, the newest fourth is asked, and no other: it knows
places that came into the picture since. More of either gained nothing that lasts."""

_OLDEST_FRAMES = 60  # a chain of homographies longer than this leads anywhere
_GROWTH_PX = 2
_TOLERANCE = np.ones((3, 3), np.uint8)  # a pixel fits if it is like any around its place
_FEWEST_PIXELS = 30
_LEAST_NOISE = 3.0
_OBJECT_NOISE = 35.0
"""Mean difference in colour of an object to what is behind it: 25 to 60 by sequence."""

_UNTRUSTED = 0.8  # of the above: such a plate is no plate
_MOST_NOISE = 0.9  # of the same, nearby: what waves there never speaks for an object alone
_LEAST_TAKEN = 16  # of 255, between pixels of the view
_LOCAL_PX = 44
_SHRINK = 4  # noise has no detail
_LOCAL_SHARE = 0.2  # of the window: where less of it is surely background, typical noise counts
_LIMIT = 5.0
_SHARED = (1 / np.sqrt(np.maximum(np.arange(256), 1))).astype(np.float32)  # by how many views


@dataclass(slots=True)
class Glimpse:
    """A frame as a witness of the background.

    Parameters
    ----------
    picture : (h, w, 3) uint8 Lab.
    camera : its motion from this frame to the one before; None if unknown.
    taken : where each object may be in it, of those that anybody has spoken of.
    judged : the objects that a model has spoken of in this frame, not the tracker alone.
    is_fitted : `camera` is what became of trying to find it; else nobody has asked yet.
    """

    picture: Lab
    camera: Homography | None = None
    taken: dict[TrackId, Taken] = field(default_factory=dict)
    judged: set[TrackId] = field(default_factory=set)
    is_fitted: bool = False

    def note(self, track_id: TrackId, soft: Soft, *, is_word: bool = False) -> None:
        """Take where an object is in the frame, (h, w) float32, and whether a model said so."""
        self.taken[track_id] = taken_by(soft)
        if is_word:
            self.judged.add(track_id)

    def forget(self, track_id: TrackId) -> None:
        """Know nothing of an object any more."""
        self.taken.pop(track_id, None)
        self.judged.discard(track_id)

    def all_taken(self) -> Taken:
        """Say where any of the objects may be."""
        union = np.zeros(self.picture.shape[:2], np.uint8)
        for taken in self.taken.values():
            cv2.max(union, taken, union)
        return union


@dataclass(frozen=True, slots=True)
class View:
    """A glimpse, led to another frame.

    Parameters
    ----------
    picture, taken : of the glimpse, where `taken` is for all of its objects.
    from_now : a pixel of the other frame to its place in this one.
    """

    picture: Lab
    taken: Taken
    from_now: Homography


def taken_by(soft: Soft) -> Taken:
    """Say where an object of this soft mask may be, blur and flow's small errors included."""
    square = np.ones((2 * _GROWTH_PX + 1,) * 2, np.uint8)
    return np.asarray(cv2.dilate((soft > 0.1).astype(np.uint8) * np.uint8(255), square), np.uint8)


def views_of(earlier: Iterable[Glimpse], now: Glimpse, track_id: TrackId) -> list[View]:
    """Choose the frames to ask what is behind an object, and lead them to a newer one.

    A frame in which nobody has said where this object is could show the object itself: who is
    named after a minute of standing still has been seen at his place all the time.

    Parameters
    ----------
    earlier : the frames before `now`, the newest first, none left out.

    Returns
    -------
    The more trustworthy first.
    """
    judged: list[View] = []
    own: list[View] = []
    way = np.eye(3)
    camera = now.camera
    for age, glimpse in enumerate(earlier, 1):
        if camera is None or age > _OLDEST_FRAMES or len(judged) == _WORDS:
            break
        way = camera @ way
        camera = glimpse.camera
        if track_id not in glimpse.taken:
            continue
        if track_id in glimpse.judged:
            judged.append(View(glimpse.picture, glimpse.all_taken(), way))
        elif age % _OWN_EVERY == 0 and len(own) < _OWN:
            own.append(View(glimpse.picture, glimpse.all_taken(), way))
    return judged + own


def evidence_of_plate(
    now: Lab, views: Sequence[View], box: WorkingBox, away: npt.NDArray[np.bool_]
) -> Soft:
    """Ask whether each pixel is the background that was seen at its place.

    Parameters
    ----------
    now : (h, w, 3) uint8 Lab, the part `box` of the newest frame.
    views : what was seen, led to the newest frame.
    box : working pixels of the newest frame.
    away : (h, w) bool, where surely no object is: what differs there is noise.

    Returns
    -------
    (h, w) float32, logarithm of the odds for an object, -5 to 5. Below 0 the pixel is what was
    seen there; above 0 the place was seen and looked otherwise; 0 where the place is unknown, or
    what is known of it is not to be trusted.
    """
    total = np.zeros(now.shape[:2], np.float32)
    count = np.zeros(now.shape[:2], np.uint8)
    sure = away.astype(np.uint8)
    now = np.asarray(cv2.cvtColor(now, cv2.COLOR_BGR2BGRA), np.uint8)  # as views are fetched
    for view in views:
        apart, known = _difference(now, view, box)
        odds = _odds(apart, sure & known)
        if odds is None:
            continue
        cv2.accumulate(cv2.min(odds, _LIMIT), total, known)  # type: ignore[call-overload]
        count = np.asarray(cv2.add(count, known), np.uint8)
    # Views err together: the second of two alike adds less than the first.
    return np.asarray((total * _SHARED[count]).clip(-_LIMIT, _LIMIT), np.float32)


def _difference(now: Lab, view: View, box: WorkingBox) -> tuple[_Bytes, _Bytes]:
    """Give how far each pixel is in colour from its place in a view, and 1 where that is known.

    `now` has a fourth channel, which means nothing.
    """
    # Colours and what is taken in one picture of four channels: a third of the time of two warps.
    # A frame of one pixel goes on with the colours of the edge, and is taken.
    both = cv2.cvtColor(view.picture, cv2.COLOR_BGR2BGRA)
    cv2.insertChannel(view.taken, both, 3)
    both = cv2.copyMakeBorder(both, 1, 1, 1, 1, cv2.BORDER_REPLICATE)
    both[[0, -1], :, 3] = both[:, [0, -1], 3] = 255
    x0, y0, x1, y1 = box
    framed = np.array(((1, 0, 1), (0, 1, 1), (0, 0, 1.0)))
    move = framed @ view.from_now @ np.array(((1, 0, x0), (0, 1, y0), (0, 0, 1.0)))
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    size = (x1 - x0, y1 - y0)
    seen = cv2.warpPerspective(both, move, size, flags=flags, borderMode=cv2.BORDER_REPLICATE)
    more = cv2.subtract(now, cv2.dilate(seen, _TOLERANCE))
    less = cv2.subtract(cv2.erode(seen, _TOLERANCE), now)
    light, a, b, _ = cv2.split(cv2.max(more, less))
    taken = cv2.extractChannel(seen, 3)
    half = np.asarray(light, np.uint8) >> 1  # light changes more easily than colour does
    known = np.asarray(taken, np.uint8) < _LEAST_TAKEN
    return np.asarray(cv2.add(cv2.add(half, a), b), np.uint8), known.astype(np.uint8)


def _odds(apart: _Bytes, sure: _Bytes) -> Soft | None:
    """Weigh differences against those of sure background nearby; None if that tells nothing."""
    counts = cv2.calcHist([apart], [0], sure, [256], [0, 256]).reshape(-1).cumsum()
    if counts[-1] < _FEWEST_PIXELS:
        return None
    # Half of an exponential distribution lies below ln 2 of its mean.
    median = int(np.searchsorted(counts, 0.5 * counts[-1]))
    typical = max(_LEAST_NOISE, median / math.log(2.0))
    if typical > _UNTRUSTED * _OBJECT_NOISE:
        return None
    # Capped: parts of the object that the belief has lost are no noise of the background.
    most = min(255.0, 4 * typical)
    capped = cv2.multiply(cv2.min(apart, most), sure)  # type: ignore[call-overload]
    height, width = apart.shape
    size = (-(-width // _SHRINK), -(-height // _SHRINK))
    both = cv2.merge((capped.astype(np.float32), sure.astype(np.float32)))
    small = cv2.resize(both, size, interpolation=cv2.INTER_AREA)
    window = (_LOCAL_PX // _SHRINK, _LOCAL_PX // _SHRINK)
    around = cv2.blur(small, window, borderType=cv2.BORDER_CONSTANT)
    noise = (around[..., 0] + _LOCAL_SHARE * typical) / (around[..., 1] + _LOCAL_SHARE)
    noise = noise.clip(_LEAST_NOISE, _MOST_NOISE * _OBJECT_NOISE)
    line = np.dstack((np.log(noise / _OBJECT_NOISE), 1 / noise - 1 / _OBJECT_NOISE))
    offset, slope = cv2.split(cv2.resize(line, (width, height), interpolation=cv2.INTER_LINEAR))
    return np.asarray(offset + slope * apart, np.float32)
