"""What a session asks, and what it makes of the answers: no thread, no clock, no network."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from rtseg.engine.history import FrameHistory
from rtseg.engine.lanes import Ask, Lane, Pace
from rtseg.engine.prompts import Routed, Wanted, merge
from rtseg.engine.session_core import SessionCore
from rtseg.geometry import iou
from rtseg.models import Answer, Instance, ModelInfo, Request, Route
from rtseg.tracking import Tracker
from rtseg.types import BoolMask, Box, Frame, Point, Prompt
from rtseg.wire import Decoder, Encoder, FrameMessage
from tests.engine.fakes import (
    PERSON,
    THINGS,
    TOUCH,
    VIDEO,
    bright_pixels,
    bright_things,
    entry_of,
    square_frame,
    what_is_touched,
)

TICKS = 3000
SECOND_NS = 1_000_000_000
ANSWERS: dict[str, Callable[[Request], Answer]] = {
    "person": bright_pixels,
    "things": bright_things,
    "touch": what_is_touched,
}


def on(x: int, *, frame: int | None = None, positive: bool = True) -> Point:
    """A point on the square at this column of `square_frame`."""
    return Point((x + 20) / 160, 40 / 90, positive, frame)


def words(model: ModelInfo = THINGS, *, name: str = "w", speed: str = "camera") -> Routed:
    route = Route(model.name, model.labels[0])
    return Routed(Prompt(model.labels[0], id=name), route, model, entry_of(model, speed=speed))


def touch(
    *points: Point, name: str = "t", box: Box | None = None, model: ModelInfo = TOUCH
) -> Routed:
    route = Route(model.name, "object")
    return Routed(Prompt("", points, box, id=name), route, model, entry_of(model))


class Drive:
    """A core, its frames, and models that answer when the test lets them."""

    def __init__(self, *routed: Routed, follower: ModelInfo | None = None) -> None:
        self._new_id = itertools.count(1).__next__
        self.tracker = Tracker()
        self.core = SessionCore(
            self.tracker, Encoder(), self._new_id, follower=follower, pace=Pace(), max_objects=4
        )
        self.frames = FrameHistory()
        self.now_ns = 0
        self.n = -1
        self.decoder = Decoder()
        self.wanted: tuple[Wanted, ...] = ()
        self.masks: dict[int, BoolMask] = {}
        self.set(*routed)

    def set(self, *routed: Routed) -> None:
        self.wanted = merge(self.wanted, routed, self._new_id)
        self.core.follow(self.wanted)

    def show(self, *xs: int, after_ns: int = SECOND_NS // 30, is_behind: bool = False) -> list[Ask]:
        """Let the next frame through, with squares at these columns; give what is asked then."""
        self.n += 1
        self.now_ns += after_ns
        frame = square_frame(self.n * TICKS, *xs)
        image = frame.pixels()
        self.frames.put(frame)
        self.core.follow(self.wanted)
        self.masks = self.core.step(frame.frame_id, image)
        asks = self.core.asks(frame, image, self.frames, self.now_ns, is_behind=is_behind)
        return list(asks)

    def answer(self, asks: list[Ask], *lanes: Lane) -> list[Lane]:
        """Answer those of these lanes (all when none is named); give the lanes."""
        for ask in asks:
            if not lanes or ask.lane in lanes:
                self.core.answered(ask, ANSWERS.get(ask.model, what_is_touched)(ask.request))
        return [ask.lane for ask in asks]

    def message(self, size: tuple[int, int] = (90, 160)) -> FrameMessage:
        writer = self.core.pack(self.n * TICKS, size, self.core.outline(self.masks))
        decoded = self.decoder.read(writer.upon(None))
        assert isinstance(decoded, FrameMessage)
        return decoded


def square(x: int) -> BoolMask:
    frame: Frame = square_frame(0, x)
    return np.asarray(frame.pixels()[..., 0] > 127)


def test_words_have_an_object_for_each_thing() -> None:
    drive = Drive(words())
    assert drive.answer(drive.show(0, 100)) == [Lane.LOOK]
    drive.answer(drive.show(3, 97))
    drive.answer(drive.show(6, 94))
    assert drive.core.objects() == {"w": (1, 2)}
    assert iou(drive.masks[1], square(6)) > 0.9
    assert iou(drive.masks[2], square(94)) > 0.9
    assert {thing.label for thing in drive.message().objects} == {"thing"}


@pytest.mark.parametrize(("device", "looks"), [("cpu", 3), ("cuda:0", 9)])
def test_models_on_the_processor_step_back_while_the_tracker_is_behind(
    device: str, looks: int
) -> None:
    drive = Drive(words(replace(THINGS, device=device)), touch(on(0)))
    asked = [ask.lane for _ in range(9) for ask in drive.show(0, is_behind=True)]
    assert asked.count(Lane.LOOK) == looks, "a tenth of a second from one to the next"
    assert asked.count(Lane.TOUCH) == 1, "a touch never waits"


def test_a_thing_that_leaves_ends_its_outline_and_keeps_its_id() -> None:
    drive = Drive(words())
    drive.answer(drive.show(0, 100))
    for _ in range(5):
        drive.answer(drive.show(0))
    assert not drive.masks[2].any()
    assert drive.masks[1].any()
    assert drive.core.objects() == {"w": (1, 2)}
    drive.answer(drive.show(0, 100))
    drive.show(0, 100)
    assert drive.masks[2].any()


def test_what_was_seen_steadily_and_is_overlooked_for_a_moment_stays() -> None:
    drive = Drive(words())
    for _ in range(12):
        drive.answer(drive.show(0, 100))
    for _ in range(12):  # 0.4 s at 30 frames a second
        for ask in drive.show(0, 100):
            drive.core.answered(ask, Answer(bright_things(ask.request).of(0)[:1]))
        assert drive.masks[2].any()
    for _ in range(6):
        for ask in drive.show(0, 100):
            drive.core.answered(ask, Answer(bright_things(ask.request).of(0)[:1]))
    assert not drive.masks[2].any(), "the model stands by it"


def test_everyone_is_one_object() -> None:
    drive = Drive(words(PERSON))
    drive.answer(drive.show(0, 100))
    drive.show(0, 100)
    assert drive.core.objects() == {"w": (1,)}
    assert iou(drive.masks[1], square(0) | square(100)) > 0.9
    drive.answer(drive.show())
    drive.show()
    assert not drive.masks[1].any(), "a look that finds nobody ends the outline at once"


def test_a_click_hits_what_was_there_when_it_was_made() -> None:
    """The square at 0 is clicked; when the click arrives, another one has taken its place."""
    drive = Drive()
    drive.show(0, 60)
    for n in range(1, 6):
        drive.show(12 * n, 60 + 12 * n)
    drive.set(touch(on(0, frame=0)))
    asks = drive.show(72, 117)
    assert [(ask.lane, ask.frame_id) for ask in asks] == [(Lane.TOUCH, 0)]
    drive.answer(asks)
    drive.show(74, 118)
    assert iou(drive.masks[1], square(74)) > 0.6
    assert not (drive.masks[1] & square(118)).any()


def test_a_click_without_a_frame_is_on_the_newest() -> None:
    drive = Drive()
    drive.show(0)
    drive.set(touch(on(50)))
    drive.answer(drive.show(50))
    drive.show(50)
    assert iou(drive.masks[1], square(50)) > 0.9


def test_a_click_on_nothing_is_told() -> None:
    drive = Drive(touch(on(100)))
    drive.answer(drive.show(0))
    assert drive.masks == {}
    ((code, message, key),) = drive.core.problems()
    assert key == "t"
    assert code == "nothing_there"
    assert "'t'" in message
    assert drive.core.problems() == []
    assert drive.answer(drive.show(0)) == [], "and is not asked again"


def test_what_was_touched_is_followed_by_hints_now_and_then() -> None:
    drive = Drive(touch(on(0)))
    lanes = [drive.answer(drive.show(4 * n)) for n in range(20)]
    asked = [n for n, lane in enumerate(lanes) if lane == [Lane.FOLLOW]]
    assert lanes[0] == [Lane.TOUCH]
    assert len(asked) == 3, "a quarter of a second from one to the next, at 30 frames a second"
    assert iou(drive.masks[1], square(76)) > 0.9


def test_another_point_corrects_with_the_mask_as_hint() -> None:
    drive = Drive(touch(on(0)))
    drive.answer(drive.show(0, 100))
    drive.answer(drive.show(0, 100))
    drive.set(touch(on(0), on(100, frame=TICKS, positive=False)))
    (ask,) = (ask for ask in drive.show(0, 100) if ask.lane is Lane.TOUCH)
    assert ask.frame_id == TICKS
    assert [point.is_positive for point in ask.request.prompts[0].points] == [False]
    hint = ask.request.hint(0)
    assert hint is not None
    assert iou(hint, square(0)) > 0.9
    assert ask.request.names == (1,)


def test_a_point_taken_back_asks_afresh() -> None:
    first, second = on(0, frame=0), on(0, frame=TICKS)
    drive = Drive(touch(first))
    drive.answer(drive.show(0))
    drive.answer(drive.show(0))
    drive.set(touch(first, second))
    drive.answer(drive.show(0))
    drive.set(touch(first))
    (ask,) = (ask for ask in drive.show(0) if ask.lane is Lane.TOUCH)
    assert (ask.frame_id, ask.request.hint(0)) == (0, None)
    assert ask.request.prompts[0].points == (first,)


def test_a_correction_stands_above_newer_looks_of_the_model() -> None:
    """The click is answered late; meanwhile a model has said something of newer frames."""
    drive = Drive(touch(on(0)))
    drive.answer(drive.show(0, 100))
    drive.show(0, 100)
    drive.set(touch(on(0), on(100, frame=TICKS)))
    touched = drive.show(0, 100)
    late = drive.show(0, 100, after_ns=SECOND_NS)
    drive.answer(late, Lane.FOLLOW)
    for ask in touched:
        if ask.lane is Lane.TOUCH:
            both = Instance(0, "", 0.8, square(0) | square(100))
            drive.core.answered(ask, Answer((both,)))
    drive.show(0, 100)
    assert iou(drive.masks[1], square(0) | square(100)) > 0.9


def test_one_touch_of_a_model_is_in_work_at_a_time_and_none_is_lost() -> None:
    drive = Drive(touch(on(0, frame=0), name="a"))
    first = drive.show(0, 100)
    drive.set(touch(on(0, frame=0), name="a"), touch(on(100, frame=TICKS), name="b"))
    assert drive.show(0, 100) == []
    drive.answer(first)
    (ask,) = (ask for ask in drive.show(0, 100) if ask.lane is Lane.TOUCH)
    assert ask.frame_id == TICKS
    assert [item.key for item in ask.items] == ["b"]
    assert ask.request.keeps == {1}, "the model does not forget the other"
    drive.core.failed(ask)
    drive.set(touch(on(0, frame=0), name="a"), touch(on(100, frame=0), name="c"))
    assert Lane.TOUCH in [ask.lane for ask in drive.show(0, 100)]


def test_touches_of_one_frame_are_asked_together() -> None:
    drive = Drive(touch(on(0), name="a"), touch(on(100), name="b"))
    (ask,) = drive.show(0, 100)
    assert ask.request.names == (1, 2)
    drive.answer([ask])
    drive.show(0, 100)
    assert iou(drive.masks[1], square(0)) > 0.9
    assert iou(drive.masks[2], square(100)) > 0.9


def test_words_with_a_point_are_one_of_their_kind_for_good() -> None:
    near = replace(touch(on(100), model=THINGS), prompt=Prompt("thing", (on(100),), id="t"))
    drive = Drive(near)
    assert drive.answer(drive.show(0, 100)) == [Lane.TOUCH]
    for n in range(1, 20):
        assert drive.answer(drive.show(0, 100 - 2 * n)) == [Lane.LOOK]
    assert drive.core.objects() == {"t": (1,)}
    assert list(drive.masks) == [1]
    assert iou(drive.masks[1], square(62)) > 0.8


def test_a_person_near_a_point_is_not_everyone() -> None:
    near = replace(touch(on(100), model=PERSON), prompt=Prompt("person", (on(100),), id="t"))
    drive = Drive(near)
    parted = Answer((Instance(0, "person", 0.9, square(100)),))
    for ask in drive.show(0, 100):
        drive.core.answered(ask, parted)
    for _ in range(4):
        drive.answer(drive.show(0, 100))
    assert iou(drive.masks[1], square(100)) > 0.9


def test_a_prompt_taken_back_takes_its_objects_along() -> None:
    drive = Drive(words(), touch(on(0)))
    asks = drive.show(0, 100)
    drive.set()
    drive.answer(asks)
    drive.show(0, 100)
    assert drive.masks == {}
    assert drive.message().objects == ()


def test_objects_end_with_their_prompt() -> None:
    drive = Drive(words(), touch(on(0)))
    drive.answer(drive.show(0, 100))
    drive.show(0, 100)
    assert len(drive.masks) == 3
    drive.set(touch(on(0)))
    drive.show(0, 100)
    assert list(drive.masks) == [1]


def test_a_prompt_taken_back_while_its_touch_is_in_work_leaves_nothing_behind() -> None:
    drive = Drive(touch(on(0), model=VIDEO))
    asks = drive.show(0)
    drive.set()
    drive.answer(asks)
    drive.set(touch(on(100), name="other", model=VIDEO))
    drive.answer(drive.show(0, 100))
    (ask,) = drive.show(0, 100)
    assert ask.request.names == (2,)
    assert list(drive.masks) == [2]


def test_words_begin_no_more_objects_than_there_may_be() -> None:
    drive = Drive(words())
    many = Answer(tuple(Instance(0, "thing", 0.9, square(x)) for x in range(0, 120, 20)))
    for ask in drive.show(0):
        drive.core.answered(ask, many)
    assert drive.core.objects() == {"w": (1, 2, 3, 4)}


def test_a_video_model_follows_what_slow_looks_find() -> None:
    drive = Drive(words(speed="interactive"), follower=VIDEO)
    assert drive.answer(drive.show(0, 100)) == [Lane.LOOK]
    (seed,) = drive.show(2, 100)
    assert (seed.model, seed.lane, seed.frame_id) == ("video", Lane.TOUCH, 0)
    assert seed.request.names == (1, 2)
    assert all(prompt.is_empty for prompt in seed.request.prompts)
    assert iou(seed.request.hints[0], square(0)) > 0.9  # type: ignore[arg-type]
    drive.answer([seed])
    lanes = [[(a.model, a.lane) for a in drive.show(4, 100)] for _ in range(40)]
    assert lanes.count([("things", Lane.LOOK), ("video", Lane.FOLLOW)]) == 1, "once a second"
    assert lanes.count([("video", Lane.FOLLOW)]) == 39, "every frame"


def test_what_the_video_model_follows_well_is_left_to_it() -> None:
    drive = Drive(words(speed="interactive"), follower=VIDEO)
    drive.answer(drive.show(0))
    seed = drive.show(0)
    for ask in seed:
        drive.core.answered(ask, Answer((Instance(0, "", 0.7, square(0)),)))
    look = drive.show(0, after_ns=2 * SECOND_NS)
    drive.answer(look, Lane.LOOK)
    drive.show(0)
    assert drive.message().objects[0].score == pytest.approx(0.7, abs=0.01), "its word stands"
    assert Lane.TOUCH not in [ask.lane for ask in drive.show(0)]


def test_the_video_model_is_set_right_where_a_look_disagrees() -> None:
    drive = Drive(words(speed="interactive"), follower=VIDEO)
    drive.answer(drive.show(0))
    for ask in drive.show(0):
        astray = square(0) & (np.arange(160) < 12)
        drive.core.answered(ask, Answer((Instance(0, "", 0.7, astray),)))
    drive.show(0)
    look = drive.show(0, after_ns=2 * SECOND_NS)
    drive.answer(look, Lane.LOOK)
    (seed,) = (ask for ask in drive.show(0) if ask.lane is Lane.TOUCH)
    hint = seed.request.hint(0)
    assert hint is not None
    assert iou(hint, square(0)) > 0.9


def test_an_object_that_the_video_model_does_not_see_ends_its_outline() -> None:
    drive = Drive(touch(on(0), model=VIDEO))
    drive.answer(drive.show(0))
    for looks in (1, 2):
        (ask,) = drive.show(0)
        assert ask.lane is Lane.FOLLOW, "it goes on looking"
        drive.core.answered(ask, Answer(()))
        assert drive.tracker.masks()[1].any() == (looks == 1), "one such word may be a slip"
    (ask,) = drive.show(0)
    assert not drive.masks[1].any()
    assert ask.lane is Lane.FOLLOW


def test_a_slip_of_the_video_model_is_not_shown() -> None:
    drive = Drive(touch(on(0), model=VIDEO))
    drive.answer(drive.show(0))
    for n in range(8):
        (ask,) = drive.show(0)
        seen = () if n % 4 == 2 else (Instance(0, "", 0.9, square(0)),)
        drive.core.answered(ask, Answer(seen))
        assert iou(drive.masks[1], square(0)) > 0.9


def test_what_is_no_longer_wanted_ends_at_once() -> None:
    drive = Drive(touch(on(0), model=VIDEO))
    drive.answer(drive.show(0))
    drive.answer(drive.show(0))
    drive.set()
    drive.show(0)
    assert drive.masks == {}


def test_nobody_follows_and_still_the_object_stays() -> None:
    drive = Drive(touch(on(0)))
    drive.answer(drive.show(0))
    for n in range(1, 200):
        drive.show(60 - abs(60 - n % 120))
    assert drive.masks[1].any(), "the tracker forgets evidence that is 64 frames old"
    (thing,) = drive.message().objects
    assert thing.age_ms == round(199 * TICKS / 90), "the age is that of the model's last word"


def test_a_change_of_size_in_the_middle() -> None:
    drive = Drive(words(), touch(on(0)))
    drive.answer(drive.show(0))
    asks = drive.show(0)
    frame = square_frame(9 * TICKS, 0, size=(180, 320))
    drive.frames.put(frame)
    drive.core.step(frame.frame_id, frame.pixels())
    drive.answer(asks)
    drive.answer(list(drive.core.asks(frame, frame.pixels(), drive.frames, drive.now_ns)))
    assert drive.core.step(10 * TICKS, frame.pixels())[2].shape == (180, 320)
