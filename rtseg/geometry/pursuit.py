"""Outlines that follow their shape: the vertices of one frame, moved onto the next.

Each frame simplified on its own has other vertices than the one before, and what is drawn seems to
boil. Here an outline moves: an affine motion takes it near the new shape (iterated closest points,
Besl and McKay 1992), each vertex finds its place on the new outline, places must keep their order
around it, and least squares then fit all edges at once to the arcs between those places. Vertices
that find no place go; where an arc strays from its edge by more than the tolerance, new ones come.
"""

from __future__ import annotations

from bisect import bisect_right
from typing import NamedTuple

import cv2
import numpy as np
import numpy.typing as npt

from rtseg.geometry.motion import Motion, fit_motion
from rtseg.geometry.path import Ring, following, preceding

Points = npt.NDArray[np.float64]
Places = npt.NDArray[np.int64]

NEW = -1
"""Source of a vertex that was not there before."""

# About so many corners are looked at to find a vertex's place: with half as many, fewer vertices
# live on, on DAVIS at IoU .97.
_LOOKED_AT = 440

# Corners to either side that tell which way an outline faces.
_REACH = 3

# A vertex lives on if its place lies within this times the tolerance, or the least reach, of where
# the motion takes it, and the outline faces the same way there.
_FOLLOWED = 2.5
_LEAST_REACH_PX = 6.0
_LEAST_COSINE = -0.3

# How far a vertex is held where the motion takes it: this times the mean arc. In a first
# version ten times as much, .3 for .03, had more vertices follow the flow, and needed 45 % more.
_HOLD = 0.02

# A vertex goes when it stands out from its neighbours by less than this times the tolerance. Well
# below what makes one come, so that none comes and goes.
_LEVEL = 0.6

_LEAST_LEFT = 4
_DENSE_MOST = 64

# Then it bends: so many neighbours to either side move alike, ever fewer.
_BENDS = (4, 2, 1)


class Pursued(NamedTuple):
    """A ring that followed its shape.

    Parameters
    ----------
    sources : (M,) int64: of each vertex, which of the ring before it was, or `NEW`. Those that live
        on come in their order around the ring; the first is one of them.
    vertices : (M, 2) float64, source pixels, not on a lattice.
    motion : of the ring as a whole.
    """

    sources: Places
    vertices: Points
    motion: Motion


class Shape:
    """An exact ring, prepared for pursuit.

    Parameters
    ----------
    ring : (N, 2) int32, a ring of `trace`.
    """

    def __init__(self, ring: Ring) -> None:
        self.ring = ring
        self.corners = ring.astype(np.float64)
        steps = following(self.corners) - self.corners
        lengths = np.abs(steps).sum(axis=1)
        self.origin = self.corners[0]
        corners = self.corners - self.origin
        middle = corners + steps / 2
        moments = np.column_stack(
            (np.ones(len(ring)), middle, middle**2 + steps**2 / 12, middle[:, 0] * middle[:, 1])
        )
        self._sums = np.concatenate(
            (np.zeros((1, 6)), np.cumsum(moments * lengths[:, None], axis=0))
        )
        # A staircase's corners lie to either side of what it stands for: its edges' middles do not.
        stride = max(1, len(ring) // _LOOKED_AT)
        self.looked_at = np.arange(0, len(ring), stride)
        self.seen = (self.corners + steps / 2)[self.looked_at]
        self.normals = _normals(self.seen, max(1, _REACH // stride))
        self.moment = cv2.moments(ring)

    def moments(self, places: Places) -> npt.NDArray[np.float64]:
        """Moments about `origin` of the arc from each place to the next: (6, M)."""
        after = following(places)
        wraps = (after <= places)[:, None]
        sums: npt.NDArray[np.float64] = (
            self._sums[after] - self._sums[places] + wraps * self._sums[-1]
        )
        return sums.T


class Pursuit:
    """A ring on its way to a new shape.

    Parameters
    ----------
    ring : (N, 2) int32, the ring before, source pixels.
    shape : what it should outline now.
    scale_px : about how far an outline strays from its mask, source pixels.
    """

    def __init__(self, ring: Ring, shape: Shape, scale_px: float) -> None:
        self.ring = ring
        self.shape = shape
        self._scale = scale = max(scale_px, 2.0)
        moved = ring + _shift(cv2.moments(ring), shape.moment)
        for _ in range(2):
            nearest, _ = self._nearest(moved)
            away = ((shape.seen[nearest] - moved) ** 2).sum(axis=1)
            weights = 1 / (1 + away / (2 * scale) ** 2)
            self.motion, moved = fit_motion(ring, shape.seen[nearest], weights, softness=4.0)
        for reach in _BENDS:
            nearest, facing = self._nearest(moved)
            steps = shape.seen[nearest] - moved
            weights = (facing > 0) / (1 + (steps**2).sum(axis=1) / (2 * scale) ** 2)
            moved = moved + _smooth(steps, weights, reach)
        self._moved = moved
        self._found = self._nearest(moved)

    def at(self, tolerance_px: float) -> Pursued | None:
        """Move the ring onto the shape.

        Parameters
        ----------
        tolerance_px : how far an arc may stray from its edge.

        Returns
        -------
        The ring on the new shape; None where too little of it lives on.
        """
        shape = self.shape
        sources, places, anchors = self._places(tolerance_px)
        if len(sources) < _LEAST_LEFT:
            return None
        vertices = _fit(shape.corners[places], anchors, places, shape)
        for _ in range(2):
            at, came = _missing(vertices, places, shape, tolerance_px)
            if not len(came):
                break
            sources = np.insert(sources, at, NEW)
            places = np.insert(places, at, came)
            anchors = np.insert(anchors, at, shape.corners[came], axis=0)
            vertices = np.insert(vertices, at, shape.corners[came], axis=0)
            vertices = _fit(vertices, anchors, places, shape)
        stays = _stands_out(vertices, _LEVEL * tolerance_px)
        if not stays.all():
            sources, places, anchors = sources[stays], places[stays], anchors[stays]
            vertices = _fit(vertices[stays], anchors, places, shape)
        alive = np.flatnonzero(sources != NEW)
        if not len(alive):
            return None
        first = -int(alive[0])
        return Pursued(np.roll(sources, first), np.roll(vertices, first, axis=0), self.motion)

    def _nearest(self, moved: Points) -> tuple[Places, npt.NDArray[np.float64]]:
        """Find the nearest of what is looked at that faces the same way."""
        shape = self.shape
        cosine = _normals(moved, 1) @ shape.normals.T
        square = (moved**2).sum(axis=1)[:, None] - 2 * moved @ shape.seen.T
        square += (shape.seen**2).sum(axis=1)
        nearest = np.argmin(square + (2 * self._scale) ** 2 * (1 - cosine), axis=1)
        return nearest, cosine[np.arange(len(moved)), nearest]

    def _places(self, tolerance_px: float) -> tuple[Places, Places, Points]:
        """Give sources, places and anchors of the vertices that live on, in order."""
        shape = self.shape
        nearest, facing = self._found
        away = np.hypot(*(shape.seen[nearest] - self._moved).T)
        reach = max(_FOLLOWED * tolerance_px, _LEAST_REACH_PX)
        fits = np.flatnonzero((away <= reach) & (facing >= _LEAST_COSINE))
        if len(fits) < _LEAST_LEFT:
            return fits, fits, self._moved[fits]
        # Order around a ring has no first: start from the vertex that is surest of its place.
        surest = int(fits[np.argmin(away[fits])])
        turned = np.roll(fits, -int(np.searchsorted(fits, surest)))
        first = int(nearest[surest])
        count = len(shape.looked_at)
        along = (nearest[turned] - first) % count
        chosen = turned[_longest_rising(along.tolist())]
        places = shape.looked_at[nearest[chosen]]
        return chosen, places, self._moved[chosen]


def _shift(before: dict[str, float], now: dict[str, float]) -> Points:
    """From one centre of gravity to another, by OpenCV's moments."""
    if not before["m00"] or not now["m00"]:
        return np.zeros(2)
    return np.array([now[key] / now["m00"] - before[key] / before["m00"] for key in ("m10", "m01")])


def _smooth(steps: Points, weights: npt.NDArray[np.float64], reach: int) -> Points:
    """Average steps over so many neighbours to either side, a weighted mean."""
    reach = min(reach, (len(steps) - 1) // 2)
    column = np.column_stack((steps * weights[:, None], weights))
    padded = np.concatenate((column[-reach:], column, column[:reach])) if reach else column
    sums = np.concatenate((np.zeros((1, 3)), np.cumsum(padded, axis=0)))
    window = sums[2 * reach + 1 :] - sums[: -2 * reach - 1]
    smooth: Points = window[:, :2] / (window[:, 2:] + 0.1)
    return smooth


def _longest_rising(values: list[int]) -> list[int]:
    """Indices of a longest strictly rising run that holds the first, which is the least."""
    tops: list[int] = []
    ends: list[int] = []
    before: list[int] = []
    for index, value in enumerate(values):
        if index and value <= values[0]:
            before.append(-1)
            continue
        at = bisect_right(tops, value - 1)
        before.append(ends[at - 1] if at else -1)
        tops[at : at + 1] = [value]
        ends[at : at + 1] = [index]
    chosen = []
    index = ends[-1]
    while index >= 0:
        chosen.append(index)
        index = before[index]
    return chosen[::-1]


def _fit(vertices: Points, anchors: Points, places: Places, shape: Shape) -> Points:
    """Move vertices so that each edge lies along its arc, in the least squares of the distance."""
    here = vertices - shape.origin
    edge = following(here) - here
    square = np.maximum((edge**2).sum(axis=1), 1.0)
    normal = np.column_stack((edge[:, 1], -edge[:, 0])) / np.sqrt(square)[:, None]
    weight, x, y, xx, yy, xy = shape.moments(places)
    ax, ay = here.T
    # Moments about the start of each edge, then along (dx, dy) and across (nx, ny) it.
    mx, my = x - ax * weight, y - ay * weight
    qxx = xx - 2 * ax * x + ax * ax * weight
    qyy = yy - 2 * ay * y + ay * ay * weight
    qxy = xy - ax * y - ay * x + ax * ay * weight
    dx, dy = edge.T / square
    nx, ny = normal.T
    s1 = mx * dx + my * dy
    s2 = qxx * dx * dx + 2 * qxy * dx * dy + qyy * dy * dy
    off = mx * nx + my * ny
    along_off = qxx * dx * nx + qxy * (dx * ny + dy * nx) + qyy * dy * ny
    hold = _HOLD * float(weight.mean())
    outer = normal[:, :, None] * normal[:, None, :]
    start = (weight - 2 * s1 + s2)[:, None, None] * outer
    both = (s1 - s2)[:, None, None] * outer
    diagonal = start + preceding(s2[:, None, None] * outer) + hold * np.eye(2)
    wanted = (off - along_off)[:, None] * normal + preceding(along_off[:, None] * normal)
    wanted += hold * (anchors - vertices)
    moved: Points = vertices + _solve(diagonal, both, wanted)
    return moved


def _solve(diagonal: Points, both: Points, wanted: Points) -> Points:
    """Solve for a ring of unknown points: (N, 2, 2) of each, (N, 2, 2) of it and the next."""
    count = len(wanted)
    if count <= _DENSE_MOST:
        matrix = np.zeros((count, 2, count, 2))
        here = np.arange(count)
        on = (here + 1) % count
        matrix[here, :, here, :] = diagonal
        matrix[here, :, on, :] += both
        matrix[on, :, here, :] += both
        flat = np.linalg.solve(matrix.reshape(2 * count, -1), wanted.ravel())
        solved: Points = flat.reshape(-1, 2).astype(np.float64)
        return solved
    # Conjugate gradients, each point scaled by its own block: an arc of influence is short.
    scale = np.linalg.inv(diagonal)
    found = np.zeros_like(wanted)
    rest = wanted.copy()
    towards = (scale @ rest[:, :, None])[:, :, 0]
    direction = towards
    level = float((rest * towards).sum())
    least = 1e-4 * level
    for _ in range(25):
        if level <= least:
            break
        column = direction[:, :, None]
        image = diagonal @ column + both @ following(column) + preceding(both @ column)
        image = image[:, :, 0]
        step = level / float((direction * image).sum())
        found += step * direction
        rest -= step * image
        towards = (scale @ rest[:, :, None])[:, :, 0]
        level, before = float((rest * towards).sum()), level
        direction = towards + (level / before) * direction
    return found


def _missing(
    vertices: Points, places: Places, shape: Shape, tolerance_px: float
) -> tuple[Places, Places]:
    """Find where vertices must come: before which of these, and at which places."""
    count = len(shape.corners)
    after = following(places)
    lengths = (after - places) % count + 1
    firsts = np.cumsum(lengths) - lengths
    edge = np.repeat(np.arange(len(places)), lengths)
    index = (np.arange(len(edge)) - firsts[edge] + places[edge]) % count
    step = following(vertices) - vertices
    away = shape.corners[index] - vertices[edge]
    square = np.maximum((step**2).sum(axis=1), 1e-9)
    share = np.clip((away * step[edge]).sum(axis=1) / square[edge], 0, 1)
    distance = np.hypot(*(away - share[:, None] * step[edge]).T)
    strays = np.flatnonzero((np.maximum.reduceat(distance, firsts) > tolerance_px) & (lengths > 2))
    at: list[int] = []
    came: list[int] = []
    for which in strays.tolist():
        first, length = int(firsts[which]), int(lengths[which])
        arc = index[first : first + length]
        for offset in _split(shape.ring[arc], distance[first : first + length], tolerance_px):
            at.append(which + 1)
            came.append(int(arc[offset]))
    return np.array(at, np.int64), np.array(came, np.int64)


def _split(arc: Ring, distance: Points, tolerance_px: float) -> list[int]:
    """Choose corners inside an arc by Douglas and Peucker; at least the one that strays most."""
    kept = cv2.approxPolyDP(arc, tolerance_px, closed=False)[1:-1, 0]
    offsets: list[int] = []
    at = 1
    for corner in kept:
        hits = np.flatnonzero((arc[at:-1] == corner).all(axis=1))
        if not len(hits):
            break
        at += int(hits[0])
        offsets.append(at)
        at += 1
    return offsets or [int(np.clip(np.argmax(distance), 1, len(arc) - 2))]


def _stands_out(vertices: Points, least_px: float) -> npt.NDArray[np.bool_]:
    """Which vertices stay: no two neighbours go at once."""
    before, after = preceding(vertices), following(vertices)
    chord, here = after - before, vertices - before
    across = np.abs(chord[:, 0] * here[:, 1] - chord[:, 1] * here[:, 0])
    height = across / np.maximum(np.hypot(*chord.T), 1e-9)
    goes = (height < least_px) & (height < preceding(height)) & (height <= following(height))
    if len(vertices) - int(goes.sum()) < _LEAST_LEFT:
        return np.ones(len(vertices), np.bool_)
    stays: npt.NDArray[np.bool_] = ~goes
    return stays


def _normals(points: Points, reach: int) -> Points:
    ahead = np.concatenate((points[reach:], points[:reach]))
    behind = np.concatenate((points[-reach:], points[:-reach]))
    chord = ahead - behind
    length = np.hypot(*chord.T)[:, None] + 1e-9
    normals: Points = np.column_stack((chord[:, 1], -chord[:, 0])) / length
    return normals
