"""The best pairing, against all pairings."""

from __future__ import annotations

from itertools import permutations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as stnp

from rtseg.tracking.assignment import pair_up

matrices = st.tuples(st.integers(0, 5), st.integers(0, 5)).flatmap(
    lambda shape: stnp.arrays(np.float64, shape, elements=st.floats(0, 1, width=16))
)


def best_by_trying(
    affinity: np.ndarray[tuple[int, int], np.dtype[np.float64]], least: float
) -> float:
    rows, columns = affinity.shape
    if rows > columns:
        return best_by_trying(affinity.T, least)
    return max(
        sum(max(0.0, affinity[row, column] - least) for row, column in enumerate(chosen))
        for chosen in permutations(range(columns), rows)
    )


@given(matrices, st.floats(0, 1))
def test_no_pairing_is_better(
    affinity: np.ndarray[tuple[int, int], np.dtype[np.float64]], least: float
) -> None:
    pairs = pair_up(affinity, at_least=least)
    assert len({row for row, _ in pairs}) == len({column for _, column in pairs}) == len(pairs)
    assert all(affinity[pair] >= least for pair in pairs)
    gain = sum(affinity[pair] - least for pair in pairs)
    assert gain == pytest.approx(best_by_trying(affinity, least), abs=1e-6)


def test_two_that_are_good_beat_one_that_is_best() -> None:
    affinity = np.array([[0.9, 0.8], [0.8, 0.0]])
    assert pair_up(affinity, at_least=0.1) == [(0, 1), (1, 0)]


def test_a_pair_that_cannot_be_keeps_nobody_from_a_good_one() -> None:
    affinity = np.array([[0.6, 0.5], [0.0, 0.05]])
    assert pair_up(affinity, at_least=0.1) == [(0, 0)]
