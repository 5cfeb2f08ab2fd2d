"""The box around a mask."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from rtseg.geometry import box_of, trace
from rtseg.types import BoolMask

MASKS = arrays(np.bool_, array_shapes(min_dims=2, max_dims=2, min_side=1, max_side=24))


@given(MASKS, st.booleans())
def test_it_is_as_small_as_can_be_and_holds_every_pixel(mask: BoolMask, is_mirrored: bool) -> None:
    mask = mask[:, ::-1] if is_mirrored else mask  # a view with its columns backwards is a mask too
    x0, y0, x1, y1 = box_of(mask)
    inside = mask[y0:y1, x0:x1]
    assert inside.sum() == mask.sum()
    if mask.any():
        assert all(side.any() for side in (inside[0], inside[-1], inside[:, 0], inside[:, -1]))


@given(MASKS)
def test_it_is_that_of_the_outline(mask: BoolMask) -> None:
    assert box_of(mask) == trace(mask).bbox


@pytest.mark.parametrize("shape", [(3, 4), (0, 4), (3, 0)])
def test_without_a_pixel_it_is_empty(shape: tuple[int, int]) -> None:
    assert box_of(np.zeros(shape, np.bool_)) == (0, 0, 0, 0)
