"""Belief: a soft mask at the working size that follows one object from frame to frame.

Flow alone lets what is behind an object pull at its edge, a little with every frame. So after each
step the moved belief is asked again: what do the colours say here, by what a model once called the
object (`appearance`), and where does the picture have an edge (`edges`)? Only around the object is
anything computed.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import cv2
import numpy as np

from rtseg.tracking.appearance import REACH_PX, Lab, Soft, evidence_of_colour
from rtseg.tracking.edges import snap_to_edges
from rtseg.tracking.flow import BackwardMap, Box, sample

_MARGIN_PX = 12
_FOCUS_MARGIN_PX = 20  # and DIS wants a few patches in each direction
_DOUBT_PX = 1.5  # how far off, standard deviation, flow may have put the edge in one step
_COLOUR_LIMIT = 3.0  # colours alone are at most e^3 = 20 to 1 sure
_DECISION = 1.3  # restores the contrast that smoothing takes; measured 1.3 best of 1, 1.3, 1.5


@dataclass(frozen=True, slots=True)
class Memory:
    """What a model said: a picture and the object's mask in it, at the working size."""

    picture: Lab
    mask: Soft


def follow(
    belief: Soft, to_previous: BackwardMap, now: Lab, memory: Memory, to_memory: BackwardMap
) -> Soft:
    """Move a belief to the newest frame and mend it there.

    Parameters
    ----------
    belief : (h, w) float32 in [0, 1], of the frame that `to_previous` leads to.
    to_previous, to_memory : (h, w, 2) float32 backward maps from the newest frame.
    now : (h, w, 3) uint8 Lab, the newest frame.
    memory : evidence, of the frame that `to_memory` leads to.

    Returns
    -------
    (h, w) float32 in [0, 1], of the newest frame; 0 away from the object.
    """
    moved = sample(belief, to_previous, cv2.BORDER_CONSTANT)
    box = _surroundings(moved, _MARGIN_PX)
    if box is None:
        return np.zeros_like(moved)
    x0, y0, x1, y1 = box
    part = np.s_[y0:y1, x0:x1]
    height, width = moved.shape
    # The memory, moved, with the margin that is asked around; the map goes on at the frame's edge.
    ax, ay = max(0, x0 - REACH_PX), max(0, y0 - REACH_PX)
    bx, by = min(width, x1 + REACH_PX), min(height, y1 + REACH_PX)
    asked = to_memory[ay:by, ax:bx]
    beyond = (ay - y0 + REACH_PX, y1 + REACH_PX - by, ax - x0 + REACH_PX, x1 + REACH_PX - bx)
    then = cv2.copyMakeBorder(
        sample(memory.picture, asked, cv2.BORDER_REPLICATE), *beyond, cv2.BORDER_REPLICATE
    )
    then_mask = cv2.copyMakeBorder(
        sample(memory.mask, asked, cv2.BORDER_CONSTANT), *beyond, cv2.BORDER_REPLICATE
    )
    picture = np.ascontiguousarray(now[part])
    colour = evidence_of_colour(picture, then.astype(np.uint8), then_mask.astype(np.float32))
    prior = cv2.GaussianBlur(moved, (0, 0), _DOUBT_PX)[part].clip(0.003, 0.997)
    odds = np.log(prior / (1 - prior)) + colour.clip(-_COLOUR_LIMIT, _COLOUR_LIMIT)
    soft = (1 / (1 + cv2.exp(-odds))).astype(np.float32)
    mended = snap_to_edges(soft, picture)
    result = np.zeros_like(moved)
    result[part] = (0.5 + _DECISION * (mended - 0.5)).clip(0, 1)
    return result


def focus_of(beliefs: Iterable[Soft]) -> Box | None:
    """Give the box around all objects and where they may be next, or None without objects."""
    boxes = [box for box in (_surroundings(soft, _FOCUS_MARGIN_PX) for soft in beliefs) if box]
    if not boxes:
        return None
    left, top, right, bottom = zip(*boxes, strict=True)
    return min(left), min(top), max(right), max(bottom)


def _surroundings(soft: Soft, margin_px: int) -> Box | None:
    """Give the box around the object with a margin, or None where there is no object."""
    x, y, width, height = cv2.boundingRect((soft > 0.2).astype(np.uint8))
    if width == 0:
        return None
    return (
        max(0, x - margin_px),
        max(0, y - margin_px),
        min(soft.shape[1], x + width + margin_px),
        min(soft.shape[0], y + height + margin_px),
    )
