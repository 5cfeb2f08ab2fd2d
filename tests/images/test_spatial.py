"""Moondream's spatial references as prompts."""

from __future__ import annotations

import math
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rtseg.errors import UsageError
from rtseg.images.spatial import MAX_REFS, prompts_of
from rtseg.types import Box, Point, Prompt

LEFT, RIGHT = [0.1, 0.1, 0.4, 0.9], [0.6, 0.1, 0.9, 0.9]


def test_words_alone_and_touches_alone() -> None:
    assert prompts_of("cat") == (Prompt("cat"),)
    assert prompts_of("", [[0.5, 0.25]]) == (Prompt(points=(Point(0.5, 0.25),)),)


def test_points_and_one_box_are_one_object() -> None:
    (prompt,) = prompts_of("cat", [[0.8, 0.8], LEFT, [0.2, 0.3]], not_points=[[0, 1]], model="m")
    assert prompt.box == Box(*LEFT)
    assert prompt.points == (Point(0.8, 0.8), Point(0.2, 0.3), Point(0, 1, is_positive=False))
    assert (prompt.text, prompt.model) == ("cat", "m")


def test_several_boxes_are_several_objects_with_the_points_that_they_hold() -> None:
    inner = [0.2, 0.2, 0.3, 0.3]
    prompts = prompts_of("cat", [LEFT, RIGHT, inner, [0.25, 0.25], [0.7, 0.5], [0.5, 0.5]])
    assert [(prompt.box, prompt.points) for prompt in prompts] == [
        (Box(*LEFT), ()),
        (Box(*RIGHT), (Point(0.7, 0.5),)),
        (Box(*inner), (Point(0.25, 0.25),)),  # the smaller of the two that hold it
        (None, (Point(0.5, 0.5),)),
    ]
    assert {prompt.text for prompt in prompts} == {"cat"}


def test_a_box_said_twice_is_one_object() -> None:
    assert prompts_of("cat", [LEFT, LEFT]) == (Prompt("cat", box=Box(*LEFT)),)


@pytest.mark.parametrize(
    ("ref", "says"),
    [
        ([], "spatial_refs[1]: expected [x, y] for a point or [x_min"),
        ([0.1, 0.2, 0.3], "spatial_refs[1]: expected [x, y]"),
        (["a", "b"], "spatial_refs[1]: expected [x, y]"),
        (None, "spatial_refs[1]: expected [x, y]"),
        ([320, 180], "spatial_refs[1]: expected numbers in [0, 1]"),
        ([-0.1, 0.5], "spatial_refs[1]: expected numbers in [0, 1]"),
        ([math.nan, 0.5], "spatial_refs[1]: expected numbers in [0, 1]"),
        ([0.1, math.inf], "spatial_refs[1]: expected numbers in [0, 1]"),
        ([0.4, 0.1, 0.1, 0.9], "left upper and then the right lower"),
        ([0.1, 0.9, 0.4, 0.1], "left upper and then the right lower"),
        ([0.1, 0.1, 0.1, 0.9], "a box with an area"),
        ([0.1, 0.5, 0.4, 0.5], "a box with an area"),
    ],
)
def test_what_is_wrong_is_named(ref: list[float], says: str) -> None:
    with pytest.raises(UsageError, match=re.escape(says)):
        prompts_of("cat", [[0.5, 0.5], ref])


def test_nothing_and_too_much() -> None:
    with pytest.raises(UsageError, match="object: expected words"):
        prompts_of("  ")
    assert len(prompts_of("", [[0.5, 0.5]] * MAX_REFS)[0].points) == MAX_REFS
    with pytest.raises(UsageError, match=f"at most {MAX_REFS}, got {MAX_REFS + 1}"):
        prompts_of("", [[0.5, 0.5]] * (MAX_REFS + 1))


numbers = st.floats(allow_nan=True, allow_infinity=True) | st.floats(0, 1)


@given(st.lists(st.lists(numbers, max_size=5), max_size=6))
def test_any_references_are_prompts_or_one_error(refs: list[list[float]]) -> None:
    try:
        prompts = prompts_of("cat", refs)
    except UsageError:
        return
    touches = [touch for prompt in prompts for touch in (prompt.box, *prompt.points) if touch]
    assert len(touches) == sum(len(r) == 2 for r in refs) + len(
        {tuple(r) for r in refs if len(r) == 4}
    )
