"""The arcs of an exact outline: how well a straight edge stands for each, and which one."""

from __future__ import annotations

from typing import NamedTuple

import cv2
import numpy as np
import numpy.typing as npt

from rtseg.geometry.path import Ring, following, preceding

Floats = npt.NDArray[np.float64]
Places = npt.NDArray[np.int64]
"""Places along a ring: how many pixels from its first vertex, along pixel edges. Beyond the length
of the ring they go round again."""

# Mean deviation for a root mean square one, as of a normal distribution.
_MEAN_OF_SPREAD = 0.8

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
    """The arcs of one ring of `trace`.

    Parameters
    ----------
    ring : (N, 2) int32: level and upright edges.
    """

    def __init__(self, ring: Ring) -> None:
        steps = following(ring) - ring
        lengths = np.abs(steps).sum(axis=1)
        self.ring = ring
        self.starts: Places = np.cumsum(lengths) - lengths
        """Place of each vertex."""
        self.length = int(lengths.sum())
        edge = np.repeat(np.arange(len(ring)), lengths)
        along = np.arange(self.length) - self.starts[edge]
        unit = np.sign(steps)[edge]
        self.points: Floats = (ring[edge] + unit * along[:, None]).astype(np.float64)
        """(length, 2) x, y of each place, source pixels."""
        # Moments about the first vertex, which keeps the sums small; twice round, so that an arc
        # that passes the first vertex is one of the others.
        self._origin = self.points[0]
        x, y = (self.points + unit / 2 - self._origin).T
        is_level = (unit[:, 0] != 0).astype(np.float64)
        moments = np.stack((x, y, x * x + is_level / 12, y * y + (1 - is_level) / 12, x * y))
        self._sums = np.zeros((5, 2 * self.length + 1))
        np.cumsum(np.concatenate((moments, moments), axis=1), axis=1, out=self._sums[:, 1:])

    def tangents(self, places: Places) -> Floats:
        """Give the direction of the outline at places, (N, 2), of length 1."""
        ahead = self.points[(places + _REACH) % self.length]
        ways = ahead - self.points[(places - _REACH) % self.length]
        return ways / np.maximum(np.hypot(ways[:, 0], ways[:, 1]), 1e-9)[:, None]

    def misfit(self, start: Places, stop: Places) -> Floats:
        """Give the area, square pixels, between arcs and the lines that fit them best, about.

        Parameters
        ----------
        start, stop : (N,) places; 0 <= start < the length of the ring, start < stop and
            stop <= start + length.
        """
        length, _, _, xx, yy, xy = self._moments(start, stop)
        spread = (xx + yy) / 2 - np.sqrt(((xx - yy) / 2) ** 2 + xy * xy)
        areas: Floats = _MEAN_OF_SPREAD * length * np.sqrt(np.maximum(spread, 0))
        return areas

    def lines(self, start: Places, stop: Places) -> Lines:
        """Fit lines to arcs; see `misfit`."""
        length, x, y, xx, yy, xy = self._moments(start, stop)
        angle = 0.5 * np.arctan2(2 * xy, xx - yy)
        a, b = -np.sin(angle), np.cos(angle)
        c = a * (x + self._origin[0]) + b * (y + self._origin[1])
        spread = np.sqrt(np.maximum(a * a * xx + 2 * a * b * xy + b * b * yy, 0))
        return Lines(a, b, c, length, spread)

    def corners(self, tolerance_px: float) -> Places:
        """Choose vertices as Douglas and Peucker do; give their places."""
        kept = cv2.approxPolyDP(self.ring, tolerance_px, closed=True)[:, 0].astype(np.int64)
        keys = self.ring[:, 0].astype(np.int64) << 32 | self.ring[:, 1]
        order = np.argsort(keys, kind="stable")
        # A corner that the ring passes twice may be found at its other passing: still a corner.
        found = np.searchsorted(keys, kept[:, 0] << 32 | kept[:, 1], sorter=order)
        return self.starts[order[found]]

    def _moments(self, start: Places, stop: Places) -> tuple[Floats, ...]:
        length = (stop - start).astype(np.float64)
        x, y, xx, yy, xy = (self._sums[:, stop] - self._sums[:, start]) / length
        return length, x, y, xx - x * x, yy - y * y, xy - x * y


def tangents(points: Floats) -> Floats:
    """Give the direction of a ring of points at each of them, (N, 2), of length 1."""
    ways = following(points) - preceding(points)
    return ways / np.maximum(np.hypot(ways[:, 0], ways[:, 1]), 1e-9)[:, None]
