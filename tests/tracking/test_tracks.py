"""A track's way through its states."""

from __future__ import annotations

import numpy as np
import pytest

from rtseg.tracking import Tracker, TrackState
from rtseg.tracking.tracks import _NEWS_STEPS, TRANSITIONS, Life, Sign
from tests.tracking.scenes import moving_disc

FOUND, FOLLOWED, UNCERTAIN, LOST, FOUND_AGAIN = TrackState


def way(*steps: tuple[float, bool, bool], start: Life | None = None) -> list[TrackState]:
    """Give the state after each step: (confidence, is in view, has a word)."""
    life, states = start or Life(), []
    for confidence, is_in_view, has_word in steps:
        life = life.stepped(confidence=confidence, is_in_view=is_in_view, has_word=has_word)
        states.append(life.state)
    return states


WORD, SURE, UNSURE, GONE = (
    (0.9, True, True),
    (0.9, True, False),
    (0.2, True, False),
    (0.0, False, False),
)


def test_every_state_can_be_left_and_all_but_a_lost_one_can_be_lost() -> None:
    assert set(TRANSITIONS) == set(TrackState)
    for state, ways in TRANSITIONS.items():
        assert ways
        assert (Sign.GONE in ways) == (state is not LOST)


def test_found_is_news_for_a_while() -> None:
    states = way(WORD, *[SURE] * _NEWS_STEPS)
    assert states == [FOUND] * _NEWS_STEPS + [FOLLOWED]


def test_what_is_lost_comes_back_by_a_word_alone() -> None:
    assert way(WORD, GONE, SURE, WORD) == [FOUND, LOST, LOST, FOUND_AGAIN]


def test_what_was_never_in_view_is_found_not_found_again() -> None:
    assert way((0.0, False, True), GONE, WORD) == [LOST, LOST, FOUND]


def test_doubt_has_hysteresis() -> None:
    between = (0.55, True, False)
    assert way(*[UNSURE] * 3, between, SURE, between, start=Life(FOLLOWED)) == [
        FOLLOWED,
        FOLLOWED,
        UNCERTAIN,
        UNCERTAIN,
        FOLLOWED,
        FOLLOWED,
    ]


def test_a_moments_doubt_is_no_news() -> None:
    assert way(UNSURE, UNSURE, SURE, UNSURE, UNSURE, start=Life(FOLLOWED)) == [FOLLOWED] * 5


def test_a_lost_track_has_no_confidence() -> None:
    assert Life(FOLLOWED).stepped(confidence=0.9, is_in_view=False, has_word=False).confidence == 0


def test_the_tracker_tells_of_each_object() -> None:
    tracker = Tracker()
    for t, (image, truth) in enumerate(moving_disc(8)):
        tracker.step(t, image)
        if t == 0:
            assert tracker.tracks == {}
            tracker.correct(t, {1: truth, 2: np.zeros_like(truth)})
        if t == 1:
            assert tracker.tracks[1].state is FOUND
            assert tracker.tracks[1].confidence > 0.8
            assert tracker.tracks[1].seen == 0
            assert (tracker.tracks[2].state, tracker.tracks[2].confidence) == (LOST, 0)
        if t in (2, 3):
            tracker.correct(t, {1: np.zeros_like(truth)})
        if t in (4, 5):
            assert tracker.tracks[1].state is LOST
            assert tracker.tracks[1].seen == 3
        if t == 5:
            tracker.correct(t, {1: truth})
        if t == 6:
            assert tracker.tracks[1].state is FOUND_AGAIN
            tracker.drop(1)
            assert set(tracker.tracks) == {2}


@pytest.mark.parametrize("state", list(TrackState))
def test_states_speak_words(state: TrackState) -> None:
    assert state.value == state.name.lower().replace("_", " ")
