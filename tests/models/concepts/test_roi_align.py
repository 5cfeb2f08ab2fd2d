"""RoI align against a reference that samples one point at a time."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

torch = pytest.importorskip("torch", reason="needs torch")

from rtseg.models.concepts.roi_align import roi_align  # noqa: E402


def sampled(plane: np.ndarray, x: float, y: float) -> np.ndarray:
    """Bilinear value of (C, h, w) at a place in cells; outside is the edge's."""
    height, width = plane.shape[1:]
    x, y = min(max(x, 0), width - 1), min(max(y, 0), height - 1)
    left, top = int(x), int(y)
    right, bottom = min(left + 1, width - 1), min(top + 1, height - 1)
    upper = plane[:, top, left] * (1 - (x - left)) + plane[:, top, right] * (x - left)
    lower = plane[:, bottom, left] * (1 - (x - left)) + plane[:, bottom, right] * (x - left)
    return upper * (1 - (y - top)) + lower * (y - top)


def pooled(plane: np.ndarray, box: tuple[float, ...], size: int) -> np.ndarray:
    """Mask R-CNN's definition, cell by cell."""
    x_min, y_min, x_max, y_max = box
    width, height = max(x_max - x_min, 1.0), max(y_max - y_min, 1.0)
    across, down = math.ceil(width / size), math.ceil(height / size)
    result = np.zeros((plane.shape[0], size, size))
    for row in range(size):
        for column in range(size):
            values = [
                sampled(
                    plane,
                    x_min + (column + (i + 0.5) / across) * width / size,
                    y_min + (row + (j + 0.5) / down) * height / size,
                )
                for i in range(across)
                for j in range(down)
            ]
            result[:, row, column] = np.mean(values, axis=0)
    return result


@settings(deadline=None, max_examples=40)
@given(
    st.integers(1, 9),
    st.integers(1, 9),
    st.integers(1, 4),
    st.lists(st.floats(0, 1, width=32), min_size=4, max_size=4),
)
def test_is_the_mean_of_its_samples(height: int, width: int, size: int, edges: list[float]) -> None:
    plane = np.random.default_rng(0).normal(size=(2, height, width)).astype(np.float32)
    x = sorted(edge * width for edge in edges[:2])
    y = sorted(edge * height for edge in edges[2:])
    box = (x[0], y[0], x[1], y[1])
    got = roi_align(torch.tensor(plane)[None], [torch.tensor([box])], size)
    np.testing.assert_allclose(got[0].numpy(), pooled(plane, box, size), atol=1e-4)


def test_boxes_of_several_maps_come_in_order() -> None:
    maps = torch.arange(2.0)[:, None, None, None].expand(2, 3, 4, 4)
    boxes = [torch.tensor([[0.0, 0, 2, 2], [1, 1, 3, 3]]), torch.tensor([[0.0, 0, 4, 4]])]
    got = roi_align(maps, boxes, 2)
    assert got.shape == (3, 3, 2, 2)
    assert got[:, 0, 0, 0].tolist() == [0, 0, 1]


def test_no_box_gives_nothing_and_the_type_stays() -> None:
    maps = torch.zeros(1, 3, 4, 4, dtype=torch.bfloat16)
    assert roi_align(maps, [torch.zeros(0, 4)], 2).shape == (0, 3, 2, 2)
    assert roi_align(maps, [torch.tensor([[0.0, 0, 1, 1]])], 2).dtype == torch.bfloat16
