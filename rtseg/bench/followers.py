"""Three who show late masks: as they are, moved by plain flow, and by the tracker."""

from __future__ import annotations

import time

import cv2
import numpy as np
import numpy.typing as npt

from rtseg.bench.late_oracle import OBJECT
from rtseg.tracking import Track, Tracker
from rtseg.types import BoolMask, Image, TrackId

_FLOW_WIDTH_PX = 427
"""Half of DAVIS's 854: wider is slower and hardly better."""

_Map = npt.NDArray[np.float32]
"""(h, w, 2): for each pixel, x and y of where it was in an older frame."""


class Hold:
    """Shows the late mask as it is: what one sees without a tracker."""

    def __init__(self) -> None:
        self._mask: BoolMask | None = None

    def correct(self, number: int, mask: BoolMask) -> None:
        """Take the mask."""
        self._mask = mask

    def step(self, number: int, image: Image) -> BoolMask:
        """Show the mask again."""
        return np.zeros(image.shape[:2], np.bool_) if self._mask is None else self._mask


class PlainFlow:
    """Shows the late mask moved by chained flow, nothing more.

    DIS flow of the medium preset from each frame back to the one before, composed as coordinates
    and applied once. It shares no code with `rtseg.tracking`: what makes the tracker better must
    not move the mark that it is measured against.
    """

    def __init__(self) -> None:
        self._dis = cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_MEDIUM)
        self._maps: list[_Map] = []
        self._last: npt.NDArray[np.uint8] | None = None
        self._mask: BoolMask | None = None
        self._total: _Map | None = None

    def correct(self, number: int, mask: BoolMask) -> None:
        """Take the mask, and chain the way since its frame."""
        self._mask, self._total = mask, None
        for to_previous in self._maps[number + 1 :]:
            self._total = _composed(to_previous, self._total)

    def step(self, number: int, image: Image) -> BoolMask:
        """Move the mask a frame on."""
        height, width = image.shape[:2]
        small = (_FLOW_WIDTH_PX, max(1, round(height * _FLOW_WIDTH_PX / width)))
        full_grey = cv2.cvtColor(image, cv2.COLOR_BGR2GRAY)
        grey = cv2.resize(full_grey, small, interpolation=cv2.INTER_AREA).astype(np.uint8)
        to_previous = _places(*small)
        if self._last is not None:
            flow = self._dis.calc(grey, self._last, None)  # type: ignore[call-overload]
            to_previous = to_previous + np.asarray(flow, np.float32)
        self._last = grey
        self._maps.append(to_previous)
        if self._mask is None:
            return np.zeros((height, width), np.bool_)
        self._total = _composed(to_previous, self._total)
        scale = np.array((width / small[0], height / small[1]), np.float32)
        to_source = cv2.resize(self._total * scale + (0.5 * scale - 0.5), (width, height))
        x, y = cv2.split(to_source)
        full = self._mask.astype(np.uint8) * np.uint8(255)
        return np.asarray(cv2.remap(full, x, y, cv2.INTER_LINEAR)) > 127


def _places(width: int, height: int) -> _Map:
    xs, ys = np.meshgrid(np.arange(width), np.arange(height))
    return np.stack((xs, ys), axis=-1).astype(np.float32)


def _composed(to_previous: _Map, older: _Map | None) -> _Map:
    """Go a frame back, and from there the older way."""
    if older is None:
        return to_previous
    x, y = cv2.split(to_previous)
    way = cv2.remap(older, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(way, np.float32)


class Tracked:
    """Shows what `rtseg.tracking.Tracker` says, and notes what it costs.

    Parameters
    ----------
    objects : into how many objects, side by side, the mask is cut; their union is shown.

    Attributes
    ----------
    tracks : what the tracker said of the object at each step, where there is one object.
    step_ms, correct_ms : processor time of each call.
    first_step_ms : of those steps that are the first after a correction; they are in `step_ms` too.
    """

    def __init__(self, objects: int = 1) -> None:
        self._tracker = Tracker()
        self._objects = objects
        self._has_news = False
        self.tracks: list[Track | None] = []
        self.step_ms: list[float] = []
        self.correct_ms: list[float] = []
        self.first_step_ms: list[float] = []

    def correct(self, number: int, mask: BoolMask) -> None:
        """Hand the mask to the tracker, in as many parts as there are objects."""
        masks = self.parts(mask)
        started = time.thread_time()
        self._tracker.correct(number, masks)
        self.correct_ms.append((time.thread_time() - started) * 1000)
        self._has_news = True

    def step(self, number: int, image: Image) -> BoolMask:
        """Hand the frame to the tracker."""
        started = time.thread_time()
        masks = self._tracker.step(number, image)
        self.step_ms.append((time.thread_time() - started) * 1000)
        if self._has_news:
            self.first_step_ms.append(self.step_ms[-1])
            self._has_news = False
        self.tracks.append(self._tracker.tracks.get(OBJECT) if self._objects == 1 else None)
        shown = np.zeros(image.shape[:2], np.bool_)
        for mask in masks.values():
            shown |= mask
        return shown

    def parts(self, mask: BoolMask) -> dict[TrackId, BoolMask]:
        """Cut a mask into upright strips of about the same area, one for each object."""
        if self._objects == 1:
            return {OBJECT: mask}
        columns = np.cumsum(mask.sum(axis=0))
        part = np.minimum(columns * self._objects // max(1, columns[-1] + 1), self._objects - 1)
        return {OBJECT + n: mask & (part == n) for n in range(self._objects)}
