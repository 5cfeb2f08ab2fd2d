"""Which vertices go first."""

from __future__ import annotations

import numpy as np

from rtseg.geometry.pruning import prune

HOUSE = np.array([(0, 0), (0, 10), (5, 11), (10, 10), (10, 0), (6, 1)], np.int32)


def test_the_smallest_triangles_go_first() -> None:
    # (6, 1) makes a triangle of 5, and so does (5, 11), with larger neighbours.
    assert prune([HOUSE], 4.9) is None
    (ring,) = prune([HOUSE], 10) or ()
    assert ring.tolist() == [[0, 0], [0, 10], [10, 10], [10, 0]]
    rings = prune([HOUSE + 20, HOUSE], 5)
    assert rings is not None
    assert sorted(len(ring) for ring in rings) == [5, 6]


def test_no_two_side_by_side_and_no_shape_comes_to_nothing() -> None:
    angle = np.linspace(0, 2 * np.pi, 40, endpoint=False)
    circle = np.rint(1000 * np.column_stack((np.cos(angle), np.sin(angle)))).astype(np.int32)
    (ring,) = prune([circle], 1e12) or ()
    assert 20 <= len(ring) < 40
    assert prune([HOUSE[:4], HOUSE[1:]], 1e12) is not None
    assert prune([HOUSE[:4]], 1e12) is None
