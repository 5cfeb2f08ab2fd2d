"""Vertices moved off the outline, so that what an edge cuts off it gives back elsewhere."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from rtseg.geometry.path import Ring, following, preceding

_STRAY = 2.5
"""A vertex goes no further than this times the tolerance from where it was on the outline. Less
(1.0) keeps 7 % more vertices at IoU .99; more changes nothing, and lets spikes stand out."""


class Refinery:
    """Fits the edges of simplified rings to one outline.

    A chord of an outline lies all to one side of the arc that it stands for; the line that fits the
    arc best lies to both, at a third of the area between them. Each edge becomes that line, each
    vertex the place where two of them cross.

    Parameters
    ----------
    ring : (N, 2) int32, a ring of `trace`: level and upright edges.
    """

    __slots__ = ("_keys", "_order", "_origin", "_sums")

    def __init__(self, ring: Ring) -> None:
        vertices = ring.astype(np.float64)
        steps = following(vertices) - vertices
        lengths = np.abs(steps).sum(axis=1)
        # Moments of each edge about the first vertex, which keeps the sums small.
        self._origin = vertices[0]
        vertices = vertices - self._origin
        middle = vertices + steps / 2
        spread = steps**2 / 12
        moments = np.column_stack(
            (
                np.ones(len(ring)),
                middle,
                middle**2 + spread,
                middle[:, 0] * middle[:, 1],
            )
        )
        self._sums = np.concatenate(
            (np.zeros((1, 6)), np.cumsum(moments * lengths[:, None], axis=0))
        )
        self._keys = _keys(ring)
        self._order = np.argsort(self._keys, kind="stable")

    def refine(self, chosen: Ring, tolerance_px: float) -> npt.NDArray[np.float64]:
        """Move the vertices of a simplified ring.

        Parameters
        ----------
        chosen : (M, 2) int32, vertices of the ring in its order, as Douglas and Peucker leave them.
        tolerance_px : of that simplification.

        Returns
        -------
        (M, 2) float64, not yet on the lattice.
        """
        plain = chosen.astype(np.float64)
        if len(chosen) < 3:
            return plain
        at = self._order[np.searchsorted(self._keys, _keys(chosen), sorter=self._order)]
        after = following(at)
        # A corner that the ring passes twice may be found at its other passing: such rings stay.
        if (after <= at).sum() != 1:
            return plain
        moments = self._sums[after] - self._sums[at] + (after < at)[:, None] * self._sums[-1]
        weight, x, y, xx, yy, xy = moments.T
        x, y = x / weight, y / weight
        xx, yy, xy = xx / weight - x * x, yy / weight - y * y, xy / weight - x * y
        # Principal axis of the arc; its normal (a, b) gives the line a x + b y = c.
        angle = 0.5 * np.arctan2(2 * xy, xx - yy)
        a, b = -np.sin(angle), np.cos(angle)
        c = a * x + b * y
        before_a, before_b, before_c = preceding(a), preceding(b), preceding(c)
        cross = before_a * b - a * before_b
        with np.errstate(divide="ignore", invalid="ignore"):
            crossing = np.column_stack(
                ((before_c * b - c * before_b) / cross, (before_a * c - a * before_c) / cross)
            )
        here = plain - self._origin
        # Lines that are nearly parallel cross far away: between the two nearest points instead.
        nearest = here - 0.5 * (
            (a * here[:, 0] + b * here[:, 1] - c)[:, None] * np.column_stack((a, b))
            + (before_a * here[:, 0] + before_b * here[:, 1] - before_c)[:, None]
            * np.column_stack((before_a, before_b))
        )
        is_near = np.abs(crossing - here).max(axis=1) <= _STRAY * tolerance_px
        moved: npt.NDArray[np.float64] = (
            np.where(is_near[:, None], crossing, nearest) + self._origin
        )
        return moved


def _keys(ring: Ring) -> npt.NDArray[np.int64]:
    keys: npt.NDArray[np.int64] = ring[:, 0].astype(np.int64) << 32 | ring[:, 1]
    return keys
