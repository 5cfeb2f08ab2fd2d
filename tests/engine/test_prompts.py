"""A declared list of prompts, joined to the one before."""

from __future__ import annotations

import itertools
from dataclasses import replace

import pytest

from rtseg.config import SessionConfig
from rtseg.engine.prompts import Routed, Wanted, check, merge
from rtseg.errors import PeerError, UsageError
from rtseg.models import Route
from rtseg.types import Box, Point, Prompt
from tests.engine.fakes import THINGS, TOUCH, entry_of

POINT, OTHER = Point(0.5, 0.5), Point(0.6, 0.5)


def words(text: str, *, name: str = "", label: str = "thing") -> Routed:
    return Routed(Prompt(text, id=name), Route("things", label), THINGS, entry_of(THINGS))


def touch(*points: Point, name: str = "", box: Box | None = None) -> Routed:
    return Routed(
        Prompt("", points, box, id=name), Route("touch", "object"), TOUCH, entry_of(TOUCH)
    )


class Session:
    def __init__(self) -> None:
        self.wanted: tuple[Wanted, ...] = ()
        self._new_id = itertools.count(1).__next__

    def set(self, *routed: Routed) -> list[tuple[str, int | None]]:
        self.wanted = merge(self.wanted, routed, self._new_id)
        return [(wanted.key, wanted.track_id) for wanted in self.wanted]


def test_words_have_no_object_of_their_own_and_touches_have_one() -> None:
    session = Session()
    assert session.set(words("cup"), touch(POINT), touch(OTHER)) == [
        ("1", None),
        ("2", 1),
        ("3", 2),
    ]


def test_words_that_mean_the_same_stay_the_same_prompt() -> None:
    session = Session()
    session.set(words("dog", label="dog"), words("cup", label="cup"))
    assert session.set(words("cups", label="cup")) == [("2", None)]
    assert session.wanted[0].prompt.text == "cups"
    assert session.set(words("cup", label="cup"), words("mug", label="cup")) == [("2", None)]


def test_an_id_makes_it_the_same_prompt_whatever_it_says() -> None:
    session = Session()
    assert session.set(touch(POINT, name="mine")) == [("mine", 1)]
    assert session.set(touch(POINT, OTHER, name="mine")) == [("mine", 1)]
    assert session.wanted[0].prompt.points == (POINT, OTHER)
    assert session.set(words("cup", name="mine")) == [("mine", None)], "words are something else"
    assert session.set(touch(POINT, name="mine")) == [("mine", 2)], "and the object is a new one"


def test_words_that_are_touched_as_well_are_another_object() -> None:
    session = Session()
    session.set(words("cup", name="mine"))
    touched = replace(words("cup"), prompt=Prompt("cup", (POINT,), id="mine"))
    assert session.set(touched) == [("mine", 1)]
    assert session.set(words("cup", name="mine")) == [("mine", None)]


def test_another_model_begins_afresh() -> None:
    session = Session()
    session.set(touch(POINT, name="mine"))
    other = replace(touch(POINT, name="mine"), route=Route("video", "object"))
    assert session.set(other) == [("mine", 2)]


def test_touches_without_an_id_are_known_by_what_they_say() -> None:
    session = Session()
    session.set(touch(POINT), touch(OTHER))
    assert session.set(touch(OTHER)) == [("2", 2)]
    assert session.set(touch(POINT)) == [("1", 3)], "it was taken back, and its object with it"


def test_our_names_avoid_the_clients() -> None:
    session = Session()
    assert session.set(touch(POINT), touch(OTHER, name="1")) == [("2", 1), ("1", 2)]
    session = Session()
    session.set(touch(POINT))
    assert session.set(touch(OTHER, name="1")) == [("1", 1)]
    assert session.set(touch(OTHER, name="1"), touch(POINT)) == [("1", 1), ("2", 2)]


@pytest.mark.parametrize(
    ("prompts", "message"),
    [
        ([Prompt("cat")] * 33, "at most 32 prompts, got 33"),
        ([Prompt("a" * 201)], "1 to 200 characters, or a point or a box, got 201"),
        ([Prompt(" ")], "or touch it"),
        ([Prompt(points=(POINT,) * 65)], "at most 64 points, got 65"),
        ([Prompt("a", id="x" * 65)], "an id of 1 to 64 characters, got 65"),
        ([Prompt("a", id="x"), Prompt("b", id="x")], "each id once in a list of prompts, got 'x'"),
        ([Prompt("a\ud800b")], r"half of one \(a surrogate\): 'a\\ud800b'"),
        ([Prompt("a", id="\udfff")], "whole characters"),
        ([Prompt(points=(Point(0, 0, False),))], "at least one point on the object"),
    ],
)
def test_what_no_session_takes(prompts: list[Prompt], message: str) -> None:
    with pytest.raises(PeerError, match=message) as caught:
        check(prompts, SessionConfig())
    assert (caught.value.code, caught.value.status) == ("invalid_request", 400)


def test_a_negative_point_in_a_box_is_enough() -> None:
    check([Prompt(points=(Point(0, 0, False),), box=Box(0, 0, 1, 1))], SessionConfig())


@pytest.mark.parametrize("x", [-0.01, 1.01, float("nan"), float("inf"), 320])
def test_a_point_is_inside_the_picture(x: float) -> None:
    for point in ((x, 0.5), (0.5, x)):
        with pytest.raises(UsageError, match="inside the picture"):
            Point(*point)


@pytest.mark.parametrize(
    "box",
    [(0.5, 0, 0.4, 1), (0, 0.5, 1, 0.5), (0, 0, 1, 1.1), (-1, 0, 1, 1), (0, float("nan"), 1, 1)],
)
def test_a_box_is_the_right_way_round(box: tuple[float, float, float, float]) -> None:
    with pytest.raises(UsageError, match="x_min < x_max"):
        Box(*box)


def test_places_in_pixels_are_inside() -> None:
    assert Point(1, 1).to_px(640, 360) == (639.5, 359.5)
    assert Point(0.5, 0.25).to_px(640, 360) == (320, 90)
    assert Box(0, 0.5, 1, 1).to_px(640, 360) == (0, 180, 640, 360)
