"""Edges fitted to their arcs."""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt
from hypothesis import given, settings
from hypothesis import strategies as st

from rtseg.geometry import Path, Ring, fill, iou, trace
from rtseg.geometry.path import string
from rtseg.geometry.refinement import Refinery
from rtseg.types import BoolMask
from tests.geometry.mask_strategies import EDGE_CASES, disc, masks, square


def simplified(ring: Ring, tolerance_px: float) -> Ring:
    kept = cv2.approxPolyDP(ring, tolerance_px, closed=True)
    return np.asarray(kept[:, 0], np.int32)


def refined(ring: Ring, chosen: Ring, tolerance_px: float) -> npt.NDArray[np.float64]:
    return Refinery([ring]).refine(string([chosen]), np.array([0]), tolerance_px)


@given(masks, st.floats(0.5, 30))
@settings(deadline=None)
def test_vertices_stay_near_and_finite_and_no_ring_minds_the_others(
    mask: BoolMask, tolerance_px: float
) -> None:
    rings = trace(mask).rings
    chosen = [simplified(ring, tolerance_px) for ring in rings]
    places = [place for place, ring in enumerate(chosen) if len(ring) >= 3]
    if not places:
        return
    strung = string([chosen[place] for place in places])
    moved = Refinery(rings).refine(strung, np.array(places), tolerance_px)
    assert moved.shape == strung.vertices.shape
    assert np.isfinite(moved).all()
    alone = [refined(rings[place], chosen[place], tolerance_px) for place in places]
    assert np.array_equal(moved, np.concatenate(alone))


def test_a_fitted_disc_is_twice_as_good() -> None:
    mask = disc((400, 400), 200, 200, 150)
    (ring,) = trace(mask).rings
    chosen = simplified(ring, 8)
    moved = np.rint(refined(ring, chosen, 8)).astype(np.int32)
    before = 1 - iou(fill(Path((chosen,)), mask.shape), mask)
    after = 1 - iou(fill(Path((moved,)), mask.shape), mask)
    assert after < 0.6 * before
    # What is cut off is given back: the area is right though no vertex is on the outline.
    assert abs(Path((moved,)).area - mask.sum()) < 0.01 * mask.sum()


def test_straight_edges_stay_where_they_are() -> None:
    (ring,) = trace(square((60, 80), 7, 9, 61, 43)).rings
    moved = refined(ring, simplified(ring, 3), 3)
    assert np.abs(np.sort(moved, axis=0) - np.sort(ring, axis=0)).max() < 1e-9


def test_a_ring_that_passes_a_corner_twice_stays() -> None:
    for ring in trace(EDGE_CASES["both-diagonals"]).rings:
        assert np.array_equal(refined(ring, ring, 1), ring)
