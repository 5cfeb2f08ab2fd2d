"""Evidence: where an object was in one frame, as a model said, or after long silence we."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from rtseg.geometry import iou
from rtseg.tracking.appearance import Memory, Soft
from rtseg.tracking.colours import Colours, colours_of
from rtseg.tracking.flow import to_working
from rtseg.tracking.history import Past
from rtseg.tracking.plate import Taken, taken_by
from rtseg.types import BoolMask, FrameId

_CONTRADICTION = 0.4  # IoU; between words of a model that is right it is .8 and more


@dataclass(frozen=True, slots=True)
class Evidence:
    """This object, in that frame.

    Parameters
    ----------
    index : of the frame.
    seen_index, seen_id : the frame of the model's last word.
    mask : (H, W) uint8, 0 or 255, source pixels of the frame.
    memory : what the object looked like in the frame.
    colours : which ones were the object's rather than its surroundings'.
    is_empty : it was not in the picture; there is nothing to follow.
    """

    index: int
    seen_index: int
    seen_id: FrameId
    mask: npt.NDArray[np.uint8]
    memory: Memory
    colours: Colours
    is_empty: bool

    @property
    def is_word(self) -> bool:
        """A model said so; else it is our own mask."""
        return self.seen_index == self.index


def word_of(past: Past, mask: BoolMask) -> Evidence:
    """Take what a model says of a frame; `mask` is (H, W) bool, source pixels of the frame."""
    return _evidence(past, mask, past.index, past.frame_id)


def renewed(known: Evidence, past: Past, mask: BoolMask) -> Evidence:
    """Put our own mask of a newer frame in the place of evidence that has become old.

    Parameters
    ----------
    known : what the mask was led on from; the model's last word stays that one's.
    past : the newer frame.
    mask : (H, W) bool, source pixels of that frame.
    """
    return _evidence(past, mask, known.seen_index, known.seen_id)


def contradicts(mask: BoolMask, past: Past, ours: Taken) -> bool:
    """Say whether a mask has next to nothing in common with what we had in its frame.

    Parameters
    ----------
    mask : (H, W) bool, source pixels of the frame.
    past : the frame.
    ours : (h, w) uint8, where we had the object in it.
    """
    return iou(taken_by(_soft(past, _full(mask))) > 0, ours > 0) < _CONTRADICTION


def _evidence(past: Past, mask: BoolMask, seen_index: int, seen_id: FrameId) -> Evidence:
    full = _full(mask)
    memory = Memory(past.picture, _soft(past, full))
    colours = colours_of(past.picture, memory.mask)
    return Evidence(past.index, seen_index, seen_id, full, memory, colours, not mask.any())


def _full(mask: BoolMask) -> npt.NDArray[np.uint8]:
    return mask.view(np.uint8) * np.uint8(255)


def _soft(past: Past, full: npt.NDArray[np.uint8]) -> Soft:
    height, width = past.picture.shape[:2]
    return to_working(full, (width, height)).astype(np.float32) * np.float32(1 / 255)
