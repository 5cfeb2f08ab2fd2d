"""How an object stands, told by its soft mask alone."""

from __future__ import annotations

import numpy as np

from rtseg.tracking.appearance import Memory, Soft
from rtseg.tracking.motion import STILL
from rtseg.tracking.presence import Presence
from rtseg.tracking.tracks import TrackState

SHAPE = (60, 80)


def blob(side: int, peak: float = 0.98) -> Soft:
    """A square that is this likely."""
    soft = np.zeros(SHAPE, np.float32)
    soft[:side, :side] = peak
    return soft


def told(*, side: int = 40) -> Presence:
    """An object of which a model has just spoken."""
    presence = Presence(8)
    presence.learn(Memory(np.zeros((*SHAPE, 3), np.uint8), blob(side)))
    presence.has_word = True
    look(presence, blob(side))
    return presence


def look(presence: Presence, soft: Soft) -> TrackState:
    presence.step(0, soft, STILL, is_shown=True, silence=1, age=1)
    return presence.life.state


def test_a_shade_ends_with_the_third_step() -> None:
    presence = told()
    shade = np.maximum(blob(40, 0.24), blob(10, 0.55))
    states = [look(presence, shade) for _ in range(3)]
    assert states[1] is not TrackState.LOST
    assert states[2] is TrackState.LOST


def test_what_is_small_and_unsure_is_a_remnant() -> None:
    presence = told()
    assert [look(presence, blob(6, 0.6)) for _ in range(3)][2] is TrackState.LOST


def fleck(left: int) -> Soft:
    """A twelfth of the object's area, unsure, from this column on."""
    soft = np.zeros(SHAPE, np.float32)
    soft[:12, left : left + 11] = 0.6
    return soft


def test_a_fleck_where_nothing_of_the_object_should_be_is_a_remnant() -> None:
    presence = told()
    assert [look(presence, fleck(60)) for _ in range(3)][2] is TrackState.LOST


def test_as_little_where_the_object_should_be_is_there() -> None:
    presence = told()
    assert [look(presence, fleck(20)) for _ in range(9)][-1] is TrackState.UNCERTAIN


def test_what_is_small_and_sure_is_far_away() -> None:
    presence = told()
    assert [look(presence, blob(6)) for _ in range(9)][-1] is not TrackState.LOST


def test_what_is_large_and_unsure_is_there() -> None:
    presence = told()
    assert [look(presence, blob(30, 0.6)) for _ in range(9)][-1] is TrackState.UNCERTAIN


def test_a_remnant_that_grows_and_stays_unsure_ends_all_the_same() -> None:
    presence = told()
    states = [look(presence, blob(side, 0.6)) for side in (6, 20, 30)]
    assert states[2] is TrackState.LOST


def test_a_remnant_that_becomes_sure_again_is_there() -> None:
    presence = told()
    for side, peak in ((6, 0.6), (20, 0.6), (30, 0.95), (30, 0.6), (30, 0.6), (30, 0.6)):
        assert look(presence, blob(side, peak)) is not TrackState.LOST


def test_a_word_ends_the_doubt_of_the_steps_before_it() -> None:
    presence = told()
    for _ in range(2):
        look(presence, blob(6, 0.6))
    presence.has_word = True
    assert look(presence, blob(30, 0.6)) is not TrackState.LOST


def test_a_word_brings_back_what_is_lost_though_it_is_unsure() -> None:
    presence = told()
    for _ in range(4):
        look(presence, blob(6, 0.6))
    presence.has_word = True
    assert look(presence, blob(30, 0.6)) is TrackState.FOUND_AGAIN


def test_a_late_word_brings_nobody_back_who_is_gone_by_now() -> None:
    presence = told()
    presence.step(0, blob(40), STILL, is_shown=False, silence=1, age=1)
    assert presence.life.state is TrackState.LOST
    presence.has_word = True
    assert look(presence, blob(6, 0.6)) is TrackState.LOST
