"""Laws of objects that leave, are hidden, return, and meet: each states what it demands."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from rtseg.geometry import iou
from rtseg.tracking import Correction, Tracker, TrackState
from rtseg.types import BoolMask, Image
from tests.tracking.scenes import texture
from tests.tracking.test_laws import FRAMES, HEIGHT, WIDTH, Pose, Scene, draw

ENDS_WITHIN = 5  # frames: 200 ms at 24 fps
COLUMNS = np.broadcast_to(np.arange(WIDTH), (HEIGHT, WIDTH))
PLAIN = np.full((HEIGHT, WIDTH, 3), 120, np.uint8)
CLOTH = np.clip(texture(HEIGHT, WIDTH, 9) * 0.7 + (60, 20, 0), 0, 255).astype(np.uint8)


def behind(scene: Scene, cover: Callable[[int], BoolMask], look: Image) -> Scene:
    """Put something in front of a scene."""
    return [
        (np.where(cover(t)[..., None], look, image).astype(np.uint8), truth & ~cover(t))
        for t, (image, truth) in enumerate(scene)
    ]


def wall(t: int) -> BoolMask:
    return (COLUMNS > 230) & (COLUMNS < 360)


def curtain(t: int) -> BoolMask:
    return 14 * min(t, 22) > COLUMNS


def leaving(dx: float, dy: float) -> Scene:
    return draw(lambda t: Pose(240 + dx * t, 135 + dy * t, scale=0.6), frames=36)


def passing() -> Scene:
    return draw(lambda t: Pose(110 + 8 * t, scale=0.6), frames=40)


def covered() -> Scene:
    return draw(lambda t: Pose(scale=0.7), frames=34)


GOING = [
    pytest.param(leaving(12, 0), id="leaves to the right"),
    pytest.param(leaving(-12, 0), id="leaves to the left"),
    pytest.param(leaving(0, 8), id="leaves downwards"),
    pytest.param(leaving(0, -8), id="leaves upwards"),
    pytest.param(behind(passing(), wall, CLOTH), id="goes behind a wall"),
    pytest.param(behind(passing(), wall, PLAIN), id="goes behind a plain wall"),
    pytest.param(behind(covered(), curtain, CLOTH), id="is covered"),
    pytest.param(behind(covered(), curtain, PLAIN), id="is covered plainly"),
]


@pytest.mark.parametrize("scene", GOING)
def test_what_leaves_or_is_hidden_ends_within_200_ms(scene: Scene) -> None:
    """Nothing tells the tracker: it has the first mask alone."""
    tracker, gone = Tracker(), 0
    for t, (image, truth) in enumerate(scene):
        masks = tracker.step(t, image)
        if t == 0:
            tracker.correct(0, {1: truth})
            continue
        gone = 0 if truth.any() and not gone else gone + 1
        if not gone and truth.sum() > 1500:
            assert tracker.tracks[1].state is not TrackState.LOST, f"frame {t}: it is in view"
        if gone >= ENDS_WITHIN:
            assert not masks[1].any(), f"frame {t}, hidden for {gone}"
            assert tracker.tracks[1].state is TrackState.LOST
            assert tracker.tracks[1].confidence == 0
    assert gone >= ENDS_WITHIN, "the scene shows what it is to show"


@pytest.mark.parametrize("scene", GOING)
def test_late_words_do_not_keep_up_what_is_gone(scene: Scene) -> None:
    """The model answers 12 frames late: an outline of what is gone is at least uncertain."""
    tracker, busy_with, gone = Tracker(), 0, 0
    for t, (image, truth) in enumerate(scene):
        if t - busy_with >= 12:
            tracker.correct(busy_with, {1: scene[busy_with][1]})
            busy_with = t
        masks = tracker.step(t, image)
        if 1 not in masks:
            continue
        gone = 0 if truth.any() and not gone else gone + 1
        if gone >= 2 * ENDS_WITHIN:
            assert not masks[1].any() or tracker.tracks[1].confidence < 0.75, f"frame {t}"


def test_an_object_that_returns_gets_its_id_and_state_by_a_word() -> None:
    scene = behind(passing(), wall, PLAIN)
    tracker = Tracker()
    for t, (image, truth) in enumerate(scene):
        masks = tracker.step(t, image)
        if t in (0, 36):
            tracker.correct(t, {1: truth})
        if t in (30, 36):
            assert tracker.tracks[1].state is TrackState.LOST
        if t > 36:
            assert tracker.tracks[1].state is TrackState.FOUND_AGAIN
            assert tracker.tracks[1].seen == 36
            assert iou(masks[1], truth) > 0.9


def test_a_late_word_of_before_it_was_hidden_finds_nobody_again() -> None:
    scene = behind(passing(), wall, PLAIN)
    tracker = Tracker()
    for t, (image, truth) in enumerate(scene[:32]):
        tracker.step(t, image)
        if t == 0:
            tracker.correct(t, {1: truth})
        if t == 26:
            assert tracker.tracks[1].state is TrackState.LOST
            assert tracker.correct(4, {1: scene[4][1]}) == {1: Correction.APPLIED}
        if t > 27:
            assert tracker.tracks[1].confidence < 0.5


@pytest.mark.parametrize("look", [PLAIN, CLOTH], ids=["plain", "cloth"])
def test_what_is_half_hidden_goes_on(look: Image) -> None:
    """A board stays in front of 4 in 10 parts of it. It is not lost, nor is the board taken in."""
    scene = behind(covered(), lambda t: 14 * min(t, 17) > COLUMNS, look)
    tracker = Tracker()
    for t, (image, truth) in enumerate(scene):
        masks = tracker.step(t, image)
        if t == 0:
            tracker.correct(0, {1: truth})
        elif t > 20:
            assert iou(masks[1], truth) > 0.9
            assert (masks[1] & truth).sum() > 0.9 * truth.sum()
            assert tracker.tracks[1].state is not TrackState.LOST


@pytest.mark.parametrize("looks", ["different", "alike"])
def test_two_that_cross_keep_their_ids_and_share_no_pixel(looks: str) -> None:
    first = draw(lambda t: Pose(130 + 10 * t, 110, scale=0.6))
    second = draw(lambda t: Pose(340 - 9 * t, 150, scale=0.6))
    tracker = Tracker()
    for t in range(FRAMES):
        other = second[t][0] if looks == "alike" else second[t][0][..., ::-1]
        image = np.where(second[t][1][..., None], other, first[t][0])
        behind_it = first[t][1] & ~second[t][1]
        masks = tracker.step(t, image)
        if t % 4 == 0:
            tracker.correct(t, {1: behind_it, 2: second[t][1]})
        if t > 0:
            assert not (masks[1] & masks[2]).any(), f"frame {t}"
            assert iou(masks[2], second[t][1]) > 0.75, f"frame {t}"
            if behind_it.sum() > 2000:
                assert iou(masks[1], behind_it) > 0.6, f"frame {t}"


def test_groups_say_who_may_lie_over_whom() -> None:
    image, truth = draw(lambda t: Pose(), frames=1)[0]
    upper = truth.copy()
    upper[135:] = False
    lower = truth.copy()
    lower[:115] = False
    tracker = Tracker()
    tracker.step(0, image)
    tracker.correct(0, {1: truth, 2: upper, 3: lower})
    masks = tracker.step(1, image)
    assert iou(masks[1], truth) > 0.95, "who lay within another at the model's word may do so"
    assert iou(masks[2], upper) > 0.9
    tracker.exclude([[1], [2, 3]])
    masks = tracker.step(2, image)
    assert iou(masks[1], truth) > 0.95
    assert not (masks[2] & masks[3]).any()
    assert (masks[1] & masks[2]).any()
    tracker.exclude([[1, 2]])
    masks = tracker.step(3, image)
    assert not (masks[1] & masks[2]).any()


def test_a_pixel_is_an_object_too() -> None:
    """Smaller than a working pixel: whatever is shown, nothing breaks and nothing grows."""
    image = texture(480, 854, 3)
    truth = np.zeros((480, 854), np.bool_)
    truth[200, 400] = True
    tracker = Tracker()
    for t in range(6):
        masks = tracker.step(t, image)
        if t == 0:
            tracker.correct(0, {1: truth})
        else:
            assert masks[1].sum() <= 9
            assert 0 <= tracker.tracks[1].confidence <= 1


def test_a_word_of_a_size_that_is_no_more_still_counts() -> None:
    """The sender scaled down meanwhile; the frame that was looked at was still large."""
    large = draw(lambda t: Pose(), frames=1)[0]
    small = (large[0][::2, ::2].copy(), large[1][::2, ::2].copy())
    tracker = Tracker(flow_px=200)
    tracker.step(0, large[0])
    tracker.step(1, small[0])
    assert tracker.correct(0, {1: large[1]}) == {1: Correction.APPLIED}
    mask = tracker.step(2, small[0])[1]
    assert mask.shape == small[1].shape
    assert iou(mask, small[1]) > 0.85


def test_what_tracks_tell_is_deterministic_and_bounded() -> None:
    scene = leaving(12, 0)[:14]

    def run() -> list[object]:
        tracker, told = Tracker(history_frames=6), []
        for t, (image, truth) in enumerate(scene):
            tracker.step(t, image)
            told.append(tracker.tracks)
            if t % 5 == 0:
                tracker.correct(t, {1: truth, 2: np.roll(truth, 100, axis=1)})
            for known in tracker._objects.values():
                assert len(known.presence.agreement._shown) <= 6
        return told

    assert run() == run()
