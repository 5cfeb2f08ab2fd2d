"""Belief: a soft mask at the working size that follows one object from frame to frame.

Flow alone lets what is behind an object pull at its edge, a little with every frame. So after each
step the moved belief is asked again: all that is known of each pixel (`cues`) becomes one
probability (`fusion`), which takes the edges of the picture (`edges`). Only around the object is
anything computed.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from rtseg.geometry import box_of
from rtseg.tracking.appearance import Lab, Memory, Soft
from rtseg.tracking.colours import Colours
from rtseg.tracking.cues import gathered, memory_as_a_whole, memory_by_flow
from rtseg.tracking.edges import snap_to_edges
from rtseg.tracking.flow import BackwardMap, WorkingBox, sample
from rtseg.tracking.fusion import fuse
from rtseg.tracking.motion import Affine, affine_of, chain, fetch
from rtseg.tracking.plate import View

_MARGIN_PX = 12  # how far beyond the moved belief the object may be found
_FOCUS_MARGIN_PX = 20  # how far it may go in a frame; and DIS wants a few patches each way
_PRESENT = 0.2  # belief above which something of an object is there, and looked at
_DECISION = 1.3  # restores the contrast that smoothing takes; measured 1.3 best of 1, 1.3, 1.5


@dataclass(frozen=True, slots=True)
class Belief:
    """Where one object is in a frame, and how it moved as a whole since its evidence.

    Parameters
    ----------
    soft : (h, w) float32 in [0, 1].
    to_memory : the object's own motion, from this frame back to the evidence's.
    to_previous : the same, back to the frame that the belief was led on from.
    """

    soft: Soft
    to_memory: Affine
    to_previous: Affine


def follow(
    belief: Belief,
    to_previous: BackwardMap,
    now: Lab,
    memory: Memory,
    colours: Colours,
    to_memory: BackwardMap,
    views: Sequence[View] = (),
    own_motion: Affine | None = None,
) -> Belief:
    """Move a belief to the newest frame and mend it there.

    Parameters
    ----------
    belief : of the frame that `to_previous` leads to.
    to_previous, to_memory : (h, w, 2) float32 backward maps from the newest frame.
    now : (h, w, 3) uint8 Lab, the newest frame.
    memory : evidence, of the frame that `to_memory` leads to.
    colours : of the object in its evidence.
    views : of the background, led to the newest frame.
    own_motion : of the object, to the frame that `to_previous` leads to, where it is known.

    Returns
    -------
    Belief of the newest frame, 0 away from the object.
    """
    moved = sample(belief.soft, to_previous, cv2.BORDER_CONSTANT)
    step = affine_of(moved, to_previous) if own_motion is None else own_motion
    whole = chain(step, belief.to_memory)
    result = np.zeros_like(moved)
    if cv2.minMaxLoc(moved)[1] <= _PRESENT:
        return Belief(result, whole, step)
    # What has passed in front of the object uncovers it again: look where all of it should be.
    expected = fetch(memory.mask, whole, moved.shape, cv2.BORDER_CONSTANT)
    box = _surroundings(np.maximum(moved, expected))
    assert box is not None  # `moved` is somewhere above the bound
    x0, y0, x1, y1 = box
    part = np.s_[y0:y1, x0:x1]
    picture = np.ascontiguousarray(now[part])
    by_flow = memory_by_flow(memory, to_memory, box)
    by_whole = memory_as_a_whole(memory, whole, box)
    cues = gathered(moved, expected, picture, by_flow, by_whole, colours, views, box)
    mended = snap_to_edges(fuse(cues), picture)
    result[part] = (0.5 + _DECISION * (mended - 0.5)).clip(0, 1)
    return Belief(result, whole, step)


def focus_of(softs: Iterable[Soft]) -> WorkingBox | None:
    """Give the box around all objects and where they may be next, or None without objects.

    Parameters
    ----------
    softs : (h, w) float32 in [0, 1], of each object; of nothing, all zeros.
    """
    boxes = [box for box in (_surroundings(soft, _FOCUS_MARGIN_PX) for soft in softs) if box]
    if not boxes:
        return None
    left, top, right, bottom = zip(*boxes, strict=True)
    return min(left), min(top), max(right), max(bottom)


def _surroundings(soft: Soft, margin_px: int = _MARGIN_PX) -> WorkingBox | None:
    """Give the box around the object with a margin, or None where there is no object."""
    x0, y0, x1, y1 = box_of(soft > _PRESENT)
    if x0 == x1:
        return None
    return (
        max(0, x0 - margin_px),
        max(0, y0 - margin_px),
        min(soft.shape[1], x1 + margin_px),
        min(soft.shape[0], y1 + margin_px),
    )
