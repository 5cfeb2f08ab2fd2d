"""The cheapest ways: as cheap as the cheapest of all that there are."""

from __future__ import annotations

from itertools import pairwise, product

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from rtseg.wire.cheapest import cheapest_choices, cheapest_path


@given(st.integers(1, 12), st.integers(1, 6), st.integers(0, 2**32))
def test_thecheapest_path_is_the_cheapest(last: int, longest: int, seed: int) -> None:
    pairs = [(a, b) for a in range(last) for b in range(a + 1, min(a + longest, last) + 1)]
    costs = np.random.default_rng(seed).random(len(pairs)) * [b - a for a, b in pairs]
    least = [0.0] + [np.inf] * last
    for (start, stop), cost in zip(pairs, costs.tolist(), strict=True):
        least[stop] = min(least[stop], least[start] + cost)
    starts, stops = np.array(pairs).T
    way = [*cheapest_path(starts, stops, costs), last]
    of = dict(zip(pairs, costs.tolist(), strict=True))
    assert np.isclose(sum(of[edge] for edge in pairwise(way)), least[last])


@given(st.integers(0, 2**32), st.integers(1, 5))
@settings(deadline=None)
def test_the_cheapest_way_is_thecheapest_choices(seed: int, rows: int) -> None:
    dice = np.random.default_rng(seed)
    costs, further = dice.random((rows, 3)), 2 * dice.random((rows, 3, 3))
    further[0] = further[0, :, :1]

    def cost(way: tuple[int, ...]) -> float:
        steps = pairwise(way)
        first = further[0, way[0], 0]
        return (
            first
            + sum(costs[row, at] for row, at in enumerate(way))
            + sum(further[row, there, here] for row, (here, there) in enumerate(steps, 1))
        )

    found = tuple(cheapest_choices(costs, further).tolist())
    assert np.isclose(cost(found), min(cost(way) for way in product(range(3), repeat=rows)))
