"""The vertices that matter least, by the area of their triangles (Visvalingam and Whyatt, 1993)."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from rtseg.geometry.path import Ring, following, preceding

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
    areas = [_triangles(ring) for ring in rings]
    every = np.concatenate(areas)
    order = np.argsort(every)
    count = int(np.searchsorted(np.cumsum(every[order]), most_area, side="right"))
    if count == 0 or not np.isfinite(every[order[0]]):
        return None
    stays = np.ones(every.size, np.bool_)
    stays[order[:count]] = False
    ends = np.cumsum([len(ring) for ring in rings])[:-1]
    parts = zip(rings, np.split(stays, ends), strict=True)
    return tuple(ring[part] for ring, part in parts)


def _triangles(ring: Ring) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
    """Area of each vertex with its neighbours; infinite where it may not go."""
    here = ring.astype(np.float64)
    back, on = preceding(here) - here, following(here) - here
    areas = 0.5 * np.abs(back[:, 0] * on[:, 1] - back[:, 1] * on[:, 0])
    may_go = (areas < preceding(areas)) & (areas <= following(areas))
    if len(ring) < _LEAST_LEFT:
        may_go[:] = False
    return np.where(may_go, areas, np.inf)
