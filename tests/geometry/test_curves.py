"""Smooth outlines: as true as promised, whatever the mask, and smooth where the mask is."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rtseg.errors import UsageError
from rtseg.geometry import fill, iou, trace
from rtseg.geometry.curves import Curves, smooth
from rtseg.types import BoolMask
from tests.geometry.mask_strategies import EDGE_CASES, masks, nested
from tests.path_data import read_path

fidelities = st.sampled_from([0.5, 0.9, 0.97, 0.985, 0.999, 1.0])


def written(curves: Curves) -> tuple[tuple[float, float], tuple[float, float]]:
    """Scale and origin that take the text of `in_box` back to source pixels."""
    x0, y0, x1, y1 = curves.box
    return (x1 - x0, y1 - y0), (x0, y0)


@settings(deadline=None)  # a noisy mask may have a thousand rings
@given(masks, fidelities)
def test_keeps_the_fidelity_in_memory_and_in_text(mask: BoolMask, min_iou: float) -> None:
    curves = smooth(trace(mask), mask, min_iou)
    assert iou(fill(curves.flatten(), mask.shape), mask) >= min_iou
    # A reader's own arithmetic may put a point on the other side of a pixel's centre.
    slack = 2 / max(mask.sum(), 1)
    back = read_path(curves.in_box(), *written(curves))
    assert iou(fill(back, mask.shape), mask) >= min_iou - slack


@pytest.mark.parametrize("name", EDGE_CASES)
def test_odd_masks(name: str) -> None:
    mask = EDGE_CASES[name]
    curves = smooth(trace(mask), mask, 0.985)
    assert iou(fill(curves.flatten(), mask.shape), mask) >= 0.985
    assert np.array_equal(fill(smooth(trace(mask), mask, 1.0).flatten(), mask.shape), mask)


@pytest.mark.parametrize("min_iou", [0, -0.1, 1.01, float("nan")])
def test_what_is_no_fidelity(min_iou: float) -> None:
    with pytest.raises(UsageError, match="min_iou"):
        smooth(trace(nested()), nested(), min_iou)
