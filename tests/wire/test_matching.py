"""Rings found again."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from rtseg.wire.matching import longest_rise


@given(st.lists(st.integers(0, 12), min_size=1, max_size=9))
def test_thelongest_rise_is_the_longest(values: list[int]) -> None:
    found = longest_rise(values)
    assert found[0] == 0
    assert found == sorted(found)
    assert all(values[a] < values[b] for a, b in pairwise(found))
    longest = 0
    for choice in range(1 << len(values)):
        row = [value for place, value in enumerate(values) if choice >> place & 1]
        if choice & 1 and all(a < b for a, b in pairwise(row)):
            longest = max(longest, len(row))
    assert len(found) == longest
