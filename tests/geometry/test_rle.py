"""COCO's run lengths, beside pycocotools where that is installed."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from rtseg.errors import UsageError
from rtseg.geometry import rle
from rtseg.types import BoolMask

masks = arrays.arrays(
    np.bool_, st.tuples(st.integers(1, 40), st.integers(1, 40)), elements=st.booleans()
)


@given(masks)
@example(np.zeros((3, 4), np.bool_))
@example(np.ones((3, 4), np.bool_))
@example(np.zeros((0, 4), np.bool_))
def test_a_mask_comes_back(mask: BoolMask) -> None:
    back = rle.decode(rle.encode(mask))
    assert back.dtype == np.bool_
    assert np.array_equal(back, mask)


@given(masks)
@example(np.ones((3, 4), np.bool_))
def test_it_is_what_pycocotools_writes(mask: BoolMask) -> None:
    coco = pytest.importorskip("pycocotools.mask", reason="needs pycocotools")
    theirs = coco.encode(np.asfortranarray(mask.astype(np.uint8)))
    mine = rle.encode(mask)
    assert mine.counts == theirs["counts"].decode()
    assert list(mine.size) == list(theirs["size"])


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
