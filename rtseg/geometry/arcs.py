"""The arcs of an exact outline: how well a straight edge stands for each, and which one."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

import cv2
import numpy as np
import numpy.typing as npt

from rtseg.geometry.moments import Moments, edge_moments
from rtseg.geometry.path import Ring, following, preceding, string
from rtseg.geometry.vertex_index import VertexIndex

Floats = npt.NDArray[np.float64]
Places = npt.NDArray[np.int64]
"""Places along rings: how many pixels along pixel edges, of one ring after the other. Each goes
round twice, so that what passes its first vertex is as anything else."""

MEAN_OF_SPREAD = 0.8
"""Mean deviation for a root mean square one, as of a normal distribution."""

# Half the way, pixels, over which the direction of an outline of stairs is taken.
_REACH = 3


class Lines(NamedTuple):
    """The lines that fit arcs best: a x + b y = c.

    Parameters
    ----------
    a, b, c : (N,) normal of length 1, and distance from (0, 0) along it, source pixels.
    length : (N,) of the arc, along pixel edges, source pixels.
    spread : (N,) root mean square distance of the arc from the line, source pixels.
    """

    a: Floats
    b: Floats
    c: Floats
    length: Floats
    spread: Floats


class Arcs:
    """The arcs of rings of `trace`.

    NumPy takes as long for a ring of ten pixels as for all of them: so all are one.

    Parameters
    ----------
    rings : one or more; (N, 2) int32: level and upright edges, coordinates below 2**21.
    """

    def __init__(self, rings: Sequence[Ring]) -> None:
        strung = string(rings)
        vertices = strung.vertices
        steps = vertices[strung.after] - vertices
        lengths = np.abs(steps).sum(axis=1)
        ends = np.cumsum(lengths)
        self._rings = rings
        self._index = VertexIndex(strung)
        self.lengths: Places = np.add.reduceat(lengths, strung.first)
        """(R,) of each ring, pixels."""
        once = np.cumsum(self.lengths) - self.lengths
        self.first: Places = 2 * once
        """(R,) place of the first vertex of each ring."""
        self.starts: Places = ends - lengths + once[strung.of]
        """(N,) place of each vertex, the first time."""
        edge = np.repeat(np.arange(len(vertices)), lengths)
        along = np.arange(len(edge)) - (ends - lengths)[edge]
        unit = np.sign(steps)
        points = (vertices[edge] + unit[edge] * along[:, None]).astype(np.float64)
        # Moments about the middle of all, which keeps the sums small.
        self._origin = np.rint(vertices.mean(axis=0))
        middles = points + (unit / 2)[edge] - self._origin
        # `take` takes a quarter of the time that an index does here.
        moments = edge_moments(middles.T, (unit.T**2 / 12).take(edge, axis=1))
        rounds = [slice(a, b) for a, b in pairwise((*once.tolist(), len(points)))]
        twice = [part for part in rounds for _ in range(2)]
        self.points: Floats = np.concatenate([points[part] for part in twice])
        """(P, 2) x, y of each place, source pixels."""
        self._sums = np.zeros((5, len(self.points) + 1))
        moments = np.concatenate([moments[:, part] for part in twice], axis=1)
        np.cumsum(moments, axis=1, out=self._sums[:, 1:])

    def tangents(self, places: Places, of: npt.NDArray[np.int64]) -> Floats:
        """Give the direction of the outline, (N, 2), of length 1, at places the first time round.

        `of` is (N,), which ring each of them is of.
        """
        reach = np.minimum(_REACH, self.lengths)[of]
        ways = self.points[places + reach] - self.points[places - reach + self.lengths[of]]
        tangents: Floats = ways / np.maximum(np.hypot(ways[:, 0], ways[:, 1]), 1e-9)[:, None]
        return tangents

    def misfit(self, start: Places, stop: Places) -> Floats:
        """Give the area, square pixels, between arcs and the lines that fit them best, about.

        Parameters
        ----------
        start, stop : (N,) places of one ring each: start the first time round, start < stop and
            stop <= start + length of the ring.
        """
        length, _, _, xx, yy, xy = self._moments(start, stop)
        spread = (xx + yy) / 2 - np.sqrt(((xx - yy) / 2) ** 2 + xy * xy)
        areas: Floats = MEAN_OF_SPREAD * length * np.sqrt(np.maximum(spread, 0))
        return areas

    def lines(self, start: Places, stop: Places) -> Lines:
        """Fit lines to arcs; see `misfit`."""
        moments = self._moments(start, stop)
        a, b, c = moments.about(self._origin).lines()
        length, _, _, xx, yy, xy = moments
        spread = np.sqrt(np.maximum(a * a * xx + 2 * a * b * xy + b * b * yy, 0))
        return Lines(a, b, c, length, spread)

    def corners(
        self, tolerance_px: float, *, most: float = np.inf
    ) -> tuple[Places, npt.NDArray[np.int64]]:
        """Choose vertices as Douglas and Peucker do.

        Parameters
        ----------
        tolerance_px : how far from the chord a vertex that is left out may be, source pixels, > 0.
        most : where there are more, a larger tolerance does: as large a one as it takes, or as
            makes a difference.

        Returns
        -------
        (M,) their places, the first time round, and (M,) of which ring they are.
        """
        corners, of = self._corners(tolerance_px)
        while len(corners) > most:
            # What is left is proportional to about the root of what it stands for.
            tolerance_px *= max(1.2, (len(corners) / most) ** 2)
            latest = len(corners)
            corners, of = self._corners(tolerance_px)
            if len(corners) == latest:
                break
        return corners, of

    def _corners(self, tolerance_px: float) -> tuple[Places, npt.NDArray[np.int64]]:
        found = [cv2.approxPolyDP(ring, tolerance_px, closed=True) for ring in self._rings]
        of = np.repeat(np.arange(len(found)), [len(each) for each in found])
        # A corner that the ring passes twice may be found at its other passing: still a corner.
        return self.starts[self._index.find(np.concatenate(found)[:, 0].astype(np.int32), of)], of

    def _moments(self, start: Places, stop: Places) -> Moments:
        return Moments.of(
            (stop - start).astype(np.float64), self._sums[:, stop] - self._sums[:, start]
        )


def tangents(points: Floats) -> Floats:
    """Give the direction of a ring of points at each of them, (N, 2), of length 1."""
    ways = following(points) - preceding(points)
    return ways / np.maximum(np.hypot(ways[:, 0], ways[:, 1]), 1e-9)[:, None]
