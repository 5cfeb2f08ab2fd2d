"""How an object stands: its state, its confidence, and whether it is there at all.

An object that left or is hidden leaves a remnant of its mask behind, which flow keeps where it is:
on what covers the object, or at the picture's border. Such a remnant is tiny beside the object, and
no longer sure of itself, or is nothing but a shade. Seen so for `_GONE_STEPS` in a row, it ends.
These signs are the soft mask's own: what they mean stays the same when confidence is fitted anew.
"""

from __future__ import annotations

import cv2
import numpy as np

from rtseg.tracking.appearance import Memory, Soft
from rtseg.tracking.confidence import (
    Agreement,
    Signs,
    borders_touched,
    confidence_of,
    expected_iou,
    log_odds,
)
from rtseg.tracking.motion import Affine, fetch
from rtseg.tracking.tracks import Life, TrackState

_GONE_STEPS = 3
"""At 24 frames a second an outline must end within five frames of its object."""

_SHADE = 0.3
"""Expected IoU of a mask with itself below which it is nothing but a shade. Of ten DAVIS sequences,
at 3 and 12 frames late and with the first mask alone, no mask of what is in view is below .33."""

_REMNANT = 0.045
"""Share of its expected area below which nothing of an object counts as there, if it is not sure of
itself either. Of the same masks, the least have .047; of what is gone in drawn scenes, .04."""

_ASTRAY = 0.1
"""The same for a remnant that lies where nothing of the object should be, by its motion as a whole:
a fleck that the object left behind on its way. Drawn scenes leave .075."""

_SURE = 0.7
"""Expected IoU from which on a mask is no remnant, however small: it may have shrunk far away."""


class Presence:
    """What is known of one object beside its evidence and belief.

    Parameters
    ----------
    frames : how late a correction may be.
    """

    def __init__(self, frames: int) -> None:
        self.life = Life()
        self.has_word = False
        self.agreement = Agreement(frames)
        self.signs: Signs | None = None
        self._mask: Soft | None = None
        self._gone_steps = 0

    @property
    def is_lost(self) -> bool:
        """It has no outline, and no word came that could bring it back."""
        return self.life.state is TrackState.LOST and not self.has_word

    def hear(self, index: int, word: Soft) -> None:
        """Take a model's word, (h, w) float32, of the frame with that index."""
        self.agreement.hear(index, word)
        self.has_word = True

    def learn(self, memory: Memory) -> None:
        """Take new evidence, a model's or our own, of the object's shape."""
        self._mask = memory.mask

    def step(
        self,
        index: int,
        soft: Soft,
        whole: Affine,
        *,
        is_shown: bool,
        silence: int,
        age: int,
    ) -> None:
        """Judge the belief in the newest frame.

        Parameters
        ----------
        index : of that frame.
        soft : (h, w) float32 in [0, 1], the belief.
        whole : (2, 3), the object's own motion back to its evidence's frame.
        is_shown : the mask that was drawn of it has a pixel.
        silence, age : frames since the model's last word, and since the evidence.
        """
        sureness = expected_iou(soft)
        self.signs = Signs(
            log_odds(sureness),
            float(np.log1p(silence)),
            float(np.log1p(age)),
            log_odds(self.agreement.value),
            borders_touched(soft),
        )
        # What covers an object can be taken for it: a remnant that grows must also become sure, or
        # a model must have said meanwhile where the object is.
        was_gone = self._gone_steps > 0 and not self.has_word
        is_remnant = sureness < _SURE and (was_gone or self._is_remnant(soft, whole))
        looks_gone = sureness < _SHADE or is_remnant
        self._gone_steps = self._gone_steps + 1 if looks_gone else 0
        # What a model said of an older frame brings nobody back who is gone by now.
        patience = 1 if self.life.state is TrackState.LOST else _GONE_STEPS
        self.life = self.life.stepped(
            confidence=confidence_of(self.signs),
            is_in_view=is_shown and self._gone_steps < patience,
            has_word=self.has_word,
        )
        self.has_word = False
        self.agreement.show(index, soft)

    def _is_remnant(self, soft: Soft, whole: Affine) -> bool:
        """Say whether next to nothing is left of the object's area, at its size of now."""
        if self._mask is None:
            return False
        there = soft > 0.5
        left = int(np.count_nonzero(there))
        area = np.count_nonzero(self._mask > 0.5) / abs(float(np.linalg.det(whole[:, :2])))
        if _REMNANT * area < 1 or left >= _ASTRAY * area:
            return False
        if left < _REMNANT * area:
            return True
        expected = fetch(self._mask, whole, soft.shape, cv2.BORDER_CONSTANT)
        return not bool((expected[there] > 0.5).any())
