"""How alike two outlines are is what their filled masks say."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from rtseg.geometry import Path, fill, iou, path_iou

SHAPE = 30, 40

rings = st.lists(
    st.lists(st.tuples(st.integers(0, 40), st.integers(0, 30)), min_size=3, max_size=9).map(
        lambda vertices: np.array(vertices, np.int32)
    ),
    max_size=3,
)


@given(rings, rings)
@settings(max_examples=300, deadline=None)
def test_it_is_the_iou_of_what_they_fill(a: list[np.ndarray], b: list[np.ndarray]) -> None:
    one, other = Path(tuple(a)), Path(tuple(b))
    painted = fill(one, SHAPE), fill(other, SHAPE)
    expected = iou(*painted) if painted[0].any() or painted[1].any() else 1.0
    assert path_iou(one, other) == expected
    assert path_iou(other, one) == expected
    assert path_iou(one, one) == 1.0
