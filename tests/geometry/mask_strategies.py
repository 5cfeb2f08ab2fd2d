"""Masks to draw from: noise, blobs with holes in holes, and shapes that go wrong easily."""

from __future__ import annotations

import cv2
import numpy as np
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from rtseg.types import BoolMask


def square(shape: tuple[int, int], x0: int, y0: int, x1: int, y1: int) -> BoolMask:
    mask = np.zeros(shape, np.bool_)
    mask[y0:y1, x0:x1] = True
    return mask


def nested() -> BoolMask:
    """A ring with a ring in its hole, and a speck in the hole of that."""
    mask = np.zeros((15, 15), np.bool_)
    for inset in range(7):
        mask[inset : 15 - inset, inset : 15 - inset] = inset % 2 == 0
    mask[7, 7] = True
    return mask


def disc(shape: tuple[int, int], x: float, y: float, radius: float) -> BoolMask:
    rows, columns = np.indices(shape)
    inside: BoolMask = (columns + 0.5 - x) ** 2 + (rows + 0.5 - y) ** 2 <= radius**2
    return inside


EDGE_CASES: dict[str, BoolMask] = {
    "empty": np.zeros((4, 6), np.bool_),
    "no-pixels": np.zeros((0, 6), np.bool_),
    "one-pixel-frame": np.ones((1, 1), np.bool_),
    "one-pixel": square((9, 9), 3, 5, 4, 6),
    "full": np.ones((5, 7), np.bool_),
    "corners": square((5, 5), 0, 0, 1, 1) | square((5, 5), 4, 4, 5, 5),
    "frame-only": ~square((6, 8), 1, 1, 7, 5),
    "one-row": np.array([[True, False, True, True, False, True]]),
    "one-column": np.array([[True, False, True, True, False, True]]).T,
    "diagonal": np.eye(8, dtype=np.bool_),
    "both-diagonals": np.eye(8, dtype=np.bool_) | np.eye(8, dtype=np.bool_)[::-1],
    "checkerboard": np.indices((7, 6)).sum(axis=0) % 2 == 0,
    "pinhole": ~square((5, 5), 2, 2, 3, 3),
    "pinholes-touching": ~(square((6, 6), 2, 2, 3, 3) | square((6, 6), 3, 3, 4, 4)),
    "nested": nested(),
}


@st.composite
def noise(draw: st.DrawFn) -> BoolMask:
    shape = draw(hnp.array_shapes(min_dims=2, max_dims=2, min_side=1, max_side=40))
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    mask: BoolMask = rng.random(shape) < draw(st.floats(0, 1))
    return mask


@st.composite
def blobs(draw: st.DrawFn, max_side: int = 120) -> BoolMask:
    """Smooth shapes, as a model gives them."""
    shape = draw(st.integers(1, max_side)), draw(st.integers(1, max_side))
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    field = cv2.GaussianBlur(rng.random(shape), (0, 0), draw(st.floats(0.5, 12)))
    mask: BoolMask = field > np.quantile(field, draw(st.floats(0, 1)))
    return mask


tiny = hnp.arrays(np.bool_, hnp.array_shapes(min_dims=2, max_dims=2, max_side=6))
masks = tiny | noise() | blobs()
