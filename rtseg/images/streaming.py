"""An answer in parts, while it is made: Moondream's stream as messages. Pure: no I/O, no clock.

::

    {"type": "bbox", "bbox": {"x_min": 0.1, …}}                      where it is
    {"type": "path_delta", "chunk": "M 0 0.76 L", "completed": false}   its coarse outline, in parts
    {"type": "path_delta", "chunk": " 0.1 0.9 Z", "completed": false}
    {"type": "final", "path": "M …", "bbox": {…}, "completed": true, …}  the whole answer

Joined, the chunks are SVG path data in [0, 1] of the last `bbox` before them. A detector knows the
box before the outline: then the first `bbox` is its box, and another follows where the mask's own
differs. A touch says nothing of where its object ends, so there the box comes with the outline.
What was not found has no `bbox` and no chunks, only the `final`.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Any, TypeAlias

import cv2
import numpy as np

from rtseg.formats import Outlined, bbox_record
from rtseg.geometry import Path, trace
from rtseg.models import Detection
from rtseg.types import Prompt

Message: TypeAlias = dict[str, Any]

_COARSENESS = 0.015
"""Of a box's diagonal: what a coarse outline may be off. On DAVIS's masks it has 40 vertices in 540
characters, a mean IoU of .94 with the mask, and takes 0.6 ms."""

_MAX_VERTICES = 160
"""Coarser still rather than more: a tree is no reason to send its leaves twice."""

_DECIMALS = 3
"""As many as the service gives: a thousandth of the box."""

_CHUNK_CHARS = 96
"""About eight vertices: a page sees the outline grow, and no network packet is nearly filled."""


class Messages:
    """Makes the messages of one answer, in their order.

    Parameters
    ----------
    prompts : that are asked.
    """

    def __init__(self, prompts: Sequence[Prompt]) -> None:
        self._prompts = tuple(prompts)
        self._boxes: dict[int, tuple[float, float, float, float]] = {}
        self._bbox: dict[str, float] | None = None

    def detected(self, boxes: Sequence[Detection]) -> Iterator[Message]:
        """Tell what a detector knows before the outlines.

        Parameters
        ----------
        boxes : `Detection.prompt` is a position in the prompts; surest first within one. Beside a
            touch all things of its words are in here, and which one is meant shows later: those
            are left out.
        """
        for box in boxes:
            if not self._prompts[box.prompt].is_touch and box.prompt not in self._boxes:
                found = box.box
                self._boxes[box.prompt] = (found.x_min, found.y_min, found.x_max, found.y_max)
        if self._boxes:
            corners = np.array(list(self._boxes.values()))
            (x0, y0), (x1, y1) = corners[:, :2].min(axis=0), corners[:, 2:].max(axis=0)
            yield from self._at(bbox_record((x0, y0, x1, y1), (1, 1)))

    def outlined(self, whole: Outlined) -> Iterator[Message]:
        """Tell the box of a mask where it has not been told, and its coarse outline.

        Parameters
        ----------
        whole : all that the answer's path will outline. Its fine path is not made.
        """
        height, width = whole.mask.shape
        yield from self._at(bbox_record(whole.bbox, (width, height)))
        yield from chunks(_coarse(whole).svg(**_in_box(whole), decimals=_DECIMALS))

    def final(self, answer: Message) -> Message:
        """Tell the whole answer; the last message.

        Parameters
        ----------
        answer : of `rtseg.images.answering.answer`.
        """
        return {"type": "final", **answer, "completed": True}

    def _at(self, bbox: dict[str, float]) -> Iterator[Message]:
        if bbox != self._bbox:
            self._bbox = bbox
            yield {"type": "bbox", "bbox": bbox}


def chunks(path: str) -> Iterator[Message]:
    """Cut path data at its spaces; every part but the first begins with one."""
    start = 0
    while start < len(path):
        stop = len(path)
        if stop - start > _CHUNK_CHARS:
            # The part begins with its own space, which is not where it ends.
            stop = path.rindex(" ", start + 1, start + _CHUNK_CHARS)
        yield {"type": "path_delta", "chunk": path[start:stop], "completed": False}
        start = stop


def _coarse(whole: Outlined) -> Path:
    """Outline a mask quickly, with few vertices, source pixels; never nothing."""
    exact = trace(whole.mask)
    x0, y0, x1, y1 = whole.bbox
    tolerance = max(1.0, _COARSENESS * math.hypot(x1 - x0, y1 - y0))
    while True:
        kept = [cv2.approxPolyDP(ring, tolerance, closed=True)[:, 0] for ring in exact.rings]
        rings = tuple(np.asarray(ring, np.int32) for ring in kept if len(ring) > 2)
        if not rings:
            return exact if len(exact.rings) == 1 else _largest(exact)
        if sum(map(len, rings)) <= _MAX_VERTICES:
            return Path(rings)
        tolerance *= 1.5


def _largest(path: Path) -> Path:
    return Path((max(path.rings, key=lambda ring: float(cv2.contourArea(ring))),))


def _in_box(whole: Outlined) -> dict[str, Any]:
    x0, y0, x1, y1 = whole.bbox
    return {"origin": (x0, y0), "scale": (1 / (x1 - x0), 1 / (y1 - y0))}
