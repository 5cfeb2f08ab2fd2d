"""T: beside published code on the same masks, and by its laws."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rtseg.errors import UsageError
from rtseg.geometry import instability, temporal_instability
from rtseg.geometry.shape_contexts import align
from rtseg.types import BoolMask
from tests.geometry.mask_strategies import EDGE_CASES, blobs, disc, square
from tests.geometry.scored_pairs import PAIRS, Scored


@pytest.mark.parametrize("pair", PAIRS, ids=lambda pair: pair.name)
def test_it_is_that_of_published_code(pair: Scored) -> None:
    # What lies just between two bins is rounded to the one or the other.
    expected = None if pair.t is None else pytest.approx(pair.t, abs=2e-4)
    assert instability(pair.before, pair.after) == expected


@given(blobs(60), st.integers(0, 20), st.integers(0, 20))
@settings(max_examples=25)
def test_moving_does_not_count(mask: BoolMask, x: int, y: int) -> None:
    wide = np.pad(mask, ((1, 21), (1, 21)))
    moved = np.roll(wide, (y, x), axis=(0, 1))
    value = instability(wide, moved)
    assert value is None or value == pytest.approx(0, abs=1e-12)


@given(blobs(60), blobs(60))
@settings(max_examples=25)
def test_it_is_a_share(mask: BoolMask, other: BoolMask) -> None:
    height, width = np.minimum(mask.shape, other.shape)
    value = instability(mask[:height, :width], other[:height, :width])
    assert value is None or 0 <= value <= 1


def test_the_more_a_shape_changes_the_higher() -> None:
    shape = 120, 160
    still = disc(shape, 60, 60, 40)
    grown = (still | square(shape, 60, 50, x, 70) for x in (95, 105, 115, 130, 150))
    values = [instability(still, mask) for mask in grown]
    assert values[0] == pytest.approx(0, abs=1e-12)
    assert values == sorted(values)
    assert values[-1] > 0.05


def test_a_large_shape_is_as_a_small_one() -> None:
    shape = 400, 400
    value = instability(disc(shape, 200, 200, 40), disc(shape, 200, 200, 160))
    assert value is not None
    assert value < 0.02
    other = instability(disc(shape, 200, 200, 40), square(shape, 40, 180, 360, 220))
    assert other is not None
    assert other > 0.3


@given(st.integers(2, 9), st.integers(2, 9), st.integers(0, 2**32))
def test_no_way_is_cheaper(rows: int, columns: int, seed: int) -> None:
    costs = np.random.default_rng(seed).random((rows, columns))
    least = np.full((rows, columns), np.inf)
    for row, column in np.ndindex(rows, columns):
        steps = ((row - 1, column), (row, column - 1), (row - 1, column - 1))
        before = [least[at] for at in steps if min(at) >= 0]
        least[row, column] = costs[row, column] + min(before, default=0)
    way = align(costs)
    assert way[0].tolist() == [rows - 1, columns - 1]
    assert way[-1].tolist() == [0, 0]
    steps = way[:-1] - way[1:]
    assert ((steps >= 0) & (steps <= 1)).all()
    assert steps.any(axis=1).all()
    assert costs[tuple(way.T)].sum() == pytest.approx(least[-1, -1])


def test_a_sequence_is_five_times_the_mean_of_its_pairs() -> None:
    pair = next(pair for pair in PAIRS if pair.name == "star-of-six")
    one = instability(pair.before, pair.after)
    assert one is not None
    nothing = np.zeros_like(pair.before)
    assert temporal_instability([pair.before, pair.before, pair.after]) == pytest.approx(
        5 * one / 2
    )
    assert temporal_instability([nothing, pair.before, pair.after]) == pytest.approx(5 * one)
    assert temporal_instability([pair.before, nothing, pair.after]) is None
    assert temporal_instability([]) is None


@pytest.mark.parametrize("name", EDGE_CASES)
def test_odd_masks(name: str) -> None:
    mask = EDGE_CASES[name]
    value = instability(mask, mask)
    assert value is None or value == pytest.approx(0, abs=1e-12)
    assert instability(mask, np.zeros_like(mask)) is None


def test_other_shapes_are_refused() -> None:
    with pytest.raises(UsageError, match="one shape"):
        instability(np.zeros((2, 3), np.bool_), np.zeros((3, 2), np.bool_))
    with pytest.raises(UsageError, match="bool array"):
        instability(np.zeros((2, 3)), np.zeros((2, 3)))  # type: ignore[arg-type]
