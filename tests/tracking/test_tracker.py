"""The tracker against scenes whose truth is known."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from rtseg.errors import UsageError
from rtseg.geometry import iou
from rtseg.tracking import Correction, Tracker
from rtseg.types import BoolMask, Image
from tests.tracking.scenes import moving_disc, texture

STILL: dict[str, tuple[float, float]] = {"step_px": (0, 0)}


def follow_late(scene: list[tuple[Image, BoolMask]], late: int) -> list[float]:
    """Run a perfect model that answers `late` frames later; IoU of each frame from then on."""
    tracker = Tracker()
    busy_with: int | None = None
    scores = []
    for t, (image, truth) in enumerate(scene):
        if busy_with is not None and t - busy_with >= late:
            tracker.correct(busy_with, {1: scene[busy_with][1]})
            busy_with = None
        masks = tracker.step(t, image)
        if busy_with is None:
            busy_with = t
        if t >= late:
            scores.append(iou(masks[1], truth))
    return scores


# The floors are what a perfect model's masks keep of themselves, and go up as the tracker learns
# better. What is behind an object still pulls at its edge where both look alike.
@pytest.mark.parametrize(("late", "floor"), [(1, 0.97), (3, 0.9), (8, 0.82)])
@pytest.mark.parametrize(
    "motion",
    [
        STILL,
        {"step_px": (4, 1.5)},
        {"step_px": (-3, 2), "pan_px": (2, 0)},
        {"step_px": (0, 0), "pan_px": (5, -2)},
    ],
    ids=["still", "moving", "against a pan", "shake"],
)
def test_late_masks_are_moved_to_now(
    late: int, floor: float, motion: dict[str, tuple[float, float]]
) -> None:
    scores = follow_late(list(moving_disc(20, **motion)), late)
    assert min(scores) > (0.999 if motion == STILL else floor)


@pytest.mark.parametrize("late", [1, 3, 8])
def test_moving_the_mask_beats_holding_it(late: int) -> None:
    scene = list(moving_disc(20, step_px=(6, 2)))
    held = [iou(scene[t - late][1], scene[t][1]) for t in range(late, len(scene))]
    moved = follow_late(scene, late)
    assert sum(moved) / len(moved) > sum(held) / len(held) + 0.04


def test_several_objects_of_different_ages() -> None:
    scene = list(moving_disc(12))
    height, width = scene[0][1].shape
    still = np.zeros((height, width), np.bool_)
    still[20:80, 500:600] = True
    tracker = Tracker()
    for t, (image, _) in enumerate(scene):
        masks = tracker.step(t, image)
        if t == 2:
            tracker.correct(0, {7: scene[0][1]})
        if t == 5:
            tracker.correct(4, {9: still})
    assert iou(masks[7], scene[-1][1]) > 0.7
    assert iou(masks[9], still) > 0.95
    assert tracker.evidence == {7: 0, 9: 4}


def test_a_correction_takes_effect_with_the_next_step() -> None:
    scene = list(moving_disc(3))
    tracker = Tracker()
    assert tracker.step(0, scene[0][0]) == {}
    assert tracker.correct(0, {1: scene[0][1]}) == {1: Correction.APPLIED}
    assert iou(tracker.step(1, scene[1][0])[1], scene[1][1]) > 0.95


def test_two_empty_masks_end_the_outline_and_a_new_one_brings_it_back() -> None:
    scene = list(moving_disc(7))
    tracker = Tracker()
    for t, (image, truth) in enumerate(scene):
        masks = tracker.step(t, image)
        if t == 4:
            assert not masks[1].any()
        if t == 6:
            assert iou(masks[1], truth) > 0.95
        found = truth if t not in (2, 3) else np.zeros_like(truth)
        tracker.correct(t, {1: found})


def test_one_empty_mask_between_two_words_is_a_slip() -> None:
    tracker = Tracker()
    for t, (image, truth) in enumerate(moving_disc(12)):
        masks = tracker.step(t, image)
        if t > 0:
            assert iou(masks[1], truth) > 0.95, f"frame {t}"
        slips = t in (3, 5, 9)
        outcome = tracker.correct(t, {1: np.zeros_like(truth) if slips else truth})
        assert outcome == {1: Correction.DOUBTED if slips else Correction.APPLIED}


def test_an_empty_mask_of_what_nobody_is_sure_of_counts_at_once() -> None:
    image, truth = next(moving_disc(1))
    tracker = Tracker()
    tracker.step(0, image)
    tracker.correct(0, {1: truth})
    for t in (1, 2, 3):
        mask = tracker.step(t, texture(360, 640, 7 * t))[1]
    assert mask.any()
    assert tracker.tracks[1].confidence < 0.6
    assert tracker.correct(3, {1: np.zeros_like(truth)}) == {1: Correction.APPLIED}
    assert not tracker.masks()[1].any()


def test_after_a_moment_one_empty_mask_is_enough() -> None:
    tracker = Tracker()
    for t, (image, truth) in enumerate(moving_disc(7)):
        tracker.step(t, image)
        if t == 0:
            tracker.correct(0, {1: truth})
    assert tracker.correct(5, {1: np.zeros_like(truth)}) == {1: Correction.APPLIED}
    assert not tracker.masks()[1].any()


def test_one_word_that_contradicts_the_last_is_doubted_two_are_believed() -> None:
    scene = list(moving_disc(6))
    tracker = Tracker()
    outcomes = []
    for t, (image, truth) in enumerate(scene):
        masks = tracker.step(t, image)
        if t in (3, 4):
            assert iou(masks[1], truth) > 0.95, "the slip of frame 2 is not shown"
        wrong = t in (2, 4, 5)
        found = np.ascontiguousarray(truth[:, ::-1]) if wrong else truth
        outcomes.append(tracker.correct(t, {1: found})[1])
    assert outcomes[:4] == [Correction.APPLIED] * 2 + [Correction.DOUBTED, Correction.APPLIED]
    assert outcomes[4:] == [Correction.DOUBTED, Correction.APPLIED]
    assert tracker.evidence == {1: 5}


def test_after_a_long_silence_every_word_counts() -> None:
    scene = list(moving_disc(7))
    tracker = Tracker()
    for t, (image, _) in enumerate(scene):
        tracker.step(t, image)
        if t == 0:
            tracker.correct(0, {1: scene[0][1]})
    elsewhere = np.ascontiguousarray(scene[6][1][:, ::-1])
    assert tracker.correct(6, {1: elsewhere}) == {1: Correction.APPLIED}


def test_corrections_out_of_order_and_for_forgotten_frames() -> None:
    scene = list(moving_disc(12))
    tracker = Tracker(history_frames=8)
    for t, (image, _) in enumerate(scene):
        tracker.step(t, image)
    assert tracker.correct(9, {1: scene[9][1]}) == {1: Correction.APPLIED}
    assert tracker.correct(6, {1: scene[6][1]}) == {1: Correction.SUPERSEDED}
    assert tracker.evidence[1] == 9
    assert tracker.correct(2, {1: scene[2][1]}) == {1: Correction.FORGOTTEN}
    assert tracker.correct(999, {2: scene[2][1]}) == {2: Correction.FORGOTTEN}
    assert 2 not in tracker.evidence


@pytest.mark.parametrize("options", [{"history_frames": 6}, {"renew_after": 5}])
def test_an_object_is_followed_for_longer_than_the_history(options: dict[str, int]) -> None:
    scene = list(moving_disc(24, step_px=(1, 0)))
    tracker = Tracker(**options)
    for t, (image, truth) in enumerate(scene):
        masks = tracker.step(t, image)
        if t == 0:
            tracker.correct(0, {1: truth})
        else:
            assert iou(masks[1], truth) > 0.8, f"frame {t}"
            assert tracker.evidence == {1: 0}, "its own mask is nobody's word"


def test_a_models_word_stands_above_the_objects_own_mask() -> None:
    scene = list(moving_disc(12, step_px=(1, 0)))
    tracker = Tracker(renew_after=4)
    for t, (image, truth) in enumerate(scene):
        tracker.step(t, image)
        if t == 0:
            tracker.correct(0, {1: truth})
    wrong = np.roll(scene[2][1], 20, axis=1)
    assert tracker.correct(2, {1: wrong}) == {1: Correction.APPLIED}, "a word that came late"
    assert tracker.evidence == {1: 2}
    assert tracker.correct(1, {1: scene[1][1]}) == {1: Correction.SUPERSEDED}


def test_an_object_that_left_is_not_renewed() -> None:
    scene = list(moving_disc(12, step_px=(1, 0)))
    tracker = Tracker(renew_after=3)
    for t, (image, truth) in enumerate(scene):
        masks = tracker.step(t, image)
        tracker.correct(t, {1: truth if t == 0 else np.zeros_like(truth)} if t < 3 else {})
    assert not masks[1].any()


def test_maps_and_ring_are_bounded() -> None:
    scene = list(moving_disc(30, size=(90, 160)))
    tracker = Tracker(history_frames=4)
    for t, (image, truth) in enumerate(scene):
        tracker.step(t, image)
        tracker.correct(t, {1: truth, 2: truth})
    assert len(tracker._ways) <= 2
    assert len(tracker._history) == 4


def test_dropped_objects_are_gone() -> None:
    image, truth = next(moving_disc(1))
    tracker = Tracker()
    tracker.step(0, image)
    tracker.correct(0, {1: truth, 2: truth})
    tracker.drop(1)
    tracker.drop(77)
    assert set(tracker.step(1, image)) == {2}


def test_resolution_changes_in_mid_stream_with_the_same_aspect() -> None:
    """A sender that scales down goes on being tracked, and masks come in the new size."""
    large = list(moving_disc(4, size=(360, 640), step_px=(0, 0)))
    small = list(moving_disc(4, size=(270, 480), step_px=(0, 0)))
    tracker = Tracker()
    tracker.step(0, large[0][0])
    tracker.correct(0, {1: large[0][1]})
    tracker.step(1, large[1][0])
    scaled = cv2.resize(large[2][0], (480, 270), interpolation=cv2.INTER_AREA)
    mask = tracker.step(2, scaled)[1]
    assert mask.shape == (270, 480)
    assert iou(mask, small[0][1]) > 0.93


def test_another_aspect_starts_afresh() -> None:
    image, truth = next(moving_disc(1, size=(360, 640)))
    tracker = Tracker()
    tracker.step(0, image)
    tracker.correct(0, {1: truth})
    upright, upright_truth = next(moving_disc(1, size=(640, 360)))
    mask = tracker.step(1, upright)[1]
    assert mask.shape == (640, 360)
    assert not mask.any()
    assert tracker.correct(0, {1: truth}) == {1: Correction.FORGOTTEN}
    tracker.correct(1, {1: upright_truth})
    assert iou(tracker.step(2, upright)[1], upright_truth) > 0.95


@pytest.mark.parametrize("size", [(1, 1), (7, 3), (2, 500), (101, 57), (1081, 1919)])
def test_any_size_of_frame(size: tuple[int, int]) -> None:
    image = texture(*size, 3)[: size[0], : size[1]]
    truth = np.ones(size, np.bool_)
    tracker = Tracker()
    for t in range(3):
        masks = tracker.step(t, image)
        tracker.correct(t, {1: truth})
    assert iou(masks[1], truth) > 0.99


def test_it_is_deterministic() -> None:
    scene = list(moving_disc(8))
    assert follow_late(scene, 2) == follow_late(scene, 2)


@pytest.mark.parametrize(
    "image",
    [
        np.zeros((4, 4), np.uint8),
        np.zeros((4, 4, 4), np.uint8),
        np.zeros((4, 4, 3), np.float32),
        np.zeros((0, 4, 3), np.uint8),
    ],
)
def test_what_is_no_image_is_refused(image: Image) -> None:
    with pytest.raises(UsageError, match=r"expected an image \(H, W, 3\) uint8"):
        Tracker().step(0, image)


def test_masks_of_another_size_are_refused_and_change_nothing() -> None:
    image, truth = next(moving_disc(1))
    tracker = Tracker()
    tracker.step(5, image)
    with pytest.raises(UsageError, match="the size of frame 5"):
        tracker.correct(5, {1: truth, 2: truth[:-1]})
    with pytest.raises(UsageError, match="bool"):
        tracker.correct(5, {1: truth.astype(np.uint8)})
    assert tracker.evidence == {}


def test_what_is_no_array_is_refused_by_name() -> None:
    tracker = Tracker()
    with pytest.raises(UsageError, match=r"uint8 BGR, got \(1, 1, 3\) list"):
        tracker.step(0, [[[0, 0, 0]]])  # type: ignore[arg-type]
    tracker.step(0, np.zeros((20, 30, 3), np.uint8))
    with pytest.raises(UsageError, match=r"\(20, 30\) bool.*got \(\) NoneType for track 1"):
        tracker.correct(0, {1: None})  # type: ignore[dict-item]


def test_it_matters_not_when_or_whether_a_frame_is_settled() -> None:
    scene = list(moving_disc(16, step_px=(4, 1.5)))
    at_once, never = Tracker(renew_after=5), Tracker(renew_after=5)
    for t, (image, _) in enumerate(scene):
        masks, others = at_once.step(t, image), never.step(t, image)
        at_once.settle()
        at_once.settle()
        assert masks.keys() == others.keys()
        assert all(np.array_equal(masks[i], others[i]) for i in masks)
        if t in (2, 6):  # and then silence, in which its own mask is renewed
            for tracker in (at_once, never):
                tracker.correct(t - 2, {1: scene[t - 2][1]})
    assert at_once.evidence == never.evidence
    assert iou(masks[1], scene[-1][1]) > 0.8


def test_what_is_dropped_before_a_frame_is_settled_leaves_no_trace() -> None:
    tracker = Tracker(renew_after=1)
    for t, (image, truth) in enumerate(moving_disc(4)):
        tracker.step(t, image)
        if t == 0:
            tracker.correct(0, {1: truth})
    tracker.drop(1)
    tracker.settle()
    assert tracker.masks() == {}
    assert not any(1 in past.glimpse.taken for past in tracker._history)
