"""Cubic curves of given ends and directions, fitted to samples by least squares.

After Schneider (Graphics Gems, 1990): with both ends and both directions known, the lengths of the
two handles are all that is left, and least squares give them. Here the distance that is squared is
the one across the outline, since sliding along it changes no pixel; and all curves are fitted at
once.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from rtseg.geometry.curves.samples import Floats

# A handle is a third of its segment where that is straight and .42 of half a circle. Beyond these
# shares of the length lie loops and cusps.
_SHORTEST, _LONGEST = 0.1, 0.6

# How much it pulls towards a third: handles of straight segments would be anything otherwise.
_PULL = 1e-3

# Samples outside of what a curve may stand for.
_ROUNDS = 2


class Spans(NamedTuple):
    """Parts of the outline that one segment each is to stand for.

    Parameters
    ----------
    start, end : (N, 2) where they begin and end, source pixels.
    ahead, behind : (N, 2) unit vectors: the directions there.
    points, normals : (N, K, 2) samples between, and unit vectors across the outline.
    t : (N, K) in (0, 1): where on the curve each sample is expected.
    length_px : (N,) along the outline.
    """

    start: Floats
    end: Floats
    ahead: Floats
    behind: Floats
    points: Floats
    normals: Floats
    t: Floats
    length_px: Floats


def fit(spans: Spans) -> tuple[Floats, Floats]:
    """Fit one curve to each span.

    Returns
    -------
    (N, 2) lengths of the handles, pixels, at the start and at the end; (N, K) distances of samples
    from the curves, pixels.
    """
    t = spans.t
    s = 1 - t
    first, second = 3 * s * s * t, 3 * s * t * t
    at_start, at_end = s * s * s + first, second + t * t * t
    nx, ny = spans.normals[..., 0], spans.normals[..., 1]

    def across(vectors: Floats) -> Floats:
        return np.asarray(nx * vectors[:, None, 0] + ny * vectors[:, None, 1])

    off = nx * spans.points[..., 0] + ny * spans.points[..., 1]
    off -= at_start * across(spans.start) + at_end * across(spans.end)
    a, b = first * across(spans.ahead), -second * across(spans.behind)
    pull = _PULL * t.shape[1]
    aa, bb, ab = (a * a).sum(axis=1) + pull, (b * b).sum(axis=1) + pull, (a * b).sum(axis=1)
    third = pull * spans.length_px / 3
    ra, rb = (a * off).sum(axis=1) + third, (b * off).sum(axis=1) + third
    handles = np.column_stack((ra * bb - rb * ab, rb * aa - ra * ab)) / (aa * bb - ab * ab)[:, None]
    length = spans.length_px[:, None]
    handles = np.clip(handles, _SHORTEST * length, _LONGEST * length)
    return handles, np.abs(off - handles[:, :1] * a - handles[:, 1:] * b)


def fit_closely(spans: Spans) -> Floats:
    """Fit one curve to each span, and expect its samples where they then are nearest, and again.

    Returns
    -------
    (N, 2, 2) the control points of each.
    """
    for _ in range(_ROUNDS):
        controls = _controls(spans, fit(spans)[0])
        spans = spans._replace(t=_nearest(spans, controls))
    return _controls(spans, fit(spans)[0])


def _controls(spans: Spans, handles: Floats) -> Floats:
    first = spans.start + spans.ahead * handles[:, :1]
    return np.stack((first, spans.end - spans.behind * handles[:, 1:]), axis=1)


def _nearest(spans: Spans, controls: Floats) -> Floats:
    """One step of Newton's from each sample's t to that of the nearest point of its curve."""
    t = spans.t[..., None]
    s = 1 - t
    p0, p1, p2, p3 = (p[:, None] for p in (spans.start, controls[:, 0], controls[:, 1], spans.end))
    off = spans.points - (s * s * s * p0 + 3 * s * s * t * p1 + 3 * s * t * t * p2 + t * t * t * p3)
    speed = 3 * (s * s * (p1 - p0) + 2 * s * t * (p2 - p1) + t * t * (p3 - p2))
    step = (off * speed).sum(axis=-1) / np.maximum((speed * speed).sum(axis=-1), 1e-9)
    return np.maximum.accumulate(np.clip(spans.t + step, 1e-3, 1 - 1e-3), axis=1)
