"""How far points lie from an outline, exactly."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from rtseg.errors import UsageError
from rtseg.geometry.path import Path, Polygons, following

Points = npt.NDArray[np.float64]
"""(N, 2) float64: x, y, source pixels."""

_CHUNK = 64
"""Points that are looked up together. They follow each other on an outline, so they lie together,
and few of the other outline's edges can be the nearest of any of them."""


def distance_to_outline(points: npt.ArrayLike, path: Path | Polygons) -> npt.NDArray[np.float64]:
    """Measure how far points lie from the nearest place on the edges of a path.

    Parameters
    ----------
    points : (N, 2) x, y, source pixels; quickest where neighbours follow each other.
    path : not empty.

    Returns
    -------
    (N,) float64, pixels; the same on either side of the outline.

    Raises
    ------
    UsageError
        If the path has no vertices.
    """
    starts = _vertices(path)
    ends = np.concatenate([following(ring) for ring in path.rings]).astype(np.float64)
    return _to_segments(np.asarray(points, np.float64), starts, ends)


def distance_to_vertices(points: npt.ArrayLike, path: Path | Polygons) -> npt.NDArray[np.float64]:
    """Measure how far points lie from the nearest vertex of a path; see `distance_to_outline`."""
    vertices = _vertices(path)
    return _to_segments(np.asarray(points, np.float64), vertices, vertices)


def along(path: Path | Polygons, step_px: float = 1.0) -> Points:
    """Spread points over the edges of a path.

    Parameters
    ----------
    step_px : most distance between two points that follow each other, source pixels, > 0.

    Returns
    -------
    (N, 2) float64 x, y, source pixels: every vertex, and what is between them at even steps.

    Raises
    ------
    UsageError
        If `step_px` is not above 0.
    """
    if not step_px > 0:
        raise UsageError(f"expected step_px above 0, got {step_px!r}; 1 is fine")
    if not path.rings:
        return np.zeros((0, 2))
    starts = _vertices(path)
    steps = np.concatenate([following(ring) for ring in path.rings]) - starts
    counts = np.maximum(np.ceil(np.hypot(*steps.T) / step_px), 1).astype(np.int64)
    edge = np.repeat(np.arange(len(starts)), counts)
    place = np.arange(len(edge)) - np.repeat(np.cumsum(counts) - counts, counts)
    points: Points = starts[edge] + steps[edge] * (place / counts[edge])[:, None]
    return points


def _vertices(path: Path | Polygons) -> Points:
    if not path.rings:
        raise UsageError("expected a path with vertices, got an empty one; nothing is near that")
    return np.concatenate(path.rings).astype(np.float64)


def _to_segments(points: Points, starts: Points, ends: Points) -> npt.NDArray[np.float64]:
    """Distance from each point to the nearest of some segments, which may have no length."""
    squares = np.empty(len(points))
    for first in range(0, len(points), _CHUNK):
        chunk = points[first : first + _CHUNK]
        centre = (chunk.min(axis=0) + chunk.max(axis=0)) / 2
        radius = np.hypot(*(chunk - centre).T).max()
        away = np.sqrt(_squares(centre[None], starts, ends)[0])
        # By the triangle inequality, twice: no other segment is the nearest of any of these points.
        near = away <= away.min() + 2 * radius
        squares[first : first + _CHUNK] = _squares(chunk, starts[near], ends[near]).min(axis=1)
    return np.sqrt(squares)


def _squares(points: Points, starts: Points, ends: Points) -> npt.NDArray[np.float64]:
    """(N, M): squared distance from each point to each segment."""
    steps_x, steps_y = (ends - starts).T
    lengths = steps_x * steps_x + steps_y * steps_y
    lengths[lengths == 0] = 1
    x = points[:, :1] - starts[:, 0]
    y = points[:, 1:] - starts[:, 1]
    share = np.minimum(np.maximum((x * steps_x + y * steps_y) / lengths, 0), 1)
    x -= share * steps_x
    y -= share * steps_y
    away: npt.NDArray[np.float64] = x * x + y * y
    return away
