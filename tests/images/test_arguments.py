"""Options as prompts."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rtseg.errors import UsageError
from rtseg.images.arguments import Said, asked
from rtseg.types import Box, Point, Prompt

SIZE = (640, 360)


def prompts(*said: Said) -> list[Prompt]:
    return [thing.prompt(SIZE, None) for thing in asked(said)]


def test_each_word_is_a_prompt() -> None:
    assert prompts(("object", "cat"), ("object", " two dogs ")) == [
        Prompt("cat"),
        Prompt("two dogs"),
    ]


def test_touches_without_words_are_one_object() -> None:
    assert prompts(("point", "0.5,0.25"), ("not", "0,1"), ("point", "64px,36px")) == [
        Prompt(points=(Point(0.5, 0.25), Point(0, 1, False), Point(0.1, 0.1)))
    ]


def test_touches_belong_to_the_words_before_them() -> None:
    assert prompts(("object", "cup"), ("point", "0.1,0.2"), ("object", "cat")) == [
        Prompt("cup", (Point(0.1, 0.2),)),
        Prompt("cat"),
    ]


def test_touches_before_any_words_belong_to_the_first() -> None:
    assert prompts(("point", "0.1,0.2"), ("object", "cup"), ("object", "cat")) == [
        Prompt("cup", (Point(0.1, 0.2),)),
        Prompt("cat"),
    ]


def test_a_second_box_is_another_object_of_the_same_words() -> None:
    first, second = Box(0.1, 0.1, 0.2, 0.2), Box(0.5, 0.5, 0.75, 1)
    said = [("box", "0.1,0.1,0.2,0.2"), ("box", "320px,180px,480px,360px"), ("point", ".6,.6")]
    assert prompts(("object", "cup"), *said) == [
        Prompt("cup", box=first),
        Prompt("cup", (Point(0.6, 0.6),), second),
    ]
    assert prompts(*said, ("object", "cup"))[1].text == "cup"


def test_moments_of_a_video() -> None:
    (thing,) = asked([("point", "0.5,0.5"), ("not", "0.1,0.1@2.5"), ("point", "0.2,0.2@2.5s")])
    assert thing.moments(SIZE, "touch") == [
        (0.0, Prompt(points=(Point(0.5, 0.5),), model="touch")),
        (2.5, Prompt(points=(Point(0.1, 0.1, False), Point(0.2, 0.2)), model="touch")),
    ]
    (words,) = asked([("object", "cat")])
    assert words.moments(SIZE, None) == [(0.0, Prompt("cat"))]


@pytest.mark.parametrize(
    ("said", "says"),
    [
        ([], "nothing to outline is said"),
        ([("object", "  ")], "--object: expected words"),
        ([("point", "0.5")], "--point 0.5: expected X,Y, fractions such as"),
        ([("point", "0.5,0.5,0.5")], "expected X,Y"),
        ([("point", "0.5,nan")], "expected X,Y"),
        ([("point", "0.5,20px")], "expected X,Y"),
        ([("box", "0.5,0.5")], "expected X1,Y1,X2,Y2"),
        ([("point", "320,180")], "in [0, 1], such as 0.5,0.3; pixels are written"),
        ([("point", "-0.1,0.5")], "in [0, 1]"),
        ([("point", "641px,10px")], "outside the picture, which is 640×360 pixels"),
        ([("box", "0.5,0.5,0.5,0.9")], "left upper and then the right lower corner"),
        ([("box", "0.9,0.1,0.5,0.9")], "left upper and then the right lower corner"),
        ([("not", "0.5,0.5")], "--not alone says only what it is not"),
        ([("point", "0.5,0.5@soon")], "expected a second of the video after the @"),
        ([("point", "0.5,0.5@-1")], "expected a second"),
        ([("point", "0.5,0.5@1")], "an image has no seconds"),
    ],
)
def test_what_is_wrong_is_said(said: list[Said], says: str) -> None:
    with pytest.raises(UsageError) as raised:
        prompts(*said)
    assert says in str(raised.value)


@given(st.sampled_from(["point", "not", "box"]), st.text("0123456789.,px@-e ", max_size=30))
def test_any_text_is_read_or_refused(kind: str, value: str) -> None:
    try:
        things = asked([("object", "cat"), (kind, value)])
        for thing in things:
            thing.moments(SIZE, None)
    except UsageError:
        pass
