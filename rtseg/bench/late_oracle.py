"""A model that is right but slow, on sequences whose truth is known.

The oracle takes the newest frame when it is free and answers L frames later with that frame's
mask, so what is known is L to 2 L - 1 frames old. Nothing else of the truth reaches a follower.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Protocol

import cv2
import numpy as np

from rtseg.bench.davis import Sequence
from rtseg.tracking import Tracker
from rtseg.tracking.flow import (
    BackwardMap,
    DisFlow,
    Gray,
    compose,
    identity_map,
    sample,
    to_working,
    working_size,
)
from rtseg.types import BoolMask, Image

OBJECT = 1


class Follower(Protocol):
    """Shows a mask for each frame, from masks of older ones."""

    def correct(self, number: int, mask: BoolMask) -> None:
        """Hear what the model said of frame `number`."""
        ...

    def step(self, number: int, image: Image) -> BoolMask:
        """Take the next frame, show its mask."""
        ...


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
    """Shows the late mask moved by chained flow, nothing more."""

    def __init__(self) -> None:
        self._flow = DisFlow()
        self._maps: list[BackwardMap] = []
        self._last: Gray | None = None
        self._size = (0, 0)
        self._mask: BoolMask | None = None
        self._total = identity_map((16, 16))

    def correct(self, number: int, mask: BoolMask) -> None:
        """Take the mask, and chain the way since its frame."""
        self._mask = mask
        self._total = identity_map(self._size)
        for to_previous in self._maps[number + 1 :]:
            self._total = compose(to_previous, self._total)

    def step(self, number: int, image: Image) -> BoolMask:
        """Move the mask a frame on."""
        height, width = image.shape[:2]
        size = self._size = working_size(width, height, 320)
        gray = np.asarray(cv2.cvtColor(to_working(image, size), cv2.COLOR_BGR2GRAY), np.uint8)
        moved = identity_map(size)
        if self._last is not None:
            moved = moved + self._flow(gray, self._last, (0, 0, *size))
        self._last = gray
        self._maps.append(moved)
        if self._mask is None:
            return np.zeros((height, width), np.bool_)
        self._total = compose(moved, self._total)
        scale = np.array((width / size[0], height / size[1]), np.float32)
        to_source = cv2.resize(self._total * scale + (0.5 * scale - 0.5), (width, height))
        full = self._mask.astype(np.uint8) * np.uint8(255)
        return sample(full, np.asarray(to_source, np.float32), cv2.BORDER_CONSTANT) > 127


class Tracked:
    """Shows what `rtseg.tracking.Tracker` says.

    Parameters
    ----------
    objects : into how many objects, side by side, the mask is cut; their union is shown.
    """

    def __init__(self, objects: int = 1) -> None:
        self._tracker = Tracker()
        self._objects = objects
        self.step_ms: list[float] = []
        self.correct_ms: list[float] = []

    def correct(self, number: int, mask: BoolMask) -> None:
        """Hand the mask to the tracker, in as many parts as there are objects."""
        columns = np.cumsum(mask.sum(axis=0))
        part = np.minimum(columns * self._objects // max(1, columns[-1] + 1), self._objects - 1)
        masks = {OBJECT + n: mask & (part == n) for n in range(self._objects)}
        started = time.thread_time()
        self._tracker.correct(number, masks)
        self.correct_ms.append((time.thread_time() - started) * 1000)

    def step(self, number: int, image: Image) -> BoolMask:
        """Hand the frame to the tracker."""
        started = time.thread_time()
        masks = self._tracker.step(number, image)
        self.step_ms.append((time.thread_time() - started) * 1000)
        shown = np.zeros(image.shape[:2], np.bool_)
        for mask in masks.values():
            shown |= mask
        return shown


def noisy(mask: BoolMask, random: np.random.Generator) -> BoolMask:
    """Degrade a mask the way models err: now and then nothing or something else; else a bit off."""
    fate = random.random()
    if fate < 0.05:
        return np.zeros_like(mask)
    if fate < 0.08:
        return np.ascontiguousarray(mask[:, ::-1])
    soft = cv2.GaussianBlur(mask.astype(np.float32), (0, 0), random.uniform(1, 4))
    shift = random.normal(0, 2, 2)
    move = np.array([[1, 0, shift[0]], [0, 1, shift[1]]], np.float32)
    soft = cv2.warpAffine(soft, move, (mask.shape[1], mask.shape[0]))
    return np.asarray(soft) > random.uniform(0.3, 0.7)


def play(
    sequence: Sequence,
    follower: Follower,
    late: int,
    *,
    first_only: bool = False,
    degrade: Callable[[BoolMask], BoolMask] | None = None,
) -> list[BoolMask]:
    """Show a sequence to a follower and the late oracle.

    Parameters
    ----------
    late : frames between taking a frame and answering, >= 1.
    first_only : the oracle answers once, for the first frame.
    degrade : what becomes of the true mask in the answer.

    Returns
    -------
    The mask shown at each frame from frame `late` on.
    """
    shown = []
    busy_with: int | None = None
    for number, image in enumerate(sequence.images):
        if busy_with is not None and number - busy_with >= late:
            mask = sequence.truth[busy_with]
            follower.correct(busy_with, degrade(mask) if degrade else mask)
            busy_with = None
        mask = follower.step(number, image)
        if busy_with is None and (number == 0 or not first_only):
            busy_with = number
        if number >= late:
            shown.append(mask)
    return shown
