"""A place that is surely on the object."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given

from rtseg.errors import UsageError
from rtseg.geometry import inmost
from rtseg.types import BoolMask
from tests.geometry.mask_strategies import masks


@given(masks)
def test_it_is_on_the_mask(mask: BoolMask) -> None:
    if not mask.any():
        with pytest.raises(UsageError, match="empty"):
            inmost(mask)
        return
    x, y = inmost(mask)
    assert mask[int(y), int(x)]
    assert (x % 1, y % 1) == (0.5, 0.5)


def test_a_ring_is_pointed_at_where_it_is_and_not_in_its_hole() -> None:
    rows, columns = np.ogrid[:100, :100]
    far = (columns - 50) ** 2 + (rows - 50) ** 2
    ring = (far <= 40**2) & (far >= 20**2)
    x, y = inmost(ring)
    assert np.hypot(x - 50.5, y - 50.5) == pytest.approx(30, abs=1.5)


def test_of_a_bar_it_is_the_middle() -> None:
    bar = np.zeros((40, 200), np.bool_)
    bar[10:21, 10:191] = True
    assert inmost(bar) == (100.5, 15.5)


def test_the_edge_of_the_picture_is_an_edge() -> None:
    assert inmost(np.ones((51, 51), np.bool_)) == (25.5, 25.5)
