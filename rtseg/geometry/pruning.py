"""The vertices that matter least, by the area of their triangles (Visvalingam and Whyatt, 1993)."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from rtseg.geometry.path import Ring, Strung, string

_LEAST_LEFT = 5
"""Rings of fewer vertices stay: what is left must still be a shape."""


def prune(rings: Sequence[Ring], most_area: float) -> tuple[Ring, ...] | None:
    """Leave out vertices whose triangles come to no more than an area.

    Only those whose triangle is smaller than both neighbours' may go, so no two side by side.

    Parameters
    ----------
    rings : (N, 2) int32 each.
    most_area : square source pixels.

    Returns
    -------
    The rings without them; None if none may go.
    """
    strung = string(rings)
    areas = _triangles(strung)
    order = np.argsort(areas)
    count = int(np.searchsorted(np.cumsum(areas[order]), most_area, side="right"))
    if count == 0 or not np.isfinite(areas[order[0]]):
        return None
    stays = np.ones(areas.size, np.bool_)
    stays[order[:count]] = False
    return tuple(strung.where(stays).split())


def _triangles(rings: Strung) -> npt.NDArray[np.float64]:
    """Area of each vertex with its neighbours; infinite where it may not go."""
    x, y = rings.vertices.T.astype(np.float64)
    before, after = rings.before, rings.after
    areas = 0.5 * np.abs((x[before] - x) * (y[after] - y) - (y[before] - y) * (x[after] - x))
    may_go = (areas < areas[before]) & (areas <= areas[after])
    if rings.lengths.min() < _LEAST_LEFT:
        may_go &= np.repeat(rings.lengths >= _LEAST_LEFT, rings.lengths)
    return np.where(may_go, areas, np.inf)
