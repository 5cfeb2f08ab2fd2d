"""Moments of pieces of outlines, beside those of many points on them."""

from __future__ import annotations

import numpy as np
import pytest

from rtseg.geometry.moments import Moments, edge_moments

# Stairs that lead to the right and down, from (3, 5).
STEPS = np.array([(4.0, 0), (0, 2), (5, 0), (0, 3), (-1, 0)])
LENGTHS = np.abs(STEPS).sum(axis=1)
STARTS = np.array((3.0, 5)) + np.cumsum(STEPS, axis=0) - STEPS
ALONG = (np.arange(1000) + 0.5) / 1000
POINTS = np.concatenate(
    [
        np.repeat(start + np.outer(ALONG, step), int(length), axis=0)
        for start, step, length in zip(STARTS, STEPS, LENGTHS, strict=True)
    ]
)


def moments() -> Moments:
    each = edge_moments((STARTS + STEPS / 2).T, STEPS.T**2 / 12)
    sums = (LENGTHS * each).sum(axis=1, keepdims=True)
    return Moments.of(LENGTHS.sum(keepdims=True), sums)


def test_moments_are_those_of_the_points_on_the_edges() -> None:
    found = [float(value[0]) for value in moments()]
    (xx, xy), (_, yy) = np.cov(POINTS.T, bias=True)
    assert found == pytest.approx([15, *POINTS.mean(axis=0), xx, yy, xy], abs=1e-4)


def test_lines_go_along_principal_axes() -> None:
    a, b, c = (float(value[0]) for value in moments().lines())
    away = POINTS @ (a, b) - c
    assert np.hypot(a, b) == pytest.approx(1)
    assert away.mean() == pytest.approx(0, abs=1e-4)
    least = np.linalg.eigvalsh(np.cov(POINTS.T, bias=True))[0]
    assert (away**2).mean() == pytest.approx(least, abs=1e-4)
    # Seen from elsewhere the same line lies elsewhere.
    far = tuple(float(value[0]) for value in moments().about(np.array((10.0, -7))).lines())
    assert far == pytest.approx((a, b, c + 10 * a - 7 * b))
