from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from rtseg.errors import UsageError
from rtseg.models import loading
from rtseg.models.catalogue import Catalogue, builtin
from rtseg.models.detect_then_segment import MAX_THINGS, DetectThenSegment
from rtseg.models.onnx.detector import YoloxDetector
from rtseg.models.protocol import Answer, Detection, Instance, ModelInfo, Request
from rtseg.models.store import Store
from rtseg.models.vocabulary import vocabulary
from rtseg.types import Box, Image, Prompt
from tests.models.detecting import BLUE, RED, BoxOutliner, picture, store_with
from tests.models.onnx_files import colour_detector

SHARED = Path(__file__).parents[3] / "shared"


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return store_with(tmp_path, {"model.onnx": colour_detector()})


@pytest.fixture
def detector(store: Store) -> YoloxDetector:
    return YoloxDetector(store.catalogue.entry("ours"), store, "cpu")


class Boxes:
    """A detector that has found already."""

    info = ModelInfo("boxes", "Boxes", "MIT", ("thing",), "cpu")

    def __init__(self, *found: tuple[float, Box], prompts: Sequence[int] = ()) -> None:
        numbers = prompts or [0] * len(found)
        self._found = tuple(
            Detection(number, "thing", score, box)
            for number, (score, box) in zip(numbers, found, strict=True)
        )

    def can_answer(self, prompt: Prompt) -> bool:
        return True

    def warm_up(self) -> None: ...

    def detect(self, batch: Sequence[Request]) -> list[tuple[Detection, ...]]:
        return [self._found for _ in batch]

    def close(self) -> None: ...


def everything_in(*boxes: Box) -> Image:
    """White where the boxes are: the stand-in outlines just that."""
    image = picture(side_px=100)
    for box in boxes:
        x0, y0, x1, y1 = (round(v) for v in box.to_px(100, 100))
        image[y0:y1, x0:x1] = 255
    return image


def test_words_become_masks(detector: YoloxDetector) -> None:
    both = DetectThenSegment(detector, BoxOutliner())
    image = picture((1, 2, RED), (5, 6, RED), (4, 1, BLUE), side_px=128)
    (answer,) = both.segment([Request(image, (Prompt("blue"), Prompt("reds")))])
    assert [(i.prompt, i.label) for i in answer.instances] == [(0, "blue"), (1, "red"), (1, "red")]
    assert all(i.score == pytest.approx(1) for i in answer.instances)
    assert (answer.of(0)[0].mask == (image == BLUE).all(2)).all()
    found = answer.of(1)[0].mask | answer.of(1)[1].mask
    assert (found == (image == RED).all(2)).all()


def test_a_batch_is_one_call_of_the_outliner(detector: YoloxDetector) -> None:
    outliner = BoxOutliner()
    both = DetectThenSegment(detector, outliner)
    answers = both.segment(
        [
            Request(picture((0, 0, RED), (2, 2, RED)), (Prompt("red"),)),
            Request(picture(), (Prompt("red"),)),
            Request(picture((7, 7, BLUE)), ()),
            Request(picture((3, 3, BLUE)), (Prompt("blue"), Prompt("red"))),
        ]
    )
    assert [len(answer.instances) for answer in answers] == [2, 0, 0, 1]
    (call,) = outliner.calls
    assert [len(request.prompts) for request in call] == [2, 1]
    for request in call:
        assert request.memory is None
        assert request.hints == ()
        assert all(prompt.box and not prompt.text for prompt in request.prompts)
    assert both.segment([Request(picture(), (Prompt("red"),))])[0].instances == ()
    assert len(outliner.calls) == 1  # nothing to outline


def test_a_box_with_nothing_in_it_is_no_thing() -> None:
    full, empty = Box(0.1, 0.1, 0.3, 0.3), Box(0.6, 0.6, 0.9, 0.9)
    both = DetectThenSegment(Boxes((0.9, empty), (0.8, full)), BoxOutliner())
    (found,) = both.segment([Request(everything_in(full), (Prompt("x"),))])[0].instances
    assert found.score == pytest.approx(0.8)
    assert found.mask.sum() == 400


def test_a_pixel_belongs_to_the_surest() -> None:
    left, right = Box(0.1, 0.1, 0.5, 0.5), Box(0.4, 0.1, 0.8, 0.5)
    both = DetectThenSegment(Boxes((0.9, left), (0.8, right)), BoxOutliner())
    found = both.segment([Request(everything_in(left, right), (Prompt("x"),))])[0].instances
    assert [int(each.mask.sum()) for each in found] == [1600, 1200]
    assert not (found[0].mask & found[1].mask).any()


def test_what_surer_ones_have_mostly_is_left_out() -> None:
    whole, part = Box(0.1, 0.1, 0.5, 0.5), Box(0.25, 0.1, 0.55, 0.5)
    both = DetectThenSegment(Boxes((0.9, whole), (0.8, part)), BoxOutliner())
    (found,) = both.segment([Request(everything_in(whole, part), (Prompt("x"),))])[0].instances
    assert found.mask.sum() == 1600


def test_two_prompts_may_have_the_same_thing() -> None:
    box = Box(0.1, 0.1, 0.5, 0.5)
    both = DetectThenSegment(Boxes((0.7, box), (0.9, box), prompts=(0, 1)), BoxOutliner())
    prompts = (Prompt("x"), Prompt("y"))
    (answer,) = both.segment([Request(everything_in(box), prompts)])
    assert [each.prompt for each in answer.instances] == [0, 1]


class Scored(BoxOutliner):
    """Surer of small boxes."""

    def segment(self, batch: Sequence[Request]) -> list[Answer]:
        return [
            Answer(
                tuple(
                    replace(each, score=1 - float(np.count_nonzero(each.mask)) / each.mask.size)
                    for each in answer.instances
                )
            )
            for answer in super().segment(batch)
        ]


def test_the_score_is_the_detectors() -> None:
    large, small = Box(0, 0, 0.8, 0.8), Box(0.9, 0.9, 1, 1)
    both = DetectThenSegment(Boxes((0.9, large), (0.6, small)), Scored())
    found = both.segment([Request(everything_in(large, small), (Prompt("x"),))])[0].instances
    assert [round(each.score, 3) for each in found] == [0.9, 0.6]


def test_a_crowd_is_cut_off_at_the_surest() -> None:
    boxes = [Box(n / 50, 0, (n + 1) / 50, 0.5) for n in range(50)]
    outliner = BoxOutliner()
    found = [(1 - n / 100, box) for n, box in enumerate(boxes)]
    both = DetectThenSegment(Boxes(*found), outliner)
    (answer,) = both.segment([Request(everything_in(*boxes), (Prompt("x"),))])
    assert len(answer.instances) == MAX_THINGS
    assert outliner.calls[0][0].prompts[-1].box == boxes[MAX_THINGS - 1]


def test_what_it_is(detector: YoloxDetector) -> None:
    both = DetectThenSegment(detector, BoxOutliner())
    assert both.info.name == "ours + stand-in"
    assert both.info.licence == "CC0-1.0 AND MIT"
    assert both.info.labels == ("red", "blue")
    assert both.info.note == "Cells of one colour. Simple."
    assert both.info.takes == {"text"}
    assert both.can_answer(Prompt("red"))
    assert not both.can_answer(Prompt("green"))


def test_an_outliner_that_takes_no_boxes_is_refused(detector: YoloxDetector) -> None:
    outliner = BoxOutliner()
    outliner.info = replace(outliner.info, takes=frozenset({"point", "text"}))
    with pytest.raises(UsageError, match="'stand-in' takes: point, text"):
        DetectThenSegment(detector, outliner)


def test_a_wrong_request_runs_nothing(detector: YoloxDetector) -> None:
    outliner = BoxOutliner()
    both = DetectThenSegment(detector, outliner)
    good = Request(picture((1, 1, RED)), (Prompt("red"),))
    with pytest.raises(UsageError, match="cannot find 'green'"):
        both.segment([good, Request(picture(), (Prompt("green"),))])
    assert outliner.calls == []


def test_closing_leaves_a_shared_outliner_open(detector: YoloxDetector) -> None:
    outliner = BoxOutliner()
    both = DetectThenSegment(detector, outliner)
    both.warm_up()
    both.close()
    both.close()
    assert not outliner.is_closed
    with pytest.raises(UsageError, match="closed"):
        both.segment([Request(picture(), (Prompt("red"),))])


def test_loading_a_detector_brings_the_best_outliner(store: Store) -> None:
    entries = [store.catalogue.entry("ours"), builtin().entry("touch")]
    loaded = loading.load("ours", store=Store(store.home, catalogue=Catalogue(entries)))
    assert isinstance(loaded, DetectThenSegment)
    assert loaded.info.name == "ours + touch"
    image = picture((3, 3, RED), side_px=256)
    (found,) = loaded.segment([Request(image, (Prompt("reds"),))])[0].instances
    truth = (image == RED).all(2)
    assert (found.mask & truth).sum() / (found.mask | truth).sum() > 0.8


@pytest.mark.skipif(not SHARED.is_dir(), reason="needs ../shared/models and ../shared/data")
def test_real_things_of_a_real_picture(tmp_path: Path) -> None:
    words = vocabulary("coco")
    content = (SHARED / "models" / "yolox_nano.onnx").read_bytes()
    store = store_with(tmp_path, {"model.onnx": content}, labels=words.labels, groups=words.groups)
    detector = YoloxDetector(store.catalogue.entry("ours"), store, "cpu")
    both = DetectThenSegment(detector, BoxOutliner(by_colours=True))
    image = cv2.imread(str(SHARED / "data/davis/JPEGImages/480p/libby/00000.jpg"))
    truth = cv2.imread(str(SHARED / "data/davis/Annotations/480p/libby/00000.png"), 0)
    assert image is not None
    assert truth is not None
    request = Request(np.asarray(image, np.uint8), (Prompt("puppy"), Prompt("cat")))
    (answer,) = both.segment([request])
    assert answer.of(1) == ()
    (dog,) = answer.of(0)
    assert dog.label == "dog"
    true = truth > 0
    assert (dog.mask & true).sum() / (dog.mask | true).sum() > 0.5


def test_instances_are_ours_to_keep() -> None:
    """A mask that nobody contests is not the outliner's own array, which may be its buffer."""
    box = Box(0.1, 0.1, 0.5, 0.5)
    kept: list[Instance] = []

    class Keeping(BoxOutliner):
        def segment(self, batch: Sequence[Request]) -> list[Answer]:
            answers = super().segment(batch)
            kept.extend(answers[0].instances)
            return answers

    both = DetectThenSegment(Boxes((0.9, box)), Keeping())
    (found,) = both.segment([Request(everything_in(box), (Prompt("x"),))])[0].instances
    assert not np.shares_memory(found.mask, kept[0].mask)
