from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rtseg.models.onnx.yolox import (
    Found,
    decode,
    grid,
    letterbox,
    only,
    strides_of,
    suppress,
    to_source,
)


def found(*boxes: tuple[float, ...], scores: object = None, classes: object = None) -> Found:
    count = len(boxes)
    return Found(
        np.array(boxes, np.float32).reshape(count, 4),
        np.array(scores if scores is not None else np.linspace(0.9, 0.5, count), np.float32),
        np.array(classes if classes is not None else [0] * count, np.intp),
    )


@pytest.mark.parametrize(
    ("shape", "inner", "scale"),
    [((100, 200), (32, 64), 0.32), ((200, 100), (64, 32), 0.32), ((16, 16), (64, 64), 4.0)],
)
def test_an_image_stands_in_the_left_upper_corner_on_grey(
    shape: tuple[int, int], inner: tuple[int, int], scale: float
) -> None:
    image = np.empty((*shape, 3), np.uint8)
    image[...] = (10, 20, 250)
    planes, found_scale = letterbox(image, 64, 64)
    assert planes.shape == (3, 64, 64)
    assert planes.dtype == np.float32
    assert found_scale == pytest.approx(scale)
    assert planes[:, 0, 0].tolist() == [10, 20, 250]  # BGR, neither scaled nor shifted
    assert (planes[:, : inner[0], : inner[1]].reshape(3, -1).T == (10, 20, 250)).all()
    assert (planes[:, inner[0] :, :] == 114).all()
    assert (planes[:, :, inner[1] :] == 114).all()


@given(st.integers(1, 500), st.integers(1, 500), st.sampled_from([(64, 64), (96, 32)]))
def test_any_image_fits(width: int, height: int, size: tuple[int, int]) -> None:
    planes, scale = letterbox(np.zeros((height, width, 3), np.uint8), *size)
    assert planes.shape == (3, size[1], size[0])
    assert scale > 0
    assert (planes == 0).any()


def test_the_grids_are_those_of_the_paper() -> None:
    assert strides_of(3549, 416, 416) == (8, 16, 32)
    assert strides_of(8400, 640, 640) == (8, 16, 32)
    assert strides_of(34000, 1280, 1280) == (8, 16, 32, 64)
    assert strides_of(25200, 640, 640) is None  # YOLOv5: three anchors a cell
    cells, sizes = grid(64, 32, (8, 16, 32))
    assert cells.shape == (32 + 8 + 2, 2)
    assert cells[:9].tolist() == [[x, 0] for x in range(8)] + [[0, 1]]
    assert sizes[[0, 31, 32, 41], 0].tolist() == [8, 8, 16, 32]


def test_a_cell_is_decoded() -> None:
    cells, sizes = grid(64, 64, (8, 16, 32))
    raw = np.zeros((84, 7), np.float32)
    raw[64 + 5] = [0.5, 0.25, np.log(2), np.log(3), 0.5, 0.2, 0.8]  # column 1, row 1 of stride 16
    decoded = decode(raw, cells, sizes, min_score=0.3)
    np.testing.assert_allclose(decoded.boxes, [[24 - 16, 20 - 24, 24 + 16, 20 + 24]], rtol=1e-6)
    np.testing.assert_allclose(decoded.scores, [0.4])
    assert decoded.classes.tolist() == [1]
    assert not len(decode(raw, cells, sizes, min_score=0.41).boxes)


def test_a_file_may_decode_by_itself() -> None:
    cells, sizes = grid(64, 64, (8, 16, 32))
    raw = np.zeros((84, 6), np.float32)
    raw[3] = [30, 20, 10, 4, 1, 1]
    decoded = decode(raw, cells, sizes, min_score=0.3, is_decoded=True)
    assert decoded.boxes.tolist() == [[25, 18, 35, 22]]


def test_the_surest_come_first_and_odd_numbers_go() -> None:
    cells, sizes = grid(64, 64, (8, 16, 32))
    raw = np.zeros((84, 6), np.float32)
    raw[:, 4] = 1
    raw[[4, 9, 2, 7], 5] = [0.5, 0.9, np.nan, 2.0]
    raw[30] = [0, 0, 1000, 0, 1, 0.4]
    decoded = decode(raw, cells, sizes, min_score=0.3)
    assert decoded.scores.tolist() == pytest.approx([1, 0.9, 0.5, 0.4])
    there = to_source(decoded, 1.0, 64, 64)
    assert np.isfinite(there.boxes).all()
    assert there.boxes[:, :2].min() >= 0
    assert there.boxes.max() <= 64


def test_boxes_come_back_to_the_source() -> None:
    there = to_source(found((10, 5, 30, 25), (-9, -9, -1, -1), (60, 0, 90, 9)), 0.5, 120, 60)
    assert there.boxes.tolist() == [[20, 10, 60, 50]]  # the others lie outside, or in the padding


def test_of_boxes_that_overlap_the_surest_stays() -> None:
    boxes = [(0, 0, 10, 10), (1, 0, 11, 10), (8, 0, 18, 10), (0, 0, 10, 10)]
    kept = suppress(found(*boxes, classes=[0, 0, 0, 1]), max_iou=0.45)
    assert kept.boxes.tolist() == [list(boxes[0]), list(boxes[2]), list(boxes[3])]
    assert kept.classes.tolist() == [0, 0, 1]


def test_rivals_suppress_each_other() -> None:
    boxes = [(0, 0, 10, 10), (1, 0, 11, 10), (2, 0, 12, 10), (20, 0, 30, 10)]
    rivals = np.eye(3, dtype=np.bool_)
    rivals[0, 1] = rivals[1, 0] = True
    kept = suppress(found(*boxes, classes=[0, 1, 2, 1]), max_iou=0.45, rivals=rivals)
    assert kept.classes.tolist() == [0, 2, 1]


def test_what_was_suppressed_suppresses_nothing() -> None:
    chain = found((0, 0, 10, 10), (4, 0, 14, 10), (8, 0, 18, 10))
    assert suppress(chain, max_iou=0.4).boxes[:, 0].tolist() == [0, 8]


@given(
    st.lists(st.tuples(*[st.integers(0, 20)] * 2, *[st.integers(1, 20)] * 2), max_size=12),
    st.floats(0.1, 0.9),
)
def test_no_two_that_stay_overlap_too_much(
    places: list[tuple[int, int, int, int]], max_iou: float
) -> None:
    boxes = [(x, y, x + w, y + h) for x, y, w, h in places]
    kept = suppress(found(*boxes), max_iou=max_iou).boxes
    for n, one in enumerate(kept):
        for other in kept[n + 1 :]:
            assert _iou(one, other) <= max_iou + 1e-6
    for box in boxes:  # each that went overlaps one that stayed
        assert any(_iou(np.array(box), one) > max_iou - 1e-6 or (one == box).all() for one in kept)


def _iou(a: npt.NDArray[np.float32], b: npt.NDArray[np.float32]) -> float:
    width, height = np.minimum(a[2:], b[2:]) - np.maximum(a[:2], b[:2])
    shared = max(width, 0) * max(height, 0)
    areas = [(box[2] - box[0]) * (box[3] - box[1]) for box in (a, b)]
    return float(shared / (sum(areas) - shared))


def test_only_the_classes_asked_for() -> None:
    boxes = found((0, 0, 1, 1), (0, 0, 2, 2), (0, 0, 3, 3), classes=[4, 2, 7])
    assert only(boxes, {7, 4, 5}).classes.tolist() == [4, 7]
    assert not len(only(boxes, set()).boxes)
    assert not len(suppress(only(boxes, set()), max_iou=0.5).boxes)
