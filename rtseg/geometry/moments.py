"""Moments of outlines along pixel edges, and the lines that fit pieces of them best."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

_Floats = npt.NDArray[np.float64]


def edge_moments(middles: _Floats, spreads: _Floats) -> _Floats:
    """Give the moments of level and upright edges, for each pixel of their length.

    Parameters
    ----------
    middles : (2, N) x, y of their middles, source pixels.
    spreads : (2, N) mean squares of x, y along each edge, about its middle: the square of the step
        from its start to its end, over 12.

    Returns
    -------
    (5, N): means of x, y, x², y² and x y along each edge.
    """
    x, y = middles
    return np.stack((x, y, x * x + spreads[0], y * y + spreads[1], x * y))


class Moments(NamedTuple):
    """Moments of pieces of an outline, (N,) each.

    Parameters
    ----------
    length : along pixel edges, source pixels.
    x, y : centre, source pixels.
    xx, yy, xy : second moments about the centre, for each pixel of length.
    """

    length: _Floats
    x: _Floats
    y: _Floats
    xx: _Floats
    yy: _Floats
    xy: _Floats

    @classmethod
    def of(cls, length: _Floats, sums: _Floats) -> Moments:
        """Take them from sums, (5, N), of `edge_moments` times the lengths of the edges."""
        x, y, xx, yy, xy = sums / length
        return cls(length, x, y, xx - x * x, yy - y * y, xy - x * y)

    def about(self, origin: _Floats) -> Moments:
        """Say of moments whose places were told from a point, (2,), where they are."""
        return self._replace(x=self.x + origin[0], y=self.y + origin[1])

    def lines(self) -> tuple[_Floats, _Floats, _Floats]:
        """Fit lines to the pieces, along their principal axes.

        Returns
        -------
        a, b, c : of a x + b y = c: normal of length 1, and distance from (0, 0) along it.
        """
        angle = 0.5 * np.arctan2(2 * self.xy, self.xx - self.yy)
        a, b = -np.sin(angle), np.cos(angle)
        return a, b, a * self.x + b * self.y
