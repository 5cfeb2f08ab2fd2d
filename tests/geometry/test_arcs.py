"""Arcs of exact outlines: what a straight edge makes of them."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rtseg.geometry import trace
from rtseg.geometry.arcs import Arcs

DISC = np.hypot(*np.meshgrid(np.arange(-40, 41), np.arange(-50, 51))) < 30


@given(st.integers(0, 10_000), st.integers(2, 10_000))
@settings(deadline=None)
def test_lines_fit_as_principal_axes_do(start: int, length: int) -> None:
    arcs = Arcs(trace(DISC).rings[0])
    start, length = start % arcs.length, 2 + length % (arcs.length - 2)
    lines = arcs.lines(np.array([start]), np.array([start + length]))
    # Many points on every pixel edge of the arc.
    fine = (np.arange(20) + 0.5) / 20
    at = np.arange(start, start + length) % arcs.length
    here, there = arcs.points[at], arcs.points[(at + 1) % arcs.length]
    points = (here[:, None] + fine[:, None] * (there - here)[:, None]).reshape(-1, 2)
    away = points @ (lines.a[0], lines.b[0]) - lines.c[0]
    assert abs(away.mean()) < 1e-6
    assert np.sqrt((away**2).mean()) == pytest.approx(lines.spread[0], abs=2e-2)
    least = np.linalg.svd(points - points.mean(axis=0), compute_uv=False)[-1]
    assert lines.spread[0] <= least / np.sqrt(len(points)) + 2e-2
    area = arcs.misfit(np.array([start]), np.array([start + length]))[0]
    assert area == pytest.approx(0.8 * length * lines.spread[0], abs=1e-6 * length)


def test_places_go_round_by_pixel_edges() -> None:
    arcs = Arcs(trace(DISC).rings[0])
    steps = np.diff(arcs.points, axis=0, append=arcs.points[:1])
    assert (np.abs(steps).sum(axis=1) == 1).all()
    assert (arcs.points[arcs.starts] == arcs.ring).all()


def test_corners_are_vertices_of_the_ring() -> None:
    arcs = Arcs(trace(DISC).rings[0])
    corners = arcs.corners(2.0)
    assert 6 <= len(corners) <= 24
    assert set(corners.tolist()) <= set(arcs.starts.tolist())
