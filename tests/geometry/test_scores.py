"""Scores of masks: by hand, and beside published code on the same masks."""

from __future__ import annotations

import numpy as np
import pytest

from rtseg.errors import UsageError
from rtseg.geometry import boundary_f, iou
from rtseg.types import BoolMask
from tests.geometry.scored_pairs import PAIRS, Scored


def square(left: int, side: int = 40) -> BoolMask:
    mask = np.zeros((120, 160), np.bool_)
    mask[40 : 40 + side, left : left + side] = True
    return mask


def test_outlines_within_the_tolerance_are_found() -> None:
    # The diagonal is 200 pixels, so outlines may be ceil(1.6) = 2 apart.
    assert boundary_f(square(50), square(52)) == 1
    assert 0.4 < boundary_f(square(50), square(56)) < 0.7
    assert boundary_f(square(10), square(100)) == 0


def test_it_is_symmetric() -> None:
    assert boundary_f(square(50), square(54, 60)) == boundary_f(square(54, 60), square(50))


def test_empty_masks() -> None:
    nothing = np.zeros((120, 160), np.bool_)
    assert boundary_f(nothing, nothing) == 1
    assert boundary_f(nothing, square(50)) == 0
    assert boundary_f(square(50), nothing) == 0


@pytest.mark.parametrize("pair", PAIRS, ids=lambda pair: pair.name)
def test_scores_are_those_of_published_code(pair: Scored) -> None:
    assert iou(pair.before, pair.after) == pytest.approx(pair.j, abs=1e-9)
    assert boundary_f(pair.before, pair.after) == pytest.approx(pair.f, abs=1e-9)


def test_other_shapes_are_refused() -> None:
    with pytest.raises(UsageError, match="one shape"):
        boundary_f(square(50), square(50)[1:])
