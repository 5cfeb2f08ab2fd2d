"""What is found shows as a box until its outline is there, and not a moment longer."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Sequence
from dataclasses import replace

import pytest

from rtseg.config import Config
from rtseg.engine import Engine
from rtseg.engine.lanes import Ask, Lane
from rtseg.geometry import fill, iou
from rtseg.models import Answer, Detection, Instance, ModelInfo, Request
from rtseg.models.detect_then_segment import DetectThenSegment
from rtseg.types import Box, Prompt
from rtseg.wire import TrackedObject
from tests.engine.fakes import (
    THINGS,
    TOUCH,
    FakeSegmenter,
    bright_things,
    entry_of,
    square_frame,
    store_of,
    what_is_touched,
)
from tests.engine.test_session import TICKS, TIMEOUT_S, Reader, show
from tests.engine.test_session_core import Drive, square, touch, words

WIDTH, HEIGHT = 160, 90


def around(x: int, *, score: float = 0.9) -> Detection:
    """The box of the square at this column of `square_frame`."""
    box = Box(x / WIDTH, 20 / HEIGHT, (x + 40) / WIDTH, 60 / HEIGHT)
    return Detection(0, "thing", score, box)


def boxes_of(drive: Drive) -> dict[int, tuple[int, int, int, int]]:
    message = drive.message()
    return {item.track_id: item.path.bbox for item in message.objects if item.stage == "box"}


def look(drive: Drive, *xs: int) -> Ask:
    (ask,) = drive.show(*xs)
    assert ask.lane is Lane.LOOK
    return ask


def test_a_box_takes_the_id_of_its_object() -> None:
    drive = Drive(words())
    ask = look(drive, 0, 100)
    assert boxes_of(drive) == {}
    drive.core.detected(ask, [around(0), around(100, score=0.6)])
    drive.show(0, 100)
    message = drive.message()
    assert [(item.stage, item.label, item.score_u8, item.age_ms) for item in message.objects] == [
        ("box", "thing", 230, 33),
        ("box", "thing", 153, 33),
    ]
    boxes = boxes_of(drive)
    drive.core.answered(ask, bright_things(ask.request))
    drive.show(0, 100)
    assert [item.stage for item in drive.message().objects] == ["fine", "fine"]
    for track_id, x in zip(boxes, (0, 100), strict=True):
        assert boxes[track_id] == (x, 20, x + 40, 60)
        assert iou(drive.masks[track_id], square(x)) > 0.9


def test_a_box_moves_with_what_is_in_it() -> None:
    drive = Drive(words())
    ask = look(drive, 10)
    for n in range(1, 4):
        drive.show(10 + 3 * n)
    drive.core.detected(ask, [around(10)])
    for n in range(4, 10):
        drive.show(10 + 3 * n)
        ((left, top, right, bottom),) = boxes_of(drive).values()
        assert abs(left - (10 + 3 * n)) <= 4
        assert abs(top - 20) <= 3
        assert 40 <= right - left <= 42
        assert 40 <= bottom - top <= 42


def test_what_is_outlined_has_no_box() -> None:
    drive = Drive(words())
    drive.answer([look(drive, 0)])
    ask = look(drive, 3, 100)
    drive.core.detected(ask, [around(3), around(100)])
    drive.show(3, 100)
    assert [box[0] for box in boxes_of(drive).values()] == [100]


def test_one_thing_has_one_box_and_a_doubtful_one_has_none() -> None:
    drive = Drive(words())
    ask = look(drive, 0, 100)
    twice = replace(around(0, score=0.7), box=Box(0, 18 / HEIGHT, 42 / WIDTH, 61 / HEIGHT))
    drive.core.detected(ask, [around(0), twice, around(100, score=0.3)])
    drive.show(0, 100)
    assert len(boxes_of(drive)) == 1


def test_there_are_no_more_boxes_than_objects_may_begin() -> None:
    drive = Drive(words())
    ask = look(drive, 0)
    drive.core.detected(ask, [around(24 * n) for n in range(6)])
    drive.show(0)
    assert len(boxes_of(drive)) == 4


@pytest.mark.parametrize("how", ["nothing is found", "the model fails", "the prompt goes"])
def test_no_box_lingers(how: str) -> None:
    drive = Drive(words())
    ask = look(drive, 0)
    drive.core.detected(ask, [around(0)])
    drive.show(0)
    assert boxes_of(drive)
    if how == "nothing is found":
        drive.core.answered(ask, Answer(()))
    elif how == "the model fails":
        drive.core.failed(ask)
    else:
        drive.set(words(name="other"))
    drive.show(0)
    assert drive.message().objects == ()


def test_what_turned_out_to_be_nothing_does_not_flicker() -> None:
    drive = Drive(words())
    shown = []
    for _ in range(4):
        ask = look(drive, 0)
        drive.core.detected(ask, [around(0)])
        shown.append(len(boxes_of(drive)))
        drive.core.answered(ask, Answer(()))
    assert shown == [1, 0, 0, 0]
    # A look in which the detector sees nothing there forgets it.
    drive.core.detected(ask := look(drive, 0), [])
    drive.core.answered(ask, Answer(()))
    drive.core.detected(look(drive, 0), [around(0)])
    assert len(boxes_of(drive)) == 1


def test_a_box_that_leaves_the_picture_goes() -> None:
    drive = Drive(words())
    ask = look(drive, 100)
    drive.core.detected(ask, [around(100)])
    for n in range(30):
        drive.show(100 + 4 * n)
    for left, top, right, bottom in boxes_of(drive).values():
        assert 0 <= left < right <= WIDTH
        assert 0 <= top < bottom <= HEIGHT


def test_a_box_that_is_drawn_shows_until_its_outline_is_there() -> None:
    box = around(20).box
    drive = Drive(touch(box=box))
    asks = drive.show(20)
    ((track_id, px),) = boxes_of(drive).items()
    assert px == (20, 20, 60, 60)
    drive.show(20)
    assert boxes_of(drive)
    drive.answer(asks, Lane.TOUCH)
    drive.show(20)
    (item,) = drive.message().objects
    assert (item.track_id, item.stage) == (track_id, "fine")
    # A second box around the same object is a correction: its outline stays.
    drive.set(touch(box=replace(box, x_max=0.5)))
    drive.show(20)
    assert boxes_of(drive) == {}


# With threads and a stream


class Detecting:
    """Knows at once where the squares are; a `Detector`."""

    info = replace(THINGS, name="finder")

    def can_answer(self, prompt: Prompt) -> bool:
        return True

    def warm_up(self) -> None:
        pass

    def detect(self, batch: Sequence[Request]) -> list[tuple[Detection, ...]]:
        return [
            tuple(_boxed(each) for each in bright_things(request).instances) for request in batch
        ]

    def close(self) -> None:
        pass


def _boxed(found: Instance) -> Detection:
    rows, columns = found.mask.any(axis=1).nonzero()[0], found.mask.any(axis=0).nonzero()[0]
    box = Box(
        columns[0] / WIDTH, rows[0] / HEIGHT, (columns[-1] + 1) / WIDTH, (rows[-1] + 1) / HEIGHT
    )
    return Detection(found.prompt, found.label, found.score, box)


async def test_a_slow_model_shows_a_box_and_then_the_outline() -> None:
    gate = threading.Semaphore(0)
    outliner = FakeSegmenter(what_is_touched, info=TOUCH, gate=gate)
    models: dict[str, DetectThenSegment | FakeSegmenter] = {}

    def load(name: str) -> DetectThenSegment | FakeSegmenter:
        return models.setdefault(name, DetectThenSegment(Detecting(), outliner))

    info: ModelInfo = replace(THINGS, name="things")
    store = store_of(entry_of(info, speed="interactive"), entry_of(TOUCH))
    engine = Engine(Config(), store=store, load=load)
    try:
        session = await engine.open([Prompt("thing")])
        reader = Reader(session, is_reliable=False)
        stages: list[list[TrackedObject]] = []
        truth = square_frame(0, 50).pixels()[..., 0] > 127

        async def until(stage: str) -> TrackedObject:
            async with asyncio.timeout(TIMEOUT_S):
                while True:
                    n = len(stages)
                    message = await show(session, reader, square_frame(n * TICKS, 50))
                    stages.append(list(message.objects))
                    if message.objects and message.objects[0].stage == stage:
                        return message.objects[0]
                    await asyncio.sleep(0.001)

        box = await until("box")
        assert box.path.bbox == (50, 20, 90, 60)
        assert box.label == "thing"
        gate.release()
        outline = await until("fine")
        assert outline.track_id == box.track_id
        assert iou(fill(outline.path, truth.shape), truth) > 0.9
        seen = [items[0].stage for items in stages if items]
        assert seen == ["box"] * (len(seen) - 1) + ["fine"]
        for _ in range(50):
            gate.release()
    finally:
        for _ in range(50):
            gate.release()
        await engine.close()
