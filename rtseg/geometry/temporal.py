"""How outlines live from frame to frame: do their vertices last, does the line tremble?

Two outlines of one object, one frame apart, and an optical flow that says where the picture went
between them. An outline that is followed goes with the flow; one that is drawn anew for each frame
has other vertices each time, and trembles where nothing moves. Whether the *shape* changes is
another question: see `shape_contexts.instability`, the T of DAVIS.
"""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from rtseg.errors import UsageError
from rtseg.geometry.distances import Points, along, distance_to_outline, distance_to_vertices
from rtseg.geometry.path import Path
from rtseg.geometry.tracing import trace
from rtseg.types import BoolMask

Flow: TypeAlias = npt.NDArray[np.floating[Any]]
"""(H, W, 2), a float type: where each pixel goes from one frame to the next, x and y, pixels."""

REACH_PX = 2.0
"""A vertex this near to where the flow takes it is the same vertex: so near, a person sees none
jump."""

_STEP_PX = 2.0
"""Between the places of an outline where jitter is measured; its mean needs no more of them."""


def carried(points: npt.ArrayLike, flow: Flow | None) -> Points:
    """Take points where a flow takes them.

    Parameters
    ----------
    points : (N, 2) x, y, source pixels on pixel edges, as those of a `Path`.
    flow : (H, W, 2); None where nothing moves. Between the centres of its pixels it is
        interpolated bilinearly, so that a vertex, which is a corner of four pixels, prefers none of
        them; outside the picture it is as at the edge.

    Returns
    -------
    (N, 2) float64 x, y, source pixels.

    Raises
    ------
    UsageError
        If `flow` is not (H, W, 2) with at least one pixel.
    """
    here = np.asarray(points, np.float64)
    if flow is None:
        return here
    if flow.ndim != 3 or flow.shape[2] != 2 or not flow.size:
        raise UsageError(f"expected a flow (H, W, 2) with H and W of 1 or more, got {flow.shape}")
    height, width = flow.shape[:2]
    x = np.clip(here[:, 0] - 0.5, 0, width - 1)
    y = np.clip(here[:, 1] - 0.5, 0, height - 1)
    left, top = x.astype(np.int64), y.astype(np.int64)
    right, bottom = np.minimum(left + 1, width - 1), np.minimum(top + 1, height - 1)
    across, down = (x - left)[:, None], (y - top)[:, None]
    upper = flow[top, left] * (1 - across) + flow[top, right] * across
    lower = flow[bottom, left] * (1 - across) + flow[bottom, right] * across
    moved: Points = here + upper * (1 - down) + lower * down
    return moved


def lives_on(
    before: Path, after: Path, flow: Flow | None = None, *, reach_px: float = REACH_PX
) -> npt.NDArray[np.bool_]:
    """Say which vertices the next outline has as well, where the flow takes them.

    Parameters
    ----------
    before, after : outlines of one object, one frame apart, source pixels.
    flow : from the one frame to the other; None where nothing moves.
    reach_px : how far from there a vertex may be, source pixels.

    Returns
    -------
    (N,) bool for the vertices of `before`, ring after ring; all False if `after` is empty.
    """
    if before.is_empty or after.is_empty:
        return np.zeros(sum(len(ring) for ring in before.rings), np.bool_)
    places = carried(np.concatenate(before.rings), flow)
    near: npt.NDArray[np.bool_] = distance_to_vertices(places, after) <= reach_px
    return near


def may_live_on(
    before: Path, mask: BoolMask, flow: Flow | None = None, *, reach_px: float = REACH_PX
) -> npt.NDArray[np.bool_]:
    """Say which vertices the flow takes to the edge of the next mask.

    No way of drawing has more vertices that live on than about so many: where the flow leads off
    the mask, nothing that is drawn faithfully can follow it.

    Parameters
    ----------
    before, flow, reach_px : as of `lives_on`.
    mask : (H, W) bool, source pixels: what the next outline is of.

    Returns
    -------
    (N,) bool for the vertices of `before`, ring after ring.
    """
    if before.is_empty or not mask.any():
        return np.zeros(sum(len(ring) for ring in before.rings), np.bool_)
    places = carried(np.concatenate(before.rings), flow)
    near: npt.NDArray[np.bool_] = distance_to_outline(places, trace(mask)) <= reach_px
    return near


def vertex_persistence(
    before: Path, after: Path, flow: Flow | None = None, *, reach_px: float = REACH_PX
) -> float:
    """Measure what share of an outline's vertices lives on to the next one.

    For a stream, take the mean of what `lives_on` gives over all its vertices, so that a frame of
    many counts for more than one of few.

    Parameters
    ----------
    before, after, flow, reach_px : as of `lives_on`.

    Returns
    -------
    In [0, 1]; 1 for an outline without vertices, which has none to lose.
    """
    if before.is_empty:
        return 1.0
    return float(lives_on(before, after, flow, reach_px=reach_px).mean())


def jitter_px(before: Path, after: Path, flow: Flow | None = None) -> float | None:
    """Measure how far an outline is from where the flow takes the one before it.

    The mean over the length of `before`, whatever its vertices: an outline with other vertices on
    the same line does not jitter.

    Parameters
    ----------
    before, after, flow : as of `lives_on`.

    Returns
    -------
    Source pixels, >= 0; None where one of the two is empty, so there is no distance.
    """
    if before.is_empty or after.is_empty:
        return None
    return float(distance_to_outline(carried(along(before, _STEP_PX), flow), after).mean())
