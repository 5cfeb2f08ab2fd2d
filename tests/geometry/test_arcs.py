"""Arcs of exact outlines: what a straight edge makes of them."""

from __future__ import annotations

import cv2
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
    # Of two rings the second, a place further in each.
    rings = trace(np.hstack((DISC, DISC))).rings
    arcs = Arcs(rings)
    round_px = int(arcs.lengths[1])
    start, length = int(arcs.first[1]) + start % round_px, 2 + length % (round_px - 2)
    lines = arcs.lines(np.array([start]), np.array([start + length]))
    # Many points on every pixel edge of the arc.
    fine = (np.arange(20) + 0.5) / 20
    here = arcs.points[start : start + length]
    there = np.vstack((here[1:], _following(arcs, start + length)))
    points = (here[:, None] + fine[:, None] * (there - here)[:, None]).reshape(-1, 2)
    away = points @ (lines.a[0], lines.b[0]) - lines.c[0]
    assert abs(away.mean()) < 1e-6
    assert np.sqrt((away**2).mean()) == pytest.approx(lines.spread[0], abs=2e-2)
    least = np.linalg.svd(points - points.mean(axis=0), compute_uv=False)[-1]
    assert lines.spread[0] <= least / np.sqrt(len(points)) + 2e-2
    area = arcs.misfit(np.array([start]), np.array([start + length]))[0]
    assert area == pytest.approx(0.8 * length * lines.spread[0], abs=1e-6 * length)


def _following(arcs: Arcs, place: int) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
    return arcs.points[place if place < len(arcs.points) else place - int(arcs.lengths[-1])]


RING = np.hypot(*np.meshgrid(np.arange(-40, 41), np.arange(-50, 51)))
HOLED = (RING < 30) & (RING > 11.5)


def test_places_go_round_by_pixel_edges_twice() -> None:
    rings = trace(HOLED).rings
    assert len(rings) == 2
    arcs = Arcs(rings)
    for first, length, ring in zip(arcs.first, arcs.lengths, rings, strict=True):
        once, again = arcs.points[first : first + length], arcs.points[first + length :][:length]
        assert (once == again).all()
        steps = np.diff(once, axis=0, append=once[:1])
        assert (np.abs(steps).sum(axis=1) == 1).all()
        assert (once[0] == ring[0]).all()
    assert (arcs.points[arcs.starts] == np.concatenate(rings)).all()


def test_tangents_go_along_the_ring() -> None:
    arcs = Arcs(trace(HOLED).rings)
    for ring, (first, length) in enumerate(zip(arcs.first, arcs.lengths, strict=True)):
        places = first + np.arange(length)
        ways = arcs.tangents(places, np.full(length, ring))
        assert np.allclose(np.hypot(*ways.T), 1)
        once = arcs.points[places]
        reach = np.roll(once, -3, axis=0) - np.roll(once, 3, axis=0)
        assert np.allclose(ways, reach / np.hypot(*reach.T)[:, None])


def test_corners_are_vertices_of_their_rings() -> None:
    rings = trace(HOLED).rings
    arcs = Arcs(rings)
    corners, of = arcs.corners(2.0)
    for index, ring in enumerate(rings):
        found = arcs.points[corners[of == index]]
        assert 6 <= len(found) <= 24
        assert {tuple(place) for place in found} <= {tuple(place) for place in ring.tolist()}


def test_corners_are_bounded() -> None:
    dice = np.random.default_rng(1)
    mask = cv2.GaussianBlur(dice.random((300, 400)), (0, 0), 2) > 0.5
    arcs = Arcs(trace(mask).rings)
    most = 4 * len(arcs.lengths)
    assert len(arcs.corners(0.5)[0]) > 2 * most
    corners, of = arcs.corners(0.5, most=most)
    assert len(arcs.lengths) <= len(corners) == len(of) <= most
    # Of each ring one or two stay, whatever the tolerance.
    assert len(arcs.corners(0.5, most=1)[0]) <= 2 * len(arcs.lengths)
