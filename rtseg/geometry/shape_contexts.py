"""T of DAVIS: how much the shape of an object's outline changes from frame to frame.

Perazzi et al., "A Benchmark Dataset and Evaluation Methodology for Video Object Segmentation", CVPR
2016: each place of an outline is described by its shape context (Belongie, Malik and Puzicha, PAMI
2002), the two outlines are aligned by dynamic time warping, and T is the mean cost of the places
that are matched. It hardly changes when an outline moves or grows as a whole; lower is better.

The parameters are those of the benchmark's own code (davis-matlab, `t_stability.m`), which the
paper does not state. Beside that code, from the same polygons, it differs by at most 0.0002 on
DAVIS: what lies just between two bins is rounded to the one or the other. Where a polygon starts,
which that code leaves to its scan, makes more of a difference: of 12 pairs 0.001 for half, 0.012
at most.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise

import cv2
import numpy as np
import numpy.typing as npt

from rtseg.errors import UsageError
from rtseg.geometry.distances import Points, along
from rtseg.geometry.path import Path
from rtseg.geometry.tracing import trace
from rtseg.types import BoolMask

Floats = npt.NDArray[np.float64]

_TOLERANCE_PX = 1.5
"""Of the polygon that is described: 3 in the code, whose coordinates are half pixels there."""

_STEP_PX = 3.0
_ANGLES = 12
_RINGS = np.geomspace(1 / 8, 2, 5)
"""Outer radii of the bins, in mean distances between two places; what is further counts nowhere."""

_SCALE = 5.0
"""By which the benchmark multiplies the mean over a sequence, to bring T to the range of J and
F."""


def instability(before: BoolMask, after: BoolMask) -> float | None:
    """Measure how much the outline of a mask differs in shape from that of the frame before.

    Only the longest ring of each is looked at, the one of the most vertices, as in the benchmark's
    own code.

    Parameters
    ----------
    before, after : (H, W) bool, the same shape.

    Returns
    -------
    Mean cost of the places that are matched, in [0, 1]: half the χ² distance of their shape
    contexts. None where one of the masks has no outline that could be described: it is empty, or
    of a few pixels.

    Raises
    ------
    UsageError
        If the shapes differ, or a mask is not two-dimensional and bool.
    """
    if before.shape != after.shape:
        raise UsageError(f"expected masks of one shape, got {before.shape} and {after.shape}")
    places = _places(before), _places(after)
    if not (len(places[0]) and len(places[1])):
        return None
    return _matched_cost(_costs(_shape_contexts(places[0]), _shape_contexts(places[1])))


def temporal_instability(masks: Sequence[BoolMask]) -> float | None:
    """Measure T of a sequence, as the benchmark reports it: five times the mean of its pairs.

    The benchmark leaves the last frame out; give ``masks[:-1]`` to compare with its tables.

    Parameters
    ----------
    masks : (H, W) bool each, of one object, in their order. Pairs with one that is empty are left
        out.

    Returns
    -------
    In [0, 5], lower is better; None where no pair is left.
    """
    every = [instability(*pair) for pair in pairwise(masks)]
    known = [value for value in every if value is not None]
    return _SCALE * math.fsum(known) / len(known) if known else None


def _places(mask: BoolMask) -> Points:
    """(N, 2): places at most three pixels apart on the longest ring, or none."""
    rings = [cv2.approxPolyDP(ring, _TOLERANCE_PX, closed=True)[:, 0] for ring in trace(mask).rings]
    longest = max(rings, key=len, default=np.zeros((0, 2), np.int32))
    if len(longest) < 3:
        return np.zeros((0, 2))
    return along(Path((np.asarray(longest, np.int32),)), _STEP_PX)


def _shape_contexts(places: Points) -> Floats:
    """(N, bins): what share of the others lies in each direction and distance, for each place."""
    count = len(places)
    # What is level stays level, wherever the outline is: a hair to one side is another bin.
    x, y = np.round(places[None] - places[:, None], 6).transpose(2, 0, 1) + 0.0
    away = np.hypot(x, y)
    away /= away.mean()
    ring = len(_RINGS) - np.searchsorted(_RINGS, away, side="right")
    angle = np.floor(np.mod(np.arctan2(y, x), 2 * np.pi) / (2 * np.pi / _ANGLES)).astype(np.int64)
    bins = angle % _ANGLES * len(_RINGS) + ring - 1
    size = _ANGLES * len(_RINGS)
    bins += np.arange(count)[:, None] * size
    found = np.bincount(bins[ring > 0], minlength=count * size).reshape(count, size)
    shares: Floats = found / found.sum(axis=1, keepdims=True)
    return shares


def _costs(one: Floats, other: Floats) -> Floats:
    """(N, M): half the χ² distance of each two histograms, in [0, 1].

    Both sum to 1, so it is 1 - 2 Σ ab / (a + b): only bins that both have anything in count, which
    are a fifth of all.
    """
    shared = np.zeros((len(one), len(other)))
    for a, b in zip(one.T, other.T, strict=True):
        rows, columns = np.flatnonzero(a), np.flatnonzero(b)
        if rows.size and columns.size:
            here, there = a[rows, None], b[columns]
            shared[np.ix_(rows, columns)] += here * there / (here + there)
    costs: Floats = np.maximum(1 - 2 * shared, 0)
    return costs


def _matched_cost(costs: Floats) -> float:
    """Mean cost of the one-to-one matches on the best alignment of two closed outlines."""
    # Where the rings start is arbitrary: the best match of a first alignment is where to start.
    first = align(costs)
    best = first[np.argmin(costs[tuple(first.T)])]
    turned = np.roll(costs, tuple(-(best + 1)), axis=(0, 1))
    pairs = (align(turned) + best + 1) % costs.shape
    for side in (0, 1):
        paid = costs[tuple(pairs.T)]
        order = np.lexsort((paid, pairs[:, side]))
        _, at = np.unique(pairs[order, side], return_index=True)
        pairs = pairs[order[at]]
    return float(costs[tuple(pairs.T)].mean())


def align(costs: Floats) -> npt.NDArray[np.int64]:
    """Find the cheapest way through pairs, from the last back to the first.

    Each step goes on in one of both outlines, or in both.

    Parameters
    ----------
    costs : (N, M) of each pair.

    Returns
    -------
    (K, 2) rows and columns.
    """
    rows, columns = costs.shape
    # Sums along anti-diagonals, one array each, by row + 1; what is outside costs infinitely much.
    sums = np.full((rows + columns - 1, rows + 1), np.inf)
    sums[0, 1] = 0
    for diagonal in range(1, rows + columns - 1):
        start, stop = max(0, diagonal - columns + 1), min(rows, diagonal + 1)
        here = np.arange(start, stop)
        least = np.minimum(sums[diagonal - 1, start:stop], sums[diagonal - 1, start + 1 : stop + 1])
        if diagonal > 1:
            least = np.minimum(least, sums[diagonal - 2, start:stop])
        sums[diagonal, start + 1 : stop + 1] = least + costs[here, diagonal - here]
    row, column = rows - 1, columns - 1
    way = [(row, column)]
    while row or column:
        steps = ((row - 1, column - 1), (row - 1, column), (row, column - 1))
        row, column = min(
            (step for step in steps if min(step) >= 0),
            key=lambda at: sums[at[0] + at[1], at[0] + 1],
        )
        way.append((row, column))
    return np.array(way, np.int64)
