"""Belief: a soft mask at the working size that follows one object from frame to frame.

Flow alone lets what is behind an object pull at its edge, a little with every frame. So after each
step the moved belief is asked again: what do the colours say here, by what a model once called the
object (`appearance`), what was seen behind it (`plate`), and where does the picture have an edge
(`edges`)? Only around the object is
anything computed.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from rtseg.tracking.appearance import REACH_PX, Lab, Memory, Soft, evidence_of_colour
from rtseg.tracking.edges import snap_to_edges
from rtseg.tracking.flow import BackwardMap, Box, sample
from rtseg.tracking.motion import Affine, affine_of, chain
from rtseg.tracking.plate import View, evidence_of_plate

_MARGIN_PX = 12
_FOCUS_MARGIN_PX = 20  # and DIS wants a few patches in each direction
_PRESENT = 0.2
_ABSENT = 0.05
_DOUBT_PX = 1.5  # how far off, standard deviation, flow may have put the edge in one step
_STRAY_SHARE = 0.2  # of steps in which flow went quite astray, by _STRAY_PX
_STRAY_PX = 6.0
_RIGID_SHARE = 0.2  # of the belief that the object as a whole moved on as it was
_RIGID_DOUBT_PX = 2.5
_COLOUR_LIMIT = 5.0  # colours alone are at most e^5 = 150 to 1 sure
_NEWS_SHARE = 0.5  # of the plate's word for the object counts where colours speak against it
_DECISION = 1.3  # restores the contrast that smoothing takes; measured 1.3 best of 1, 1.3, 1.5


@dataclass(frozen=True, slots=True)
class Belief:
    """Where one object is in a frame, and how it moved as a whole since its evidence.

    Parameters
    ----------
    soft : (h, w) float32 in [0, 1].
    to_memory : the object's own motion, from this frame back to the evidence's.
    """

    soft: Soft
    to_memory: Affine


def follow(
    belief: Belief,
    to_previous: BackwardMap,
    now: Lab,
    memory: Memory,
    to_memory: BackwardMap,
    views: Sequence[View] = (),
) -> Belief:
    """Move a belief to the newest frame and mend it there.

    Parameters
    ----------
    belief : of the frame that `to_previous` leads to.
    to_previous, to_memory : (h, w, 2) float32 backward maps from the newest frame.
    now : (h, w, 3) uint8 Lab, the newest frame.
    memory : evidence, of the frame that `to_memory` leads to.
    views : of the background, led to the newest frame.

    Returns
    -------
    Belief of the newest frame, 0 away from the object.
    """
    moved = sample(belief.soft, to_previous, cv2.BORDER_CONSTANT)
    whole = chain(affine_of(moved, to_previous), belief.to_memory)
    result = np.zeros_like(moved)
    if cv2.minMaxLoc(moved)[1] <= _PRESENT:
        return Belief(result, whole)
    # What has passed in front of the object uncovers it again: look where all of it should be.
    size = (moved.shape[1], moved.shape[0])
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    expected = np.asarray(cv2.warpAffine(memory.mask, whole, size, flags=flags), np.float32)
    box = _surroundings(np.maximum(moved, expected))
    assert box is not None  # `moved` is somewhere above the bound
    x0, y0, x1, y1 = box
    part = np.s_[y0:y1, x0:x1]
    by_flow = _moved_by_flow(memory, to_memory, box)
    by_whole = _moved_as_a_whole(memory, whole, box)
    picture = np.ascontiguousarray(now[part])
    colour = evidence_of_colour(picture, (by_flow, by_whole))
    near = cv2.GaussianBlur(moved, (0, 0), _DOUBT_PX)[part]
    far = cv2.GaussianBlur(np.ascontiguousarray(moved[part]), (0, 0), _STRAY_PX)
    near = (1 - _STRAY_SHARE) * near + _STRAY_SHARE * far
    inner = np.s_[REACH_PX:-REACH_PX, REACH_PX:-REACH_PX]
    rigid = cv2.GaussianBlur(by_whole.mask, (0, 0), _RIGID_DOUBT_PX)[inner]
    prior = ((1 - _RIGID_SHARE) * near + _RIGID_SHARE * rigid).clip(0.003, 0.997)
    odds = np.log(prior / (1 - prior)) + colour.clip(-_COLOUR_LIMIT, _COLOUR_LIMIT)
    away = (near < _ABSENT) & (expected[part] < _ABSENT)
    plate = evidence_of_plate(picture, views, box, away)
    # Shadows and reflections are new at their place as well, but have the ground's colours.
    odds += np.where((plate > 0) & (colour < 0), _NEWS_SHARE * plate, plate)
    mended = snap_to_edges((1 / (1 + cv2.exp(-odds))).astype(np.float32), picture)
    result[part] = (0.5 + _DECISION * (mended - 0.5)).clip(0, 1)
    return Belief(result, whole)


def _moved_by_flow(memory: Memory, to_memory: BackwardMap, box: Box) -> Memory:
    """Fetch a memory through a dense map; it goes on as it is beyond the frame's edge."""
    x0, y0, x1, y1 = box
    height, width = memory.mask.shape
    ax, ay = max(0, x0 - REACH_PX), max(0, y0 - REACH_PX)
    bx, by = min(width, x1 + REACH_PX), min(height, y1 + REACH_PX)
    asked = np.ascontiguousarray(to_memory[ay:by, ax:bx])
    beyond = (ay - y0 + REACH_PX, y1 + REACH_PX - by, ax - x0 + REACH_PX, x1 + REACH_PX - bx)
    picture = sample(memory.picture, asked, cv2.BORDER_REPLICATE)
    mask = sample(memory.mask, asked, cv2.BORDER_CONSTANT)
    return Memory(
        np.asarray(cv2.copyMakeBorder(picture, *beyond, cv2.BORDER_REPLICATE), np.uint8),
        np.asarray(cv2.copyMakeBorder(mask, *beyond, cv2.BORDER_REPLICATE), np.float32),
    )


def _moved_as_a_whole(memory: Memory, whole: Affine, box: Box) -> Memory:
    """Fetch a memory by the object's own motion."""
    x0, y0, x1, y1 = box
    size = (x1 - x0 + 2 * REACH_PX, y1 - y0 + 2 * REACH_PX)
    corner = np.array((x0 - REACH_PX, y0 - REACH_PX))
    move = np.column_stack((whole[:, :2], whole[:, 2] + whole[:, :2] @ corner))
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    return Memory(
        np.asarray(
            cv2.warpAffine(
                memory.picture, move, size, flags=flags, borderMode=cv2.BORDER_REPLICATE
            ),
            np.uint8,
        ),
        np.asarray(cv2.warpAffine(memory.mask, move, size, flags=flags), np.float32),
    )


def focus_of(beliefs: Iterable[Belief]) -> Box | None:
    """Give the box around all objects and where they may be next, or None without objects."""
    boxes = [box for box in (_surroundings(b.soft, _FOCUS_MARGIN_PX) for b in beliefs) if box]
    if not boxes:
        return None
    left, top, right, bottom = zip(*boxes, strict=True)
    return min(left), min(top), max(right), max(bottom)


def _surroundings(soft: Soft, margin_px: int = _MARGIN_PX) -> Box | None:
    """Give the box around the object with a margin, or None where there is no object."""
    x, y, width, height = cv2.boundingRect((soft > _PRESENT).astype(np.uint8))
    if width == 0:
        return None
    return (
        max(0, x - margin_px),
        max(0, y - margin_px),
        min(soft.shape[1], x + width + margin_px),
        min(soft.shape[0], y + height + margin_px),
    )
