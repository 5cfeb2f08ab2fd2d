"""Vertices found by where they stand."""

from __future__ import annotations

import numpy as np

from rtseg.geometry.path import string
from rtseg.geometry.vertex_index import VertexIndex

SQUARE = np.array([(0, 0), (0, 9), (9, 9), (9, 0)], np.int32)
# Two squares that touch at (4, 4), in one ring: it passes there twice.
EIGHT = np.array([(4, 4), (4, 8), (8, 8), (8, 4), (4, 4), (4, 0), (0, 0), (0, 4)], np.int32)


def test_vertices_are_found_each_in_its_own_ring() -> None:
    rings = string([SQUARE, SQUARE + 2**20, SQUARE])
    index = VertexIndex(rings)
    every = np.arange(len(rings.vertices))
    assert (index.find(rings.vertices, rings.of) == every).all()
    some = np.array([10, 3, 6])
    assert (index.find(rings.vertices[some], rings.of[some]) == some).all()


def test_a_corner_that_is_passed_twice_is_found_where_it_is_first() -> None:
    rings = string([SQUARE, EIGHT])
    found = VertexIndex(rings).find(EIGHT, np.ones(len(EIGHT), np.int64))
    assert found.tolist() == [4, 5, 6, 7, 4, 9, 10, 11]
