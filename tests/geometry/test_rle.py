"""COCO's run lengths, beside pycocotools where that is installed."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from rtseg.errors import UsageError
from rtseg.geometry import rle
from rtseg.types import BoolMask
from tests.geometry.mask_strategies import EDGE_CASES, masks

# pycocotools' own, of NumPy 2.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")


@given(masks)
@example(np.zeros((3, 4), np.bool_))
@example(np.ones((3, 4), np.bool_))
@example(np.zeros((0, 4), np.bool_))
def test_a_mask_comes_back(mask: BoolMask) -> None:
    back = rle.decode(rle.encode(mask))
    assert back.dtype == np.bool_
    assert np.array_equal(back, mask)


@pytest.fixture(scope="module")
def coco() -> Any:
    return pytest.importorskip("pycocotools.mask", reason="needs pycocotools")


def assert_same(coco: Any, mask: BoolMask) -> None:
    """Written by either, read by either: in both of COCO's forms."""
    mine = rle.encode(mask)
    theirs = coco.encode(np.asfortranarray(mask.astype(np.uint8)))
    assert mine.counts == theirs["counts"].decode()
    assert list(mine.size) == list(theirs["size"])
    assert np.array_equal(coco.decode(mine.as_json()) > 0, mask)
    plain = {"counts": rle.run_lengths(mask).tolist(), "size": list(mask.shape)}
    assert coco.frPyObjects(plain, *mask.shape)["counts"] == theirs["counts"]


@given(mask=masks)
def test_it_is_what_pycocotools_writes_and_reads(coco: Any, mask: BoolMask) -> None:
    assert_same(coco, mask)


@pytest.mark.parametrize("name", sorted(EDGE_CASES))
def test_odd_masks_as_pycocotools_writes_and_reads_them(coco: Any, name: str) -> None:
    assert_same(coco, EDGE_CASES[name])


@pytest.mark.parametrize("shape", [(1, 1), (1, 4000), (4000, 1), (2160, 3840), (31, 33)])
@pytest.mark.parametrize("share", [0.0, 0.001, 0.5, 1.0])
def test_odd_shapes_as_pycocotools_writes_and_reads_them(
    coco: Any, shape: tuple[int, int], share: float
) -> None:
    """From no run to millions, and differences of one group and of five."""
    mask = np.random.default_rng(7).random(shape) < share
    assert_same(coco, mask)


def test_a_view_of_a_mask(coco: Any) -> None:
    mask = np.random.default_rng(5).random((40, 60)) < 0.4
    for view in (mask.T, mask[::-1], mask[:, ::-1], mask[::3, 1::2]):
        assert_same(coco, view)


def test_large_runs_and_large_differences() -> None:
    mask = np.zeros((2160, 3840), np.bool_)
    mask[100:2000, 1:3000:7] = True
    mask[5, 3839] = True
    assert np.array_equal(rle.decode(rle.encode(mask)), mask)


def test_a_known_text() -> None:
    """From the definition, by hand: runs 1, 2, 1, 4, 1 are 1, 2, 1, 4-2, 1-1."""
    mask = np.array([[0, 0, 1], [1, 1, 1], [1, 1, 0]], np.bool_)
    assert rle.run_lengths(mask).tolist() == [1, 2, 1, 4, 1]
    assert rle.encode(mask).counts == "12120"


@given(st.text(max_size=30), st.integers(0, 6), st.integers(0, 6))
@example("P" * 14 + "0", 3, 3)
@example("^_3", 2, 2)
@example("ooooooooooo?ooooooooooo?", 3, 3)
def test_any_text_is_read_or_refused(text: str, height: int, width: int) -> None:
    try:
        mask = rle.decode(rle.Rle((height, width), text))
    except UsageError:
        return
    assert mask.shape == (height, width)


def test_what_is_wrong_is_said() -> None:
    with pytest.raises(UsageError, match=r"add up to 3×4 = 12 pixels"):
        rle.decode(rle.Rle((3, 4), "12"))
    with pytest.raises(UsageError, match="compressed run lengths"):
        rle.decode(rle.Rle((3, 4), "é"))
    with pytest.raises(UsageError, match="bool array"):
        rle.encode(np.zeros((3, 4), np.uint8))
