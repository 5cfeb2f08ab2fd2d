from __future__ import annotations

import numpy as np
import pytest

from rtseg.errors import UsageError
from rtseg.geometry import Path, iou, trace
from rtseg.geometry.path import following, preceding, string
from tests.geometry.mask_strategies import nested, square

TRIANGLE = np.array([(10, 2), (4, 12), (16, 12)], np.int32)
HOLE = np.array([(10, 6), (11, 8), (9, 8)], np.int32)


def test_empty_path() -> None:
    path = Path()
    assert path.is_empty
    assert path.bbox == (0, 0, 0, 0)
    assert path.area == 0
    assert path.svg() == ""


def test_box_and_area() -> None:
    path = Path((TRIANGLE, HOLE))
    assert not path.is_empty
    assert path.bbox == (4, 2, 16, 12)
    assert path.area == 60 - 2


def test_area_far_from_the_origin() -> None:
    far = np.array([(65534, 65534), (65534, 65535), (65535, 65535), (65535, 65534)], np.int32)
    assert Path((far,)).area == 1


def test_svg_in_pixels() -> None:
    assert Path((TRIANGLE, HOLE)).svg() == ("M 10 2 L 4 12 L 16 12 Z M 10 6 L 11 8 L 9 8 Z")


def test_svg_of_the_picture_and_of_the_box() -> None:
    path = Path((TRIANGLE,))
    assert path.svg(scale=(1 / 30, 1 / 40)) == "M 0.333 0.05 L 0.133 0.3 L 0.533 0.3 Z"
    assert path.svg(origin=(4, 2), scale=(1 / 12, 1 / 10), decimals=1) == ("M 0.5 0 L 0 1 L 1 1 Z")


def test_svg_has_no_negative_zero_and_no_bare_point() -> None:
    path = Path((TRIANGLE,))
    assert path.svg(origin=(10.001, 2.001), decimals=1) == "M 0 0 L -6 10 L 6 10 Z"
    assert path.svg(scale=(10, 10), decimals=0) == "M 100 20 L 40 120 L 160 120 Z"


def test_equality_is_of_vertices() -> None:
    assert Path((TRIANGLE,)) == Path((TRIANGLE.copy(),))
    assert Path((TRIANGLE,)) != Path((np.roll(TRIANGLE, 1, axis=0),))
    assert Path((TRIANGLE,)) != Path((TRIANGLE, HOLE))
    assert Path() != ()
    assert trace(nested()) == trace(nested())


def test_iou() -> None:
    left, right = square((10, 10), 0, 0, 6, 10), square((10, 10), 4, 0, 10, 10)
    nothing = np.zeros((10, 10), np.bool_)
    assert iou(left, left) == 1
    assert iou(left, right) == pytest.approx(0.2)
    assert iou(left, nothing) == 0
    assert iou(nothing, nothing) == 1


def test_iou_of_two_sizes() -> None:
    with pytest.raises(UsageError, match="one shape"):
        iou(np.zeros((2, 3), np.bool_), np.zeros((3, 2), np.bool_))


def test_strung_rings_go_around_each_for_itself() -> None:
    rings = [np.arange(2 * n).reshape(n, 2).astype(np.int32) + 100 * n for n in (4, 3, 7)]
    strung = string(rings)
    assert all(map(np.array_equal, strung.split(), rings))
    assert strung.first.tolist() == [0, 4, 7]
    after = strung._replace(vertices=strung.vertices[strung.after]).split()
    before = strung._replace(vertices=strung.vertices[strung.before]).split()
    for ring, on, back in zip(rings, after, before, strict=True):
        assert np.array_equal(on, following(ring))
        assert np.array_equal(back, preceding(ring))
    stays = np.array([1, 0, 0, 1, 0, 0, 0, 1, 1, 1, 1, 1, 1, 0], np.bool_)
    left = strung.where(stays).split()
    assert [len(ring) for ring in left] == [2, 0, 6]
    assert np.array_equal(left[2], rings[2][:6])
