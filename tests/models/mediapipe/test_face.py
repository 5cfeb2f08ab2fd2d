"""The face model on its real weights, on real photos where there are some."""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np
import pytest

from rtseg.errors import UsageError
from rtseg.geometry import iou
from rtseg.models import Instance, Memory, Request, Segmenter, builtin
from rtseg.models.mediapipe.face_shapes import PARTS
from rtseg.types import BoolMask, Image, Prompt
from tests.models.mediapipe.pictures import frames, photo


@pytest.fixture(scope="module")
def segmenter(loaded: Callable[[str], Segmenter]) -> Segmenter:
    return loaded("face")


def look(
    segmenter: Segmenter, image: Image, *texts: str, memory: Memory | None = None
) -> tuple[Instance, ...]:
    prompts = tuple(Prompt(text) for text in texts or ("face",))
    (answer,) = segmenter.segment([Request(image, prompts, memory)])
    return answer.instances


def middle(mask: BoolMask) -> tuple[float, float]:
    rows, columns = np.nonzero(mask)
    return float(columns.mean()), float(rows.mean())


def test_two_men_one_from_the_side(segmenter: Segmenter) -> None:
    image = photo("zidane.jpg")
    right, left = look(segmenter, image)  # the surest first
    assert right.mask.shape == image.shape[:2]
    assert right.mask.dtype == np.bool_
    assert (right.label, right.prompt) == ("face", 0)
    assert right.score > 0.95 > left.score > 0.5
    assert middle(right.mask) == pytest.approx((990, 190), abs=25)
    assert middle(left.mask) == pytest.approx((605, 370), abs=30)
    by_hand = cv2.ellipse(
        np.zeros(image.shape[:2], np.uint8), (990, 193), (68, 95), 5, 0, 360, 1, -1
    )
    assert iou(right.mask, by_hand > 0) > 0.75


def test_small_faces_of_a_group(segmenter: Segmenter) -> None:
    """Twelve children and a man, faces of 23 to 43 pixels; one looks away."""
    faces = look(segmenter, photo("coco_000000001000.jpg"))
    assert len(faces) >= 11
    heads = np.zeros((480, 640), np.bool_)
    heads[95:300, 60:620] = True
    for face in faces:
        assert 200 < face.mask.sum() < 3000
        assert (face.mask & heads).sum() > 0.9 * face.mask.sum()


def test_parts_are_where_they_belong(segmenter: Segmenter) -> None:
    image = photo("coco_000000001296.jpg")
    parts = look(segmenter, image, "face", "eyes", "left eye", "Right Eye", "eyebrows", "lips")
    (face,) = (part.mask for part in parts if part.label == "face")
    assert [part.label for part in parts] == [
        *("face", "eye", "eye", "left eye", "right eye", "eyebrow", "eyebrow", "lips")
    ]
    for part in parts:
        assert (part.mask & face).sum() > 0.95 * part.mask.sum()
    one, other, left, right, _, _, lips = (part.mask for part in parts[1:])
    assert middle(left)[0] > middle(right)[0], "the person's own left is on the right"
    np.testing.assert_array_equal(one, left)
    np.testing.assert_array_equal(other, right)
    assert middle(lips)[1] > middle(face)[1] > middle(left)[1]


def test_the_mouth_is_the_lips_with_what_is_between_them(segmenter: Segmenter) -> None:
    """The man on the left shouts."""
    image = photo("zidane.jpg")
    parts = look(segmenter, image, "lips", "mouth")
    lips, mouth = (parts[i].mask for i in (1, 3))
    assert (lips & ~mouth).sum() <= 0.02 * lips.sum()
    assert mouth.sum() > 1.15 * lips.sum()


@pytest.mark.parametrize("degrees", [-40, 25])
def test_a_turned_head(segmenter: Segmenter, degrees: float) -> None:
    """The outline turns with the picture."""
    image = photo("zidane.jpg")[:540, 720:1260]
    (straight,) = look(segmenter, image)
    turn = cv2.getRotationMatrix2D((270, 190), degrees, 1.0)
    (turned,) = look(segmenter, np.asarray(cv2.warpAffine(image, turn, (540, 540)), np.uint8))
    expected = cv2.warpAffine(straight.mask.astype(np.uint8), turn, (540, 540)) > 0
    assert iou(turned.mask, expected) > 0.8


def test_a_face_that_the_frame_cuts(segmenter: Segmenter) -> None:
    image = photo("zidane.jpg")
    cut = np.ascontiguousarray(image[:, :1010])
    whole, _ = look(segmenter, image)
    masks = [face.mask for face in look(segmenter, cut) if face.mask[:, 900:].any()]
    assert len(masks) == 1
    assert iou(masks[0], whole.mask[:, :1010]) > 0.9


@pytest.mark.parametrize("name", ["cars.jpg", "groceries.jpg", "truck.jpg"])
def test_nobody_there(segmenter: Segmenter, name: str) -> None:
    assert look(segmenter, photo(name)) == ()


def test_a_session_follows_and_agrees_with_single_images(segmenter: Segmenter) -> None:
    memory = segmenter.new_memory()
    images = frames("10_cloth_magic.mp4", 0, 5)
    for image in images:
        (face,) = look(segmenter, image, memory=memory)
    (alone,) = look(segmenter, images[-1])
    assert iou(face.mask, alone.mask) > 0.9


def test_a_batch_is_each_image_alone(segmenter: Segmenter) -> None:
    images = [photo("zidane.jpg"), np.zeros((90, 160, 3), np.uint8)]
    answers = segmenter.segment([Request(image, (Prompt("face"),)) for image in images])
    assert [len(answer.instances) for answer in answers] == [2, 0]


def test_prompts_of_one_label_and_none(segmenter: Segmenter) -> None:
    image = photo("zidane.jpg")
    assert [face.prompt for face in look(segmenter, image, "face", "Faces")] == [0, 0, 1, 1]
    (answer,) = segmenter.segment([Request(image, ())])
    assert answer.instances == ()
    assert segmenter.segment([]) == []


@pytest.mark.parametrize("shape", [(1, 1), (1, 300), (300, 1), (3, 5), (100, 2000)])
def test_any_size(segmenter: Segmenter, shape: tuple[int, int]) -> None:
    image = np.random.default_rng(7).integers(0, 256, (*shape, 3), np.uint8)
    memory = segmenter.new_memory()
    for found in (look(segmenter, image, memory=memory), look(segmenter, image, memory=memory)):
        for instance in found:
            assert instance.mask.shape == shape
            assert instance.mask.any()


def test_what_is_not_an_image(segmenter: Segmenter) -> None:
    with pytest.raises(UsageError, match=r"expected a BGR image, \(H, W, 3\) uint8"):
        look(segmenter, np.zeros((4, 4), np.uint8))


def test_a_prompt_that_it_cannot_answer(segmenter: Segmenter) -> None:
    assert not segmenter.can_answer(Prompt("cat"))
    with pytest.raises(UsageError, match=r"cannot outline 'cat'; it knows: face, eye"):
        look(segmenter, np.zeros((9, 9, 3), np.uint8), "cat")


def test_what_it_says_of_itself(segmenter: Segmenter) -> None:
    assert segmenter.info.licence == "Apache-2.0"
    assert segmenter.info.labels == PARTS
    assert not segmenter.info.merges
    assert not segmenter.info.remembers


@pytest.mark.parametrize(
    ("text", "label"),
    [("my lips", "lips"), ("lip", "lips"), ("the mouth", "mouth"), ("brows", "eyebrow")],
)
def test_other_words(text: str, label: str) -> None:
    from rtseg.models.labels import label_for

    assert label_for(text, builtin().entry("face")) == label


def test_closed_is_closed(loaded: Callable[[str], Segmenter]) -> None:
    segmenter = loaded("face")
    segmenter.close()
    segmenter.close()
    with pytest.raises(UsageError, match="closed"):
        look(segmenter, np.zeros((9, 9, 3), np.uint8))
