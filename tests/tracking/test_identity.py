"""Ids that stay."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from rtseg.tracking import Find, Roster
from rtseg.tracking.identity import likeness, look_of
from rtseg.types import BoolMask, Image, TrackId

SIZE = (60, 100)
RED, BLUE, GREEN = (30, 30, 220), (220, 60, 30), (40, 200, 60)


class Scene:
    """Coloured squares on grey: a picture, and what a perfect model finds in it."""

    def __init__(self) -> None:
        self.image: Image = np.full((*SIZE, 3), 90, np.uint8)
        self.finds: list[Find] = []

    def add(
        self, x: int, colour: tuple[int, int, int], *, label: str = "cat", score: float = 0.9
    ) -> Scene:
        mask: BoolMask = np.zeros(SIZE, np.bool_)
        mask[20:40, x : x + 20] = True
        self.image[mask] = colour
        self.finds.append(Find(mask, score, label))
        return self

    def masks(self, ids: list[TrackId]) -> dict[TrackId, BoolMask]:
        return {track_id: find.mask for track_id, find in zip(ids, self.finds, strict=True)}


def roster(**options: int | float) -> Roster:
    return Roster(itertools.count(1).__next__, **options)  # type: ignore[arg-type]


def test_what_is_new_gets_an_id_and_keeps_it() -> None:
    cats = roster()
    first = Scene().add(5, RED).add(60, BLUE)
    found, lost = cats.assign(first.finds, first.image, {})
    assert list(found) == [1, 2]
    assert not lost
    then = Scene().add(62, BLUE).add(8, RED)  # in another order, and moved
    found, _ = cats.assign(then.finds, then.image, first.masks([1, 2]))
    assert found[1] is then.finds[1]
    assert found[2] is then.finds[0]


def test_objects_that_cross_keep_their_ids() -> None:
    """The tracker has led each towards the other: the looks decide."""
    cats = roster()
    first = Scene().add(10, RED).add(70, BLUE)
    cats.assign(first.finds, first.image, {})
    then = Scene().add(30, RED).add(52, BLUE)
    astray = Scene().add(43, RED).add(39, BLUE)
    found, _ = cats.assign(then.finds, then.image, astray.masks([1, 2]))
    assert found[1] is then.finds[0]
    assert found[2] is then.finds[1]


def test_a_miss_is_forgiven_and_then_the_object_is_lost() -> None:
    cats = roster(patience=2)
    scene = Scene().add(5, RED)
    cats.assign(scene.finds, scene.image, {})
    lost = [cats.assign([], scene.image, scene.masks([1]))[1] for _ in range(4)]
    assert lost == [frozenset(), frozenset(), {1}, {1}]
    assert cats.track_ids == (1,)


def misses_until_lost(finds: int, look_ms: float) -> int:
    """How often in a row a model may miss what it found so often before."""
    cats = roster()
    scene = Scene().add(5, RED)
    for _ in range(finds):
        cats.assign(scene.finds, scene.image, scene.masks([1]), elapsed_ms=look_ms)
    return next(
        n
        for n in itertools.count()
        if cats.assign([], scene.image, scene.masks([1]), elapsed_ms=look_ms)[1]
    )


@pytest.mark.parametrize(
    ("finds", "look_ms", "misses"),
    [
        (12, 33.0, 15),  # half a second of a quick model's oversights
        (12, 250.0, 2),  # a slow one has been wrong for long enough
        (3, 33.0, 2),  # what was hardly ever seen may have been a mistake
    ],
)
def test_what_a_quick_model_found_steadily_is_kept_for_a_while(
    finds: int, look_ms: float, misses: int
) -> None:
    assert misses_until_lost(finds, look_ms) == misses


def test_what_comes_back_gets_its_old_id() -> None:
    cats = roster(patience=0)
    first = Scene().add(5, RED)
    cats.assign(first.finds, first.image, {})
    cats.assign([], Scene().image, first.masks([1]))
    other = Scene().add(70, GREEN)
    found, _ = cats.assign(other.finds, other.image, {})
    assert list(found) == [2], "another one of its kind is not it"
    back = Scene().add(70, GREEN).add(40, RED)
    found, _ = cats.assign(back.finds, back.image, {2: other.finds[0].mask})
    assert found[1] is back.finds[1]


def test_one_that_is_in_view_is_not_taken_for_one_elsewhere() -> None:
    cats = roster(patience=2)
    first = Scene().add(5, RED)
    cats.assign(first.finds, first.image, {})
    elsewhere = Scene().add(70, RED)
    found, lost = cats.assign(elsewhere.finds, elsewhere.image, first.masks([1]))
    assert list(found) == [2]
    assert not lost


def test_what_stays_away_is_forgotten_and_its_id_never_given_again() -> None:
    cats = roster(patience=0, forget_after=3)
    scene = Scene().add(5, RED)
    cats.assign(scene.finds, scene.image, {})
    for _ in range(4):
        cats.assign([], scene.image, {})
    assert cats.track_ids == ()
    assert list(cats.assign(scene.finds, scene.image, {})[0]) == [2]


def test_what_was_seen_once_does_not_fill_the_roster() -> None:
    """A model that errs somewhere else each time: its mistakes go as they come."""
    cats = roster(patience=0)
    for look in range(100):
        scene = Scene().add(look % 5 * 20, (look * 37 % 256, look * 91 % 256, look * 53 % 256))
        cats.assign(scene.finds, scene.image, {})
    assert len(cats.track_ids) <= 12


def test_what_was_seen_often_is_known_after_a_long_absence() -> None:
    cats = roster(patience=0)
    scene = Scene().add(5, RED)
    for _ in range(10):
        cats.assign(scene.finds, scene.image, scene.masks([1]))
    for _ in range(90):
        cats.assign([], scene.image, {})
    elsewhere = Scene().add(60, RED)
    assert list(cats.assign(elsewhere.finds, elsewhere.image, {})[0]) == [1]


def test_a_find_without_a_pixel_is_no_object() -> None:
    cats = roster()
    scene = Scene().add(5, RED)
    nothing = Find(np.zeros(SIZE, np.bool_), 0.9, "cat")
    found, _ = cats.assign([nothing, *scene.finds], scene.image, {}, given={1: 7})
    assert found == {7: scene.finds[0]}
    found, _ = cats.assign([nothing], scene.image, {})
    assert found == {}


def test_labels_are_different_things() -> None:
    pets = roster()
    first = Scene().add(5, RED, label="cat")
    pets.assign(first.finds, first.image, {})
    then = Scene().add(5, RED, label="dog")
    found, _ = pets.assign(then.finds, then.image, first.masks([1]))
    assert list(found) == [2]
    assert (pets.label(1), pets.label(2)) == ("cat", "dog")


def test_a_doubtful_find_keeps_an_object_but_begins_none() -> None:
    cats = roster(start_score=0.5)
    doubtful = Scene().add(5, RED, score=0.3)
    assert cats.assign(doubtful.finds, doubtful.image, {})[0] == {}
    sure = Scene().add(5, RED, score=0.6)
    cats.assign(sure.finds, sure.image, {})
    assert list(cats.assign(doubtful.finds, doubtful.image, sure.masks([1]))[0]) == [1]


def test_the_surest_begin_where_there_is_little_room() -> None:
    cats = roster()
    scene = Scene().add(0, RED, score=0.6).add(30, BLUE, score=0.9).add(60, GREEN, score=0.7)
    found, _ = cats.assign(scene.finds, scene.image, {}, room=2)
    assert [find.score for find in found.values()] == [0.9, 0.7]
    assert cats.assign(scene.finds, scene.image, {}, room=-1)[0].keys() <= {1, 2}


def test_a_mask_of_another_size_is_no_overlap() -> None:
    cats = roster()
    scene = Scene().add(5, RED)
    cats.assign(scene.finds, scene.image, {})
    found, _ = cats.assign(scene.finds, scene.image, {1: np.ones((3, 3), np.bool_)})
    assert list(found) == [2]


def test_a_look_bears_a_little_light_and_not_another_colour() -> None:
    def look(colour: tuple[int, int, int]) -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
        scene = Scene().add(5, colour)
        return look_of(scene.image, scene.finds[0].mask)

    assert look(RED).sum() == pytest.approx(1)
    assert likeness(look(RED), look((45, 45, 235))) > 0.5
    assert likeness(look(RED), look(BLUE)) < 0.1
    assert look_of(np.zeros((4, 4, 3), np.uint8), np.zeros((4, 4), np.bool_)).sum() == 1
