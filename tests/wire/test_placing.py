"""Where vertices that live on go."""

from __future__ import annotations

from itertools import product

import numpy as np

from rtseg.geometry.arcs import Arcs
from rtseg.wire.placing import AROUND, bits_between, place


def test_each_pair_of_choices_has_the_change_between_them() -> None:
    steps = np.array([(0, 0), (1, -3), (-40, 7)])
    bits = bits_between(steps)
    middle = len(AROUND) // 2
    for far, near in product(range(len(AROUND)), repeat=2):
        changed = bits_between(steps + AROUND[far] - AROUND[near])
        assert (bits[:, far, near] == changed[:, middle, middle]).all()
    # What goes on as the one before did is told in fewest bits.
    assert bits[0].min() == bits[0, middle, middle] < bits[1].min()


SQUARE = np.array([(20, 20), (20, 120), (120, 120), (120, 20)], np.int32)


def placed(price: float, carried: np.ndarray[tuple[int, int], np.dtype[np.float64]]) -> np.ndarray:
    arcs = Arcs([SQUARE])
    places = np.array([0, 100, 200, 300])
    lines = arcs.lines(places, places + 100)
    before = carried - (3, 1)
    vertices, _ = place(
        arcs.points[places], carried, lines, np.ones(4, np.bool_), before, np.array([4]), price, 1.0
    )
    return vertices


def test_where_area_is_dear_vertices_lie_where_edges_fit() -> None:
    carried = SQUARE + np.array([(2.0, -1), (0, 2), (-1, 0), (1, 1)])
    assert (placed(0.01, carried) == SQUARE).all()


def test_where_bits_are_dear_vertices_go_with_each_other() -> None:
    carried = SQUARE + np.array([(1.0, 0), (0, 1), (0, 0), (0, 0)])
    steps = placed(1000.0, carried) - (carried - (3, 1))
    assert (steps == steps[0]).all()


def test_rings_are_placed_as_each_alone() -> None:
    rings = [SQUARE, SQUARE + np.array((150, 10), np.int32)]
    arcs = Arcs(rings)
    carried = [ring + np.array([(1.4, 0), (0, 2), (-1, 0), (1, 1)]) for ring in rings]

    def placed_all(which: list[int]) -> tuple[np.ndarray, float]:
        places = np.concatenate([arcs.first[ring] + np.array([0, 100, 200, 300]) for ring in which])
        there = np.concatenate([carried[ring] for ring in which])
        lives = np.ones(len(places), np.bool_)
        lengths = np.full(len(which), 4)
        lines = arcs.lines(places, places + 100)
        return place(arcs.points[places], there, lines, lives, there - (3, 1), lengths, 20.0, 1.0)

    each = [placed_all([ring]) for ring in range(2)]
    vertices, bits = placed_all([0, 1])
    assert (vertices == np.concatenate([alone for alone, _ in each])).all()
    assert np.isclose(bits, sum(alone for _, alone in each))
