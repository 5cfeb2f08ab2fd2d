"""An outline in stages, as messages: where it is, its rough shape, all of it.

::

    {"type": "bbox", "bbox": {"x_min": 0.1, …}}
    {"type": "path_delta", "chunk": "M 0 0.76 L", "completed": false}
    {"type": "path_delta", "chunk": " 0.1 0.9 Z", "completed": false}
    {"type": "final", "path": "M …", "bbox": {…}, "completed": true, …}

They are Moondream's. Answers to single pictures (`rtseg.images.streaming`) and the view of a live
stream in JSON (`rtseg.server.json_view`) both write them. Paths, the chunks joined too, are SVG
path data in [0, 1] of the last `bbox` before them or beside them.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any, TypeAlias

import cv2
import numpy as np

from rtseg.geometry import Path

Message: TypeAlias = dict[str, Any]

COARSE_DECIMALS = 3
"""Of a coarse path, as many as Moondream's service gives: a thousandth of the box."""

_COARSENESS = 0.015
"""Of a box's diagonal: what a coarse outline may be off. On DAVIS's masks it has 40 vertices in 540
characters, a mean IoU of .94 with the mask, and takes 0.6 ms."""

_MOST_VERTICES = 160
"""Coarser still rather than more: a tree is no reason to send its leaves twice."""

_CHUNK_CHARS = 96
"""About eight vertices: a page sees the outline grow, and no network packet is nearly filled."""


def box_message(bbox: Mapping[str, float] | None, **about: Any) -> Message:
    """Tell where something is; `about` says what it is, before the box."""
    return {"type": "bbox", **about, "bbox": bbox}


def path_deltas(path: str, **about: Any) -> Iterator[Message]:
    """Tell a path that a finer one follows, cut at spaces; all parts but the first begin with one.

    Parameters
    ----------
    path : SVG path data.
    about : said in each message.
    """
    start = 0
    while start < len(path):
        stop = len(path)
        if stop - start > _CHUNK_CHARS:
            # The part begins with its own space, which is not where it ends.
            stop = path.rindex(" ", start + 1, start + _CHUNK_CHARS)
        yield {"type": "path_delta", **about, "chunk": path[start:stop], "completed": False}
        start = stop


def final_message(**answer: Any) -> Message:
    """Tell all that there is."""
    return {"type": "final", **answer, "completed": True}


def coarse(path: Path, most_vertices: int = _MOST_VERTICES) -> Path:
    """Outline quickly, with few vertices, what a path outlines.

    Parameters
    ----------
    path : source pixels, not empty.
    most_vertices : that it may have.

    Returns
    -------
    Some of its vertices, source pixels; never nothing. Where so few show nothing at all, its
    largest ring.
    """
    x0, y0, x1, y1 = path.bbox
    tolerance = max(1.0, _COARSENESS * math.hypot(x1 - x0, y1 - y0))
    while True:
        kept = [cv2.approxPolyDP(ring, tolerance, closed=True)[:, 0] for ring in path.rings]
        rings = tuple(np.asarray(ring, np.int32) for ring in kept if len(ring) > 2)
        if not rings:
            return path if len(path.rings) == 1 else _largest(path)
        if sum(map(len, rings)) <= most_vertices:
            return Path(rings)
        tolerance *= 1.5


def in_box(path: Path, box: tuple[float, float, float, float], *, decimals: int) -> str:
    """Write a path as SVG path data in [0, 1] of a box, xyxy in source pixels.

    Of a box without width or height, that coordinate is 0.
    """
    x0, y0, x1, y1 = box
    scale = (1 / max(x1 - x0, 1), 1 / max(y1 - y0, 1))
    return path.svg(origin=(x0, y0), scale=scale, decimals=decimals)


def exact_decimals(box: tuple[int, int, int, int]) -> int:
    """Say how many decimals tell every whole pixel of a box apart when told in [0, 1] of it.

    `round(x * width)` is then the very number of pixels from the box's side.
    """
    return len(str(max(box[2] - box[0], box[3] - box[1], 1)))


def _largest(path: Path) -> Path:
    return Path((max(path.rings, key=lambda ring: float(cv2.contourArea(ring))),))
