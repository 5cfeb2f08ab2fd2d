"""Evidence: whose word it is, and what of it contradicts what was had."""

from __future__ import annotations

import cv2
import numpy as np

from rtseg.tracking.evidence import contradicts, renewed, word_of
from rtseg.tracking.history import Past
from rtseg.tracking.plate import Glimpse, taken_by
from rtseg.types import BoolMask
from tests.tracking.scenes import texture

SHAPE = 180, 320


def past(index: int) -> Past:
    picture = cv2.cvtColor(texture(*SHAPE, index), cv2.COLOR_BGR2LAB).astype(np.uint8)
    return Past(index, 1000 + index, (360, 640), Glimpse(picture, None), ())


def box(x0: int, x1: int) -> BoolMask:
    mask = np.zeros((360, 640), np.bool_)
    mask[100:200, x0:x1] = True
    return mask


def test_a_word_is_of_its_own_frame_and_what_is_renewed_of_an_earlier_one() -> None:
    word = word_of(past(3), box(100, 200))
    assert (word.index, word.seen_index, word.seen_id, word.is_word) == (3, 3, 1003, True)
    ours = renewed(word, past(8), box(120, 220))
    assert (ours.index, ours.seen_index, ours.seen_id, ours.is_word) == (8, 3, 1003, False)
    again = renewed(ours, past(9), box(120, 220))
    assert (again.index, again.seen_id) == (9, 1003)


def test_masks_are_kept_at_both_sizes() -> None:
    word = word_of(past(0), box(100, 200))
    assert np.array_equal(word.mask > 0, box(100, 200))
    assert word.memory.mask.shape == SHAPE
    assert word.memory.mask.sum() == 100 * 100 / 4
    assert not word.is_empty
    assert word_of(past(0), np.zeros((360, 640), np.bool_)).is_empty


def test_another_place_contradicts_and_a_little_more_does_not() -> None:
    frame = past(0)
    ours = taken_by(word_of(frame, box(100, 200)).memory.mask)
    assert contradicts(box(300, 400), frame, ours)
    assert contradicts(box(170, 270), frame, ours)
    assert not contradicts(box(100, 200), frame, ours)
    assert not contradicts(box(90, 220), frame, ours)
