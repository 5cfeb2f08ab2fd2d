"""Cubic curves of given ends and directions, fitted to samples by least squares.

After Schneider (Graphics Gems, 1990): with both ends and both directions known, the lengths of the
two handles are all that is left, and least squares give them. Here the distance that is squared is
the one across the outline, since sliding along it changes no pixel; and all curves are fitted at
once.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from rtseg.geometry.curves.samples import Flags, Floats

# A handle is a third of its segment where that is straight and .42 of half a circle. Beyond these
# shares of the length lie loops and cusps.
_SHORTEST, _LONGEST = 0.1, 0.6

# How much it pulls towards a third: handles of straight segments would be anything otherwise.
_PULL = 1e-3

# At a corner, where the direction is guessed from few samples, it holds loosely, and up to this
# tangent; elsewhere the neighbour has the same.
_PULL_OF_CORNER = 1e-3
_PULL_OF_DIRECTION = 1e6
_MOST_SIDEWAYS = 1.0

# The second saves 1 % of the text on DAVIS, further ones nothing.
_ROUNDS = 2


class Spans(NamedTuple):
    """Parts of the outline that one segment each is to stand for, seen at K samples each.

    Parameters
    ----------
    start, end : (N, 2) where they begin and end, source pixels.
    ahead, behind : (N, 2) unit vectors: the directions there.
    nx, ny : (N, K) unit vectors across the outline at the samples.
    offset : (N, K) each sample times its normal.
    t : (N, K) in (0, 1): where on the curve each sample is expected.
    length_px : (N,) along the outline.
    """

    start: Floats
    end: Floats
    ahead: Floats
    behind: Floats
    nx: Floats
    ny: Floats
    offset: Floats
    t: Floats
    length_px: Floats

    def across(self, vectors: Floats) -> Floats:
        """Give the part of vectors, (N, 2), across the outline at each sample, (N, K)."""
        return np.asarray(self.nx * vectors[:, :1] + self.ny * vectors[:, 1:])


class Fit(NamedTuple):
    """Curves and straight lines through spans.

    Parameters
    ----------
    handles : (N, 2) lengths of the handles, pixels, at the start and at the end.
    curve_px, line_px : (N,) mean distance of the outline from the curve and from the line, pixels.
    """

    handles: Floats
    curve_px: Floats
    line_px: Floats


def fit(spans: Spans) -> Fit:
    """Fit one curve to each span, and tell how well it and a straight line do."""
    t = spans.t
    s = 1 - t
    first, second = 3 * s * s * t, 3 * s * t * t
    at_end = second + t * t * t
    from_start = spans.offset - spans.across(spans.start)
    chord = spans.across(spans.end - spans.start)
    off = from_start - at_end * chord
    a, b = first * spans.across(spans.ahead), -second * spans.across(spans.behind)
    pull = _PULL * t.shape[1]
    aa, bb, ab = _dot(a, a) + pull, _dot(b, b) + pull, _dot(a, b)
    third = pull * spans.length_px / 3
    ra, rb = _dot(a, off) + third, _dot(b, off) + third
    handles = np.column_stack((ra * bb - rb * ab, rb * aa - ra * ab)) / (aa * bb - ab * ab)[:, None]
    length = spans.length_px[:, None]
    handles = np.clip(handles, _SHORTEST * length, _LONGEST * length)
    return Fit(
        handles,
        np.abs(off - handles[:, :1] * a - handles[:, 1:] * b).mean(axis=1),
        np.abs(from_start - t * chord).mean(axis=1),
    )


def _dot(a: Floats, b: Floats) -> Floats:
    return np.asarray(np.einsum("nk,nk->n", a, b))


def fit_closely(spans: Spans, points: Floats, is_free: Flags) -> Floats:
    """Fit one curve to each span, and expect its samples where they then are nearest, and again.

    Parameters
    ----------
    spans : what to fit.
    points : (N, K, 2) the samples, source pixels.
    is_free : (N, 2) bool: whether the direction at the start, and at the end, is a mere guess, as
        at a corner.

    Returns
    -------
    (N, 2, 2) the control points of each.
    """
    handles = fit(spans).handles
    controls = np.stack(
        (
            spans.start + spans.ahead * handles[:, :1],
            spans.end - spans.behind * handles[:, 1:],
        ),
        axis=1,
    )
    for _ in range(_ROUNDS):
        spans = spans._replace(t=_nearest(spans, points, controls))
        controls = _fit_freely(spans, is_free)
    return controls


def _fit_freely(spans: Spans, is_free: Flags) -> Floats:
    """As `fit`, but handles turn where they may; gives the control points."""
    t = spans.t
    s = 1 - t
    first, second = 3 * s * s * t, 3 * s * t * t
    away = (
        spans.offset
        - (s * s * s + first) * spans.across(spans.start)
        - (second + t * t * t) * spans.across(spans.end)
    )[..., None]
    # Unknown are four numbers: both handles along their directions, and beside them.
    ways = np.stack((spans.ahead, _beside(spans.ahead), -spans.behind, -_beside(spans.behind)), 1)
    bends = (first, first, second, second)
    across = np.stack([bend * spans.across(ways[:, i]) for i, bend in enumerate(bends)], axis=-1)
    turned = across.transpose(0, 2, 1)
    pull = np.full((len(ways), 4), _PULL)
    pull[:, 1::2] = np.where(is_free, _PULL_OF_CORNER, _PULL_OF_DIRECTION)
    pull *= t.shape[1]
    third = spans.length_px / 3
    normal = np.matmul(turned, across) + pull[:, :, None] * np.eye(4)
    right = np.matmul(turned, away)[..., 0]
    right[:, ::2] += pull[:, ::2] * third[:, None]
    found = np.linalg.solve(normal, right[..., None])[..., 0]
    length = spans.length_px[:, None]
    found[:, ::2] = np.clip(found[:, ::2], _SHORTEST * length, _LONGEST * length)
    sideways = np.abs(found[:, ::2]) * _MOST_SIDEWAYS
    found[:, 1::2] = np.clip(found[:, 1::2], -sideways, sideways)
    steps = found[..., None] * ways
    return np.stack(
        (spans.start + steps[:, 0] + steps[:, 1], spans.end + steps[:, 2] + steps[:, 3]), 1
    )


def _beside(directions: Floats) -> Floats:
    return np.column_stack((-directions[:, 1], directions[:, 0]))


def _nearest(spans: Spans, points: Floats, controls: Floats) -> Floats:
    """One step of Newton's from each sample's t to that of the nearest point of its curve."""
    t = spans.t[..., None]
    s = 1 - t
    p0, p1, p2, p3 = (p[:, None] for p in (spans.start, controls[:, 0], controls[:, 1], spans.end))
    off = points - (s * s * s * p0 + 3 * s * s * t * p1 + 3 * s * t * t * p2 + t * t * t * p3)
    speed = 3 * (s * s * (p1 - p0) + 2 * s * t * (p2 - p1) + t * t * (p3 - p2))
    step = (off * speed).sum(axis=-1) / np.maximum((speed * speed).sum(axis=-1), 1e-9)
    return np.maximum.accumulate(np.clip(spans.t + step, 1e-3, 1 - 1e-3), axis=1)
