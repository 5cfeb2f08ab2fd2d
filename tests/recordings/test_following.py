"""Objects from frame to frame."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from rtseg.errors import UsageError
from rtseg.geometry import iou
from rtseg.images.arguments import Said, asked
from rtseg.models import Store
from rtseg.recordings.following import Follower, Seen
from rtseg.recordings.footage import Shot
from tests.images.colours import OneLoader, spots
from tests.recordings.conftest import FPS, FRAMES, picture

SIZE = (160, 120)


def follow(
    said: Sequence[Said], store: Store, loader: OneLoader, every: int | None = None
) -> list[Seen]:
    follower = Follower(asked(said), SIZE, store=store, loader=loader, every=every)
    seen = [follower.see(Shot(n, n / FPS, picture(n))) for n in range(FRAMES)]
    assert follower.untouched == []
    follower.close()
    follower.close()
    return seen


def test_ids_stay_and_masks_are_of_their_own_frame(store: Store, loader: OneLoader) -> None:
    seen = follow([("object", "tomato"), ("object", "leaf")], store, loader)
    assert [one.id for one in seen[0].objects] == [1, 2]
    for n, frame in enumerate(seen):
        parts = spots(picture(n), "tomato")
        tomatoes = [one for one in frame.objects if one.prompt == 0]
        leaves = [one for one in frame.objects if one.prompt == 1]
        assert len(leaves) == int(n >= FRAMES // 2)
        assert all(one.label == "leaf" and one.id == 3 for one in leaves)
        assert all(one.age_ms == 0 and one.score == 0.9 for one in frame.objects)
        if len(parts) == 2:
            assert {one.id for one in tomatoes} == {1, 2}
            assert all(max(iou(one.mask, part) for part in parts) > 0.97 for one in tomatoes)


def test_the_same_tomato_keeps_its_id(store: Store, loader: OneLoader) -> None:
    seen = follow([("object", "tomato")], store, loader)
    (first,) = [one.id for one in seen[0].objects if one.mask[40, 25]]
    (last,) = [one.id for one in seen[-1].objects if one.mask[40, 25 + 5 * (FRAMES - 1)]]
    assert first == last


def test_between_looks_the_tracker_carries_on(store: Store, loader: OneLoader) -> None:
    seen = follow([("object", "tomato")], store, loader, every=5)
    assert len(loader.segmenter.requests) == FRAMES // 5
    assert [frame.objects[0].age_ms for frame in seen[:6]] == [0, 50, 100, 150, 200, 0]
    tracked = seen[2].objects[0]
    assert tracked.state == "found"
    assert tracked.confidence is not None
    assert 0.3 < tracked.confidence <= 1
    assert (seen[5].objects[0].state, seen[5].objects[0].confidence) == ("found", None)
    between = max(seen[2].objects, key=lambda one: one.mask[40, 25:50].sum())
    assert max(iou(between.mask, part) for part in spots(picture(2), "tomato")) > 0.75


def test_a_touch_begins_with_its_second_and_is_followed(store: Store, loader: OneLoader) -> None:
    seen = follow([("point", f"{70 / 160},{40 / 120}@0.45")], store, loader)
    assert [len(frame.objects) for frame in seen] == [0] * 9 + [1] * 11
    assert {one.id for frame in seen for one in frame.objects} == {1}
    for n in range(9, FRAMES):
        (one,) = seen[n].objects
        assert one.mask[40, 25 + 5 * n]
        assert one.label == "object"
        assert max(iou(one.mask, part) for part in spots(picture(n), "tomato")) > 0.9


def test_a_touched_word_stays_that_one(store: Store, loader: OneLoader) -> None:
    seen = follow([("object", "tomato"), ("point", "25px,40px")], store, loader)
    for n in (0, 5, FRAMES - 1):
        (one,) = seen[n].objects
        assert one.mask[40, 25 + 5 * n]


def test_a_second_that_never_comes_is_known(store: Store, loader: OneLoader) -> None:
    follower = Follower(asked([("point", "0.5,0.5@9")]), SIZE, store=store, loader=loader)
    assert follower.see(Shot(0, 0.0, picture(0))).objects == ()
    assert follower.untouched == [0]


def test_a_touch_of_nothing_is_told(store: Store, loader: OneLoader) -> None:
    follower = Follower(asked([("point", "0.9,0.1")]), SIZE, store=store, loader=loader)
    assert follower.see(Shot(0, 0.0, picture(0))).objects == ()
    (problem,) = follower.problems()
    assert "touch it again" in problem


def test_live_does_not_wait_for_the_model(store: Store, loader: OneLoader) -> None:
    follower = Follower(
        asked([("object", "tomato")]), SIZE, store=store, loader=loader, is_live=True
    )
    first = follower.see(Shot(0, 0.0, picture(0)))
    assert first.objects == ()
    assert follower._running is not None
    follower._running.result(timeout=10)
    second = follower.see(Shot(1, 1 / FPS, picture(1)))
    assert [one.age_ms for one in second.objects] == [50, 50]
    follower.close()


def test_answers_are_as_late_as_is_said(store: Store, loader: OneLoader) -> None:
    things = asked([("object", "tomato")])
    follower = Follower(things, SIZE, store=store, loader=loader, answers_per_second=4)
    seen = [follower.see(Shot(n, n / FPS, picture(n))) for n in range(FRAMES)]
    follower.close()
    # A quarter of a second is five frames: asked at 0, heard at 5, and asked again.
    assert len(loader.segmenter.requests) == 4
    for n, request in zip((0, 5, 10, 15), loader.segmenter.requests, strict=True):
        assert (request.image == picture(n)).all()
    assert [len(frame.heard) for frame in seen] == [0] * 5 + [2] * 15
    assert [frame.heard[0].age_ms for frame in seen[5:]] == [250, 300, 350, 400, 450] * 3
    for n in range(5, FRAMES):
        truth = spots(picture(5 * (n // 5) - 5), "tomato")
        assert all(max(iou(one.mask, part) for part in truth) == 1 for one in seen[n].heard)
        assert {one.id for one in seen[n].objects} == {one.id for one in seen[n].heard}
        assert seen[n].lost == ()
    for frame in seen[5::5]:
        held, followed = (
            max(
                iou(one.mask, part) for one in objects for part in spots(frame.shot.image, "tomato")
            )
            for objects in (frame.heard, frame.objects)
        )
        assert held < 0.5 < 0.9 < followed


def test_what_is_gone_is_lost_and_what_is_back_is_not(store: Store, loader: OneLoader) -> None:
    follower = Follower(asked([("object", "tomato")]), SIZE, store=store, loader=loader)
    empty = np.full_like(picture(0), picture(0)[0, 0])
    images = [*map(picture, range(3)), *[empty] * 8, picture(3)]
    seen = [follower.see(Shot(n, n / FPS, image)) for n, image in enumerate(images)]
    follower.close()
    ids = {one.id for one in seen[2].objects}
    assert (seen[2].lost, len(ids)) == ((), 2)
    assert (set(seen[-2].lost), seen[-2].objects) == (ids, ())
    assert {one.id for one in seen[-1].objects} == ids
    # The track was judged before the model spoke of this frame.
    assert seen[-1].lost == ()
    assert {(one.state, one.confidence) for one in seen[-1].objects} == {("found again", None)}


def test_touches_outside_the_picture_are_refused(store: Store, loader: OneLoader) -> None:
    with pytest.raises(UsageError, match="which is 160×120 pixels"):
        Follower(asked([("point", "200px,20px@3")]), SIZE, store=store, loader=loader)
