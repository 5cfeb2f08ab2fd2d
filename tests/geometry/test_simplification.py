from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rtseg.errors import UsageError
from rtseg.geometry import Path, fill, iou, simplify, trace
from rtseg.types import BoolMask
from tests.geometry.mask_strategies import EDGE_CASES, disc, masks, nested, square


def count(path: Path) -> int:
    return sum(len(ring) for ring in path.rings)


fidelities = st.sampled_from([0.5, 0.9, 0.97, 0.99, 0.999, 1.0])


@settings(deadline=None)  # a noisy mask may have a thousand rings
@given(masks, fidelities, st.none() | st.floats(0, 500))
def test_keeps_the_fidelity_from_any_start(
    mask: BoolMask, min_iou: float, start_px: float | None
) -> None:
    path = trace(mask)
    simple, tolerance_px = simplify(path, mask, min_iou, start_px=start_px)
    assert iou(fill(simple, mask.shape), mask) >= min_iou
    assert count(simple) <= count(path)
    assert tolerance_px >= 0
    for ring in simple.rings:
        assert ring.dtype == np.int32
        assert ring.shape[0] >= 3
        assert ring.shape[1] == 2
        assert (ring >= 0).all()
        assert (ring <= mask.shape[::-1]).all()


# No law for any shape: the search stops where it is good enough; another start may end elsewhere.
@pytest.mark.parametrize("radius", [20, 60, 120, 170])
@pytest.mark.parametrize("min_iou", [0.9, 0.97, 0.99])
def test_the_tolerance_that_it_gives_is_as_good_a_start(radius: int, min_iou: float) -> None:
    mask = disc((360, 640), 320, 180, radius)
    path = trace(mask)
    first, tolerance_px = simplify(path, mask, min_iou)
    again, _ = simplify(path, mask, min_iou, start_px=tolerance_px)
    assert count(again) <= count(first)


@pytest.mark.parametrize("name", EDGE_CASES)
def test_nothing_is_lost_at_one(name: str) -> None:
    path = trace(EDGE_CASES[name])
    assert simplify(path, EDGE_CASES[name], 1.0) == (path, 0.0)


def test_a_disc_needs_few_vertices() -> None:
    mask = disc((360, 640), 320, 180, 120)
    path = trace(mask)
    assert count(path) > 300
    # The best polygon inside a circle keeps .97 with 15 vertices, and .99 with 26.
    assert count(simplify(path, mask, 0.97).path) <= 18
    assert count(simplify(path, mask, 0.99).path) <= 38


@pytest.mark.parametrize("start_px", [0.01, 0.6, 60.0, 1e6])
def test_a_bad_start_costs_little(start_px: float) -> None:
    mask = disc((360, 640), 320, 180, 120)
    assert count(simplify(trace(mask), mask, 0.97, start_px=start_px).path) <= 24


def test_specks_and_pinholes_go_when_the_budget_allows_it() -> None:
    mask = square((100, 100), 20, 20, 80, 80) | square((100, 100), 3, 3, 5, 5)
    mask[40, 40] = False
    path = trace(mask)
    assert len(path.rings) == 3
    (ring,) = simplify(path, mask, 0.97).path.rings
    assert ring.tolist() == [[20, 20], [20, 80], [80, 80], [80, 20]]


def test_a_speck_goes_though_the_tolerance_would_keep_it() -> None:
    mask = disc((300, 300), 150, 150, 100) | square((300, 300), 3, 3, 15, 15)
    assert len(simplify(trace(mask), mask, 0.97).path.rings) == 1


def test_a_hair_that_comes_to_two_vertices_goes() -> None:
    mask = square((700, 320), 0, 0, 300, 300) | square((700, 320), 310, 50, 311, 650)
    # Without the hair IoU is .9934, which spends the budget well enough to stop.
    (ring,) = simplify(trace(mask), mask, 0.993).path.rings
    assert ring.tolist() == [[0, 0], [0, 300], [300, 300], [300, 0]]


@pytest.mark.parametrize("mask", [disc((200, 200), 90, 95, 60), EDGE_CASES["nested"]])
def test_the_fidelity_has_no_slack(mask: BoolMask) -> None:
    path = trace(mask)
    for min_iou in np.linspace(0.8, 0.9999, 200).tolist():
        assert iou(fill(simplify(path, mask, min_iou).path, mask.shape), mask) >= min_iou


def test_a_hole_never_stays_without_its_outside() -> None:
    # A lone hole is a filled shape by the nonzero rule.
    mask = square((300, 300), 0, 0, 250, 250)
    mask[280:290, 280:290] = True
    mask[281:289, 281:289] = False
    simple = simplify(trace(mask), mask, 0.97).path
    assert not fill(simple, mask.shape)[281:289, 281:289].any()


@pytest.mark.parametrize("min_iou", [0, -0.1, 1.01, float("nan")])
def test_what_is_no_fidelity(min_iou: float) -> None:
    with pytest.raises(UsageError, match="min_iou"):
        simplify(trace(nested()), nested(), min_iou)


def test_what_is_no_mask() -> None:
    with pytest.raises(UsageError, match="uint8"):
        simplify(trace(nested()), nested().astype(np.uint8), 0.97)  # type: ignore[arg-type]
