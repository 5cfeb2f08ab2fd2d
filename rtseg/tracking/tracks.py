"""What is known of a track beside its mask: its state, and how far the mask can be trusted.

Theory of operation
-------------------
With every step each object gives one `Sign`, the most telling of those that hold, and its state
goes on by this table; a sign that a state does not name changes nothing.

=============  ==============================================================================
in the state   this sign leads to that state
=============  ==============================================================================
FOUND          NOTHING_NEW: FOLLOWED.    DOUBT: UNCERTAIN.    GONE: LOST.
FOLLOWED                                 DOUBT: UNCERTAIN.    GONE: LOST.
UNCERTAIN      TRUST: FOLLOWED.                               GONE: LOST.
LOST           APPEARS: FOUND, where no model ever showed it before; RETURNS: FOUND_AGAIN.
FOUND_AGAIN    NOTHING_NEW: FOLLOWED.    DOUBT: UNCERTAIN.    GONE: LOST.
=============  ==============================================================================

A lost object has no outline. Only a model's word brings it back: what is lost can look like
anything, and a tracker that guesses where would be wrong for as long as nobody corrects it.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass

from rtseg.types import FrameId

DOUBT_BELOW = 0.5
"""Confidence below which an outline is in doubt: less than half of it can be believed."""

TRUST_FROM = 0.6
"""Confidence at which it is trusted again; the gap keeps a state from flickering."""

_DOUBT_STEPS = 3
"""Steps in a row in doubt that make an outline uncertain: of one that is so for a frame or two, and
then as good as before, nobody wants to hear. An eighth of a second at 24 fps."""

_NEWS_STEPS = 12
"""How long found and found again are news: long enough to be read, half a second at 24 fps."""


class TrackState(enum.Enum):
    """How a track stands in the newest frame."""

    FOUND = "found"
    FOLLOWED = "followed"
    UNCERTAIN = "uncertain"
    LOST = "lost"
    FOUND_AGAIN = "found again"


@dataclass(frozen=True, slots=True)
class Track:
    """What is known of an object beside its mask.

    Parameters
    ----------
    state : of the newest step.
    confidence : estimate of J, the IoU of the mask that the step gave with the true one, [0, 1].
        A lost object has no mask; its confidence is 0.
    seen : the frame of a model's last word.
    """

    state: TrackState
    confidence: float
    seen: FrameId


class Sign(enum.Enum):
    """What a step says of an object, the most telling first."""

    GONE = enum.auto()
    APPEARS = enum.auto()
    RETURNS = enum.auto()
    DOUBT = enum.auto()
    TRUST = enum.auto()
    NOTHING_NEW = enum.auto()
    NONE = enum.auto()


TRANSITIONS: dict[TrackState, dict[Sign, TrackState]] = {
    TrackState.FOUND: {
        Sign.NOTHING_NEW: TrackState.FOLLOWED,
        Sign.DOUBT: TrackState.UNCERTAIN,
        Sign.GONE: TrackState.LOST,
    },
    TrackState.FOLLOWED: {
        Sign.DOUBT: TrackState.UNCERTAIN,
        Sign.GONE: TrackState.LOST,
    },
    TrackState.UNCERTAIN: {
        Sign.TRUST: TrackState.FOLLOWED,
        Sign.GONE: TrackState.LOST,
    },
    TrackState.LOST: {
        Sign.APPEARS: TrackState.FOUND,
        Sign.RETURNS: TrackState.FOUND_AGAIN,
    },
    TrackState.FOUND_AGAIN: {
        Sign.NOTHING_NEW: TrackState.FOLLOWED,
        Sign.DOUBT: TrackState.UNCERTAIN,
        Sign.GONE: TrackState.LOST,
    },
}


@dataclass(frozen=True, slots=True)
class Life:
    """A track's way through the states.

    Parameters
    ----------
    state : as of the newest step.
    confidence : as of `Track`.
    steps : how many steps it has been in this state.
    doubts : how many steps in a row its confidence has been below `DOUBT_BELOW`.
    was_shown : it has had an outline before.
    """

    state: TrackState = TrackState.LOST
    confidence: float = 0.0
    steps: int = 0
    doubts: int = 0
    was_shown: bool = False

    def stepped(self, *, confidence: float, is_in_view: bool, has_word: bool) -> Life:
        """Go on by one step.

        Parameters
        ----------
        confidence : in the mask of this step, [0, 1].
        is_in_view : there is something to outline.
        has_word : a model has spoken of the object since the last step.
        """
        doubts = self.doubts + 1 if confidence < DOUBT_BELOW else 0
        sign = self._sign(confidence, doubts, is_in_view, has_word)
        state = TRANSITIONS[self.state].get(sign, self.state)
        is_lost = state is TrackState.LOST
        return Life(
            state,
            0.0 if is_lost else confidence,
            self.steps + 1 if state is self.state else 0,
            doubts,
            self.was_shown or not is_lost,
        )

    def _sign(self, confidence: float, doubts: int, is_in_view: bool, has_word: bool) -> Sign:
        if not is_in_view:
            return Sign.GONE
        if self.state is TrackState.LOST:
            if not has_word:
                return Sign.NONE
            return Sign.RETURNS if self.was_shown else Sign.APPEARS
        if doubts >= _DOUBT_STEPS:
            return Sign.DOUBT
        if self.state in (TrackState.FOUND, TrackState.FOUND_AGAIN):
            return Sign.NOTHING_NEW if self.steps + 1 >= _NEWS_STEPS else Sign.NONE
        return Sign.TRUST if confidence >= TRUST_FROM else Sign.NONE
