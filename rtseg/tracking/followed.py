"""One object: what was said of it, where it is by now, and what that is worth."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from rtseg.tracking.appearance import Soft
from rtseg.tracking.belief import Belief
from rtseg.tracking.enlarging import enlarge
from rtseg.tracking.evidence import Evidence, contradicts
from rtseg.tracking.flow import BackwardMap
from rtseg.tracking.history import Past
from rtseg.tracking.motion import Course
from rtseg.tracking.presence import Presence
from rtseg.tracking.tracks import TRUST_FROM, TrackState
from rtseg.types import BoolMask, TrackId

_A_MOMENT_FRAMES = 4
"""So soon after a model's word our own mask is at least that good: another that has next to nothing
in common with it, or an empty one, is a slip of the model. The next word decides."""


@dataclass(slots=True)
class Followed:
    """What is known of one object.

    Parameters
    ----------
    evidence : what the belief was led on from.
    belief : where it is in the newest frame.
    presence : its state and confidence, and how large it is.
    course : its own motion from frame to frame.
    is_doubted : a model's last word of it was not believed; the next will be.
    """

    evidence: Evidence
    belief: Belief
    presence: Presence
    course: Course
    is_doubted: bool = False

    @property
    def is_in_picture(self) -> bool:
        """There is something in the picture to follow, as far as is known."""
        return not (self.evidence.is_empty or self.presence.is_lost)

    def in_frame(self, index: int, like: Soft) -> npt.NDArray[np.bool_] | None:
        """Say where it was in a frame, by a model or as it was shown; (h, w), the shape of `like`.

        None if that is not known any more.
        """
        if self.evidence.is_word and self.evidence.index == index:
            return self.evidence.memory.mask > 0.5
        return self.presence.agreement.shown(index, like)

    def drawn(self, shape: tuple[int, int], to_evidence: BackwardMap | None) -> BoolMask:
        """Draw its mask of the newest frame, by itself.

        Parameters
        ----------
        shape : (H, W) of that frame, source pixels.
        to_evidence : (h, w, 2) float32, working pixels, from that frame to the evidence's; None if
            no motion leads there.
        """
        height_px, width_px = shape
        if to_evidence is None or not self.is_in_picture:
            return np.zeros(shape, np.bool_)
        evidence = self.evidence
        return enlarge(
            self.belief.soft,
            evidence.mask,
            evidence.memory.mask,
            to_evidence,
            width_px,
            height_px,
        )

    def is_slip(self, track_id: TrackId, past: Past, mask: BoolMask) -> bool:
        """Say whether a model's mask has little in common with what was known of its frame.

        An empty one is a slip while nothing else says that the object is gone.

        Parameters
        ----------
        track_id : this object's.
        past : the frame, of the ring.
        mask : (H, W) bool, source pixels of that frame.
        """
        ours = past.glimpse.taken.get(track_id)
        if ours is None or self.evidence.is_empty:
            return False
        if not 0 < past.index - self.evidence.seen_index <= _A_MOMENT_FRAMES:
            return False
        if not mask.any():
            return self.presence.life.confidence >= TRUST_FROM
        return contradicts(mask, past, ours)

    def has_old_evidence(self, index: int, *, old_from: int, forgotten_from: int) -> bool:
        """Say whether its own mask of a frame should take the place of its evidence.

        A mask that is in doubt takes that place only when the evidence is about to be forgotten.

        Parameters
        ----------
        index : of the newest frame.
        old_from, forgotten_from : ages of evidence, frames.
        """
        age = index - self.evidence.index
        if age + 1 >= forgotten_from:
            return True
        return age >= old_from and self.presence.life.state is not TrackState.UNCERTAIN
