"""Who is next on a device."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from rtseg.engine.turns import Turns
from rtseg.engine.work import Work
from rtseg.models import Request
from rtseg.types import Prompt

REQUEST = Request(np.zeros((4, 4, 3), np.uint8), (Prompt("person"),))


def frame(session: str, number: int = 0, model: str = "person", lane: str = "look") -> Work:
    return Work(session, model, lane, number, REQUEST, 0, lambda _: None)


def picture(name: str, model: str = "person") -> Work:
    return Work(name, model, "picture", 0, REQUEST, 0, lambda _: None, remembers=False)


def names(batch: list[Work]) -> list[str]:
    return [work.session_id for work in batch]


def one(model: str) -> int:
    return 1


def test_pictures_have_one_turn_between_them() -> None:
    turns = Turns()
    for number in range(4):
        turns.offer(picture(f"p{number}"))
    turns.offer(frame("a"))
    turns.offer(frame("b"))
    order = []
    while turns:
        (work,) = turns.take(one)
        order.append(work.session_id)
        if work.session_id == "a" and order.count("a") < 3:
            turns.offer(frame("a"))  # a camera that always has a frame
    assert order == ["p0", "a", "b", "p1", "a", "p2", "a", "p3"]


def test_newer_work_of_a_session_keeps_its_place_and_pictures_are_all_kept() -> None:
    turns = Turns()
    assert not turns.offer(frame("a", 1))
    assert not turns.offer(frame("b", 1))
    assert turns.offer(frame("a", 2))
    assert not turns.offer(picture("p"))
    assert not turns.offer(picture("q"))
    assert [(w.session_id, w.frame_id) for w in turns.drain()] == [
        ("a", 2),
        ("b", 1),
        ("p", 0),
        ("q", 0),
    ]
    assert not turns
    assert turns.take(one) == []


def test_a_batch_is_of_one_model_and_holds_a_session_once() -> None:
    turns = Turns()
    turns.offer(frame("a"))
    turns.offer(frame("a", lane="follow"))
    turns.offer(frame("b", model="face"))
    turns.offer(picture("p", model="face"))
    turns.offer(picture("q"))
    turns.offer(picture("r"))
    assert names(turns.take(lambda _: 3)) == ["a", "q", "r"]
    assert names(turns.take(lambda _: 3)) == ["a"]
    assert names(turns.take(lambda _: 3)) == ["b", "p"]
    assert not turns


def test_pictures_that_rode_with_a_session_had_their_turn() -> None:
    turns = Turns()
    turns.offer(frame("a"))
    for number in range(3):
        turns.offer(picture(f"p{number}"))
    turns.offer(frame("b", model="face"))
    assert names(turns.take(lambda _: 2)) == ["a", "p0"]
    assert names(turns.take(lambda _: 2)) == ["b"]
    assert names(turns.take(lambda _: 2)) == ["p1", "p2"]


def test_what_is_forgotten_does_not_come() -> None:
    turns = Turns()
    for work in (frame("a"), frame("a", lane="touch"), picture("p"), picture("q"), frame("b")):
        turns.offer(work)
    turns.forget("a")
    turns.forget("p")
    turns.forget("nobody")
    assert names(turns.drain()) == ["q", "b"]


@given(st.lists(st.sampled_from("abcp"), min_size=1, max_size=60), st.integers(1, 4))
def test_nobody_waits_for_more_than_a_turn_of_each_other(offers: str, room: int) -> None:
    """Runs between an offer and its turn: at most one for each other place that waits."""
    turns = Turns()
    for number, who in enumerate(offers):
        turns.offer(picture(f"p{number}") if who == "p" else frame(who))
    waiting = {who for who in offers if who != "p"}
    runs = 0
    while waiting:
        waiting -= set(names(turns.take(lambda _: room)))
        runs += 1
    assert runs <= len(set(offers))
