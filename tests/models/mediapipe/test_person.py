"""The person model on its real weights, on a real photo where there is one."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from rtseg.bench.figure import draw_person
from rtseg.errors import BackendError, ModelCorruptError, UsageError
from rtseg.geometry import iou
from rtseg.models import Answer, Request, Segmenter, Store, load
from rtseg.models.mediapipe import net as net_module
from rtseg.types import BoolMask, Image, Prompt
from tests.models.mediapipe.pictures import photo

PERSON = (Prompt("person"),)


@pytest.fixture(scope="module")
def segmenter(weights: Store) -> Segmenter:
    loaded = load("person", store=weights)
    loaded.warm_up()
    return loaded


def look(segmenter: Segmenter, image: Image) -> Answer:
    (answer,) = segmenter.segment([Request(image, PERSON)])
    return answer


def mask_of(segmenter: Segmenter, image: Image) -> BoolMask:
    (instance,) = look(segmenter, image).instances
    return instance.mask


def painted(shape: tuple[int, int], *boxes: tuple[int, int, int, int]) -> BoolMask:
    mask = np.zeros(shape, np.bool_)
    for x0, y0, x1, y1 in boxes:
        mask[y0:y1, x0:x1] = True
    return mask


def test_two_men_on_a_wide_photo(segmenter: Segmenter) -> None:
    image = photo("zidane.jpg")
    (instance,) = look(segmenter, image).instances
    mask = instance.mask
    assert mask.shape == image.shape[:2]
    assert mask.dtype == np.bool_
    assert instance.label == "person"
    assert instance.prompt == 0
    assert 0.9 < instance.score <= 1.0
    # two heads and a chest, by eye; then the stands left and right above their shoulders
    inside = painted(mask.shape, (520, 240, 650, 360), (910, 80, 1010, 200), (500, 500, 640, 700))
    outside = painted(mask.shape, (0, 0, 250, 350), (1150, 0, 1280, 250))
    assert mask[inside].mean() > 0.95
    assert mask[outside].mean() < 0.05


@pytest.mark.parametrize("at_s", [0.0, 0.9, 2.0])
def test_the_drawn_person_whose_mask_is_known(segmenter: Segmenter, at_s: float) -> None:
    """Needs no photo: the model takes the drawing for a person (IoU .957 at least over 6 s)."""
    image, truth = draw_person(at_s, (640, 360))
    assert iou(mask_of(segmenter, image), truth) > 0.93


def test_walkers_on_a_tall_photo(segmenter: Segmenter) -> None:
    image = photo("bus.jpg")
    mask = mask_of(segmenter, image)
    assert mask.shape == (1080, 810)
    assert mask[420:800, 90:190].mean() > 0.6, "the walker on the left"
    assert mask[:350].mean() < 0.02, "houses and sky"


def test_colours_are_taken_as_bgr(segmenter: Segmenter) -> None:
    """A skier in red before snow: blue instead of red costs certainty and shape."""
    image = photo("coco_000000000785.jpg")
    straight = look(segmenter, image).instances[0]
    swapped = look(segmenter, np.ascontiguousarray(image[..., ::-1])).instances[0]
    assert straight.score > swapped.score


def test_the_mask_follows_a_mirrored_image(segmenter: Segmenter) -> None:
    image = photo("zidane.jpg")
    straight = mask_of(segmenter, image)
    mirrored = mask_of(segmenter, np.ascontiguousarray(image[:, ::-1]))[:, ::-1]
    assert (straight & mirrored).sum() > 0.85 * (straight | mirrored).sum()


def test_a_batch_is_each_image_alone(segmenter: Segmenter) -> None:
    images = [photo("zidane.jpg"), np.zeros((90, 160, 3), np.uint8), photo("bus.jpg")]
    answers = segmenter.segment([Request(image, PERSON) for image in images])
    assert [len(answer.instances) for answer in answers] == [1, 0, 1]
    for image, answer in zip(images, answers, strict=True):
        alone = look(segmenter, image)
        for one, other in zip(answer.instances, alone.instances, strict=True):
            np.testing.assert_array_equal(one.mask, other.mask)


def test_each_prompt_gets_its_answer(segmenter: Segmenter) -> None:
    image = photo("zidane.jpg")
    prompts = (Prompt("people"), Prompt("Men"))
    (answer,) = segmenter.segment(
        [
            Request(image, prompts),
        ]
    )
    assert [found.prompt for found in answer.instances] == [0, 1]
    assert len(answer.of(1)) == 1
    (nothing_asked,) = segmenter.segment([Request(image, ())])
    assert nothing_asked.instances == ()
    assert segmenter.segment([]) == []


def test_nobody_in_a_drawn_picture(segmenter: Segmenter) -> None:
    """Without `_without_doubtful` the model sees a speck in it, with probability 0.505."""
    image = np.full((360, 640, 3), (90, 160, 80), np.uint8)
    cv2.rectangle(image, (80, 200), (200, 320), (40, 60, 200), -1)
    cv2.line(image, (0, 100), (639, 140), (250, 250, 250), 5)
    assert look(segmenter, image).instances == ()


@pytest.mark.parametrize("shape", [(1, 1), (1, 700), (700, 1), (3, 5), (2000, 3000)])
def test_any_size(segmenter: Segmenter, shape: tuple[int, int]) -> None:
    image = np.random.default_rng(7).integers(0, 256, (*shape, 3), np.uint8)
    for instance in look(segmenter, image).instances:
        assert instance.mask.shape == shape
        assert instance.mask.any()


def test_a_view_with_strides_is_an_image_too(segmenter: Segmenter) -> None:
    image = photo("zidane.jpg")
    view = image[::2, ::2]
    np.testing.assert_array_equal(
        mask_of(segmenter, view), mask_of(segmenter, np.ascontiguousarray(view))
    )


@pytest.mark.parametrize(
    "image",
    [
        np.zeros((4, 4), np.uint8),
        np.zeros((4, 4, 4), np.uint8),
        np.zeros((4, 4, 3), np.float32),
        np.zeros((0, 4, 3), np.uint8),
        np.zeros((1, 4, 4, 3), np.uint8),
    ],
)
def test_what_is_not_an_image(segmenter: Segmenter, image: np.ndarray) -> None:
    with pytest.raises(UsageError, match=r"expected a BGR image, \(H, W, 3\) uint8"):
        look(segmenter, image)


def test_a_prompt_that_it_cannot_answer(segmenter: Segmenter) -> None:
    assert segmenter.can_answer(Prompt("Persons"))
    assert not segmenter.can_answer(Prompt("cat"))
    with pytest.raises(UsageError, match="cannot outline 'cat'"):
        segmenter.segment([Request(np.zeros((9, 9, 3), np.uint8), (Prompt("cat"),))])


def test_what_it_says_of_itself(segmenter: Segmenter) -> None:
    assert segmenter.info.name == "person"
    assert segmenter.info.licence == "Apache-2.0"
    assert segmenter.info.labels == ("person",)
    assert segmenter.info.device == "cpu"
    assert segmenter.info.merges
    assert "Several people give one mask" in segmenter.info.note
    assert segmenter.new_memory() is None


def test_closed_is_closed(weights: Store) -> None:
    segmenter = load("person", "cpu", store=weights)
    segmenter.close()
    segmenter.close()
    with pytest.raises(UsageError, match="closed"):
        look(segmenter, np.zeros((9, 9, 3), np.uint8))


def test_a_damaged_file_is_not_loaded(weights: Store, tmp_path: Path) -> None:
    copy = Store(tmp_path)
    copy.folder("person").mkdir(parents=True)
    for check in weights.verify("person"):
        content = check.path.read_bytes()
        (copy.folder("person") / check.path.name).write_bytes(
            content[:-1] + bytes([content[-1] ^ 1])
        )
    with pytest.raises(ModelCorruptError, match="rtseg models pull person"):
        load("person", store=copy)


def test_a_file_that_is_no_network(weights: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(net_module.Store, "read", lambda *_: b"not a network" * 100)
    with pytest.raises(BackendError, match=r"selfie.*: expected a TensorFlow Lite file"):
        load("person", store=weights)
