"""The late oracle: what reaches a follower, and when; what is scored of it."""

from __future__ import annotations

import numpy as np

from rtseg.bench.followers import Hold, PlainFlow, Tracked
from rtseg.bench.late_oracle import play
from rtseg.bench.noise import answers_with_errors, noisy
from rtseg.bench.track.rounds import Round, play_rounds
from rtseg.bench.track.scoring import lag_frames
from rtseg.geometry import iou
from rtseg.types import BoolMask, Image
from tests.bench.track.scenes import SIZE, discs, drawn


class Listener:
    """Notes what it hears and sees."""

    def __init__(self) -> None:
        self.heard: list[tuple[int, int]] = []
        self.masks: list[BoolMask] = []
        self._now = -1

    def correct(self, number: int, mask: BoolMask) -> None:
        self.heard.append((self._now + 1, number))
        self.masks.append(mask)

    def step(self, number: int, image: Image) -> BoolMask:
        self._now = number
        return np.zeros(image.shape[:2], np.bool_)


def test_the_oracle_takes_the_newest_frame_when_it_is_free() -> None:
    listener = Listener()
    sequence = drawn(10)
    shown = play(sequence, listener, 3)
    assert listener.heard == [(3, 0), (6, 3), (9, 6)]
    assert [mask is sequence.truth[n] for mask, n in zip(listener.masks, (0, 3, 6), strict=True)]
    assert len(shown) == 7


def test_first_only_answers_once() -> None:
    listener = Listener()
    play(drawn(10), listener, 1, first_only=True)
    assert listener.heard == [(1, 0)]


def test_what_the_oracle_says_is_what_is_heard() -> None:
    listener = Listener()
    said = discs(*range(20, 30))
    play(drawn(10), listener, 4, answers=said)
    assert all(mask is said[n] for mask, n in zip(listener.masks, (0, 4), strict=True))


def test_holding_shows_the_masks_that_were_heard() -> None:
    sequence = drawn(6)
    shown = play(sequence, Hold(), 2)
    assert all(
        (mask == sequence.truth[t]).all() for mask, t in zip(shown, (0, 0, 2, 2), strict=True)
    )


def test_plain_flow_moves_late_masks() -> None:
    # All of it goes the same way, as when a camera pans.
    sequence = drawn(12, step_px=(4, 1), pan_px=(-4, -1), size=(240, 427))
    held, moved = (play(sequence, each, 4) for each in (Hold(), PlainFlow()))
    truth = sequence.truth[4:]
    for n, (still, here, true) in enumerate(zip(held, moved, truth, strict=True)):
        assert iou(here, true) > max(0.95, iou(still, true)), n
    # A frame too many or too few on the way would be seen here.
    lag = lag_frames(moved, truth)
    assert lag is not None
    assert abs(lag) < 0.2


def test_an_object_in_parts_is_the_object() -> None:
    sequence = drawn(5)
    whole, tracked = Tracked(), Tracked(3)
    last, union = (play(sequence, each, 2)[-1] for each in (whole, tracked))
    assert iou(last, sequence.truth[-1]) > 0.9
    assert iou(union, sequence.truth[-1]) > 0.9
    parts = list(tracked.parts(sequence.truth[0]).values())
    assert (sum(part.astype(int) for part in parts) == sequence.truth[0]).all()
    areas = [np.count_nonzero(part) for part in parts]
    assert len(areas) == 3
    assert max(areas) < 1.3 * min(areas)
    nothing = tracked.parts(np.zeros(SIZE, np.bool_))
    assert [part.any() for part in nothing.values()] == [False] * 3


def test_noise_is_of_the_frame_whoever_asks() -> None:
    truth = drawn(40).truth
    first = answers_with_errors(truth)
    assert all((a == b).all() for a, b in zip(first, answers_with_errors(truth), strict=True))
    assert all(
        (a == b).all() for a, b in zip(first[:7], answers_with_errors(truth[:7]), strict=True)
    )
    changed = [iou(a, b) for a, b in zip(first, truth, strict=True)]
    assert len(set(changed)) > 30


def test_noise_is_as_often_as_it_says() -> None:
    (mask,) = discs(40)
    dice = np.random.default_rng(1)
    every = [noisy(mask, dice) for _ in range(1000)]
    agreement = np.array([iou(each, mask) for each in every])
    assert 0.03 < np.mean([not each.any() for each in every]) < 0.07
    assert (
        0.01
        < np.mean([each.any() and score == 0 for each, score in zip(every, agreement, strict=True)])
        < 0.05
    )
    assert 0.6 < np.median(agreement) < 0.95
    areas = [np.count_nonzero(each) for each, score in zip(every, agreement, strict=True) if score]
    assert min(areas) < 0.9 * mask.sum() < 1.1 * mask.sum() < max(areas)


def test_each_round_scores_everybody_on_the_same_frames() -> None:
    sequence = drawn(12)
    rounds = [Round(3), Round(3, is_noisy=True), Round(1, is_first_only=True)]
    perfect, erring, first = play_rounds(sequence, rounds, objects=1)
    assert (perfect.frames, first.frames) == (9, 11)
    assert perfect.scores.keys() == {"truth", "hold", "flow", "tracker"}
    j = {who: scores.get("J") for who, scores in perfect.scores.items()}
    assert j["tracker"] > j["hold"]
    # Held still 3 to 5 frames of a pixel each, as far as the oracle is late.
    late = (0, 0, 0, 3, 3, 3, 6, 6, 6)
    held = [iou(sequence.truth[n], sequence.truth[3 + t]) for t, n in enumerate(late)]
    assert j["hold"] == np.mean(held)
    own = [
        iou(a, b) for a, b in zip(answers_with_errors(sequence.truth), sequence.truth, strict=True)
    ]
    assert erring.scores["oracle"]["J"] == np.mean(own[3:])
    assert erring.scores["hold"]["J"] != perfect.scores["hold"]["J"]
    held = [iou(sequence.truth[0], true) for true in sequence.truth[1:]]
    assert first.scores["hold"]["J"] == np.mean(held)
    assert [sample.is_shown for sample in perfect.samples] == [True] * 9
    assert np.mean([sample.j for sample in perfect.samples]) == j["tracker"]


def test_several_objects_have_no_samples() -> None:
    (played,) = play_rounds(drawn(5), [Round(2)], objects=2)
    assert played.samples == []
