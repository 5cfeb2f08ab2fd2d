from __future__ import annotations

import numpy as np
import pytest

from rtseg.models.mediapipe.painting import paint


def square(x: float, y: float, side: float) -> np.ndarray:
    return np.array([[x, y], [x + side, y], [x + side, y + side], [x, y + side]], float)


def disc(x: float, y: float, radius: float) -> np.ndarray:
    turns = np.linspace(0, 2 * np.pi, 200, endpoint=False)
    return np.array([x, y]) + radius * np.stack([np.cos(turns), np.sin(turns)], axis=1)


def painted(*args: object, **keys: object) -> np.ndarray:
    mask = paint(*args, **keys)  # type: ignore[arg-type]
    assert mask is not None
    assert mask.dtype == np.bool_
    return mask


def test_a_square_on_pixel_edges_is_exact() -> None:
    mask = painted([square(3, 5, 10)], (20, 30))
    expected = np.zeros((20, 30), np.bool_)
    expected[5:15, 3:13] = True
    np.testing.assert_array_equal(mask, expected)


@pytest.mark.parametrize("radius", [3.3, 11.7, 90.2, 700.0])
def test_a_disc_has_its_area(radius: float) -> None:
    mask = painted([disc(750.3, 760.9, radius)], (1500, 1500))
    assert mask.sum() == pytest.approx(np.pi * radius**2, rel=0.04 if radius < 10 else 0.015)
    rows, columns = np.nonzero(mask)
    assert (columns.mean() + 0.5, rows.mean() + 0.5) == pytest.approx((750.3, 760.9), abs=0.3)


def test_what_reaches_beyond_the_frame_is_cut_off() -> None:
    mask = painted([disc(0, 0, 10)], (40, 40))
    assert mask.sum() == pytest.approx(np.pi * 100 / 4, rel=0.05)
    far = painted([square(-1e9, -1e9, 2e9)], (4, 4))
    assert far.all()


def test_nothing_in_the_frame() -> None:
    assert paint([disc(-20, 5, 10)], (40, 40)) is None
    assert paint([disc(60, 5, 10)], (40, 40)) is None
    assert paint([disc(20, 51, 10)], (40, 40)) is None


def test_what_is_smaller_than_a_pixel_has_one() -> None:
    mask = painted([square(7.6, 3.6, 0.2)], (10, 10))
    assert np.argwhere(mask).tolist() == [[3, 7]]


def test_union_and_holes() -> None:
    both = painted([square(0, 0, 10), square(5, 5, 10)], (20, 20))
    assert both.sum() == 175
    ring = painted([square(0, 0, 10)], (20, 20), holes=[square(2, 2, 4)])
    assert ring.sum() == 84
    assert not ring[3, 3]


def test_narrow_gaps_are_closed_and_wide_ones_are_not() -> None:
    walls = [np.array([[x, 0], [x + 10, 0], [x + 10, 60], [x, 60]], float) for x in (0, 14, 44)]
    mask = painted(walls, (60, 60), bridged_px=8)
    assert mask[30, 11:14].all()
    assert not mask[30, 26:42].any()
    assert mask[30, :10].all()


def test_closing_does_not_spread_to_the_border_of_the_frame() -> None:
    mask = painted([square(10, 10, 20)], (40, 40), bridged_px=16)
    np.testing.assert_array_equal(mask, painted([square(10, 10, 20)], (40, 40)))
