"""The hand model on its real weights, on real photos where there are some."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

import cv2
import numpy as np
import pytest

from rtseg.geometry import iou
from rtseg.models import Instance, Memory, Request, Segmenter
from rtseg.types import Image, Prompt
from tests.models.mediapipe.pictures import frames, photo


@pytest.fixture(scope="module")
def segmenter(loaded: Callable[[str], Segmenter]) -> Segmenter:
    return loaded("hand")


def look(segmenter: Segmenter, image: Image, memory: Memory | None = None) -> tuple[Instance, ...]:
    (answer,) = segmenter.segment([Request(image, (Prompt("hands"),), memory)])
    return answer.instances


def test_a_hand_that_points(segmenter: Segmenter) -> None:
    """The fist, the finger that it points with; not the sleeve, not the coat behind."""
    image = photo("zidane.jpg")
    (hand,) = look(segmenter, image)
    assert hand.label == "hand"
    assert hand.score > 0.9
    assert hand.mask[420:475, 1010:1075].mean() > 0.9
    assert hand.mask[409:417, 1085:1145].mean() > 0.75, "the finger"
    assert hand.mask[:, :970].sum() + hand.mask[500:].sum() + hand.mask[:400].sum() < 60
    assert 4000 < hand.mask.sum() < 9000


def test_both_hands_before_each_other(segmenter: Segmenter) -> None:
    hands = look(segmenter, photo("coco_000000001296.jpg"))
    assert len(hands) == 2
    assert iou(hands[0].mask, hands[1].mask) < 0.3


def test_a_turned_picture(segmenter: Segmenter) -> None:
    image = photo("zidane.jpg")[180:700, 740:1260]
    (straight,) = look(segmenter, image)
    (turned,) = look(segmenter, np.asarray(cv2.rotate(image, cv2.ROTATE_90_CLOCKWISE), np.uint8))
    expected = cv2.rotate(straight.mask.astype(np.uint8), cv2.ROTATE_90_CLOCKWISE) > 0
    assert iou(turned.mask, expected) > 0.65


def test_nobody_there(segmenter: Segmenter) -> None:
    assert look(segmenter, photo("groceries.jpg")) == ()


def test_a_session_follows_both_hands(segmenter: Segmenter) -> None:
    memory = segmenter.new_memory()
    found = [look(segmenter, image, memory) for image in frames("10_cloth_magic.mp4", 160, 6)]
    assert [len(hands) for hands in found] == [2] * 6
    for before, after in pairwise(found):
        for hand in before:
            assert max(iou(hand.mask, other.mask) for other in after) > 0.6


def test_nothing_to_see(segmenter: Segmenter) -> None:
    image = np.zeros((90, 160, 3), np.uint8)
    memory = segmenter.new_memory()
    assert [look(segmenter, image, memory) for _ in range(2)] == [(), ()]
