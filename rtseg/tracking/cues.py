"""Cues: what speaks for and against each pixel around an object, before it is weighed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from rtseg.tracking.appearance import REACH_PX, Lab, Memory, Soft, difference, evidence_of_colour
from rtseg.tracking.colours import Colours, odds_of_colour
from rtseg.tracking.flow import BackwardMap, WorkingBox, sample
from rtseg.tracking.motion import Affine, fetch
from rtseg.tracking.plate import View, evidence_of_plate

_DOUBT_PX = 1.5  # how far off, standard deviation, flow may have put the edge in one step
_STRAY_PX = 6.0  # the same where it went quite astray
_FAR_PX = 16.0
_FAR_SCALE = 0.25  # blurred so much, detail is lost anyway
_RIGID_DOUBT_PX = 2.5
_COLOURS_BLUR_PX = 2.0
_UNLIKE_BLUR_PX = 1.5
_ABSENT = 0.05


@dataclass(frozen=True, slots=True)
class Cues:
    """What is known of each pixel around an object, (h, w) float32 each, in the order of weights.

    Parameters
    ----------
    near, wide, far : the moved belief, blurred by what flow errs in a step, by what it errs where
        it goes astray, and farther; in [0, 1].
    led : the evidence, led here by flow, blurred; in [0, 1].
    rigid : the evidence, moved as a whole, blurred; in [0, 1].
    votes : log odds of remembered colours around the place where the pixel came from.
    colours : log odds of the pixel's colour, wherever on the object.
    plate : log odds that the pixel is not the background that was seen there.
    unlike_led, unlike_rigid : difference in colour, 0 to 4, from the evidence, led here by flow
        and as a whole.
    """

    near: Soft
    wide: Soft
    far: Soft
    led: Soft
    rigid: Soft
    votes: Soft
    colours: Soft
    plate: Soft
    unlike_led: Soft
    unlike_rigid: Soft


def gathered(
    moved: Soft,
    expected: Soft,
    picture: Lab,
    by_flow: Memory,
    by_whole: Memory,
    colours: Colours,
    views: Sequence[View],
    box: WorkingBox,
) -> Cues:
    """Ask everything that knows something of the pixels in a box of the newest frame.

    Parameters
    ----------
    moved : (h, w) float32, the whole belief, moved to the newest frame by flow.
    expected : (h, w) float32, the evidence's mask, moved there as a whole.
    picture : (box height, box width, 3) uint8 Lab, the newest frame in the box.
    by_flow, by_whole : the evidence, led to the box with a margin of REACH_PX.
    colours : of the object in its evidence.
    views : of the background, led to the newest frame.
    """
    x0, y0, x1, y1 = box
    part = np.s_[y0:y1, x0:x1]
    inner = np.s_[REACH_PX:-REACH_PX, REACH_PX:-REACH_PX]
    here = np.ascontiguousarray(moved[part])
    near, wide = _blurred(here, _DOUBT_PX), _blurred(here, _STRAY_PX)
    away = (0.8 * near + 0.2 * wide < _ABSENT) & (expected[part] < _ABSENT)
    return Cues(
        near=near,
        wide=wide,
        far=_blurred_far(here),
        led=_blurred(by_flow.mask, _DOUBT_PX)[inner],
        rigid=_blurred(by_whole.mask, _RIGID_DOUBT_PX)[inner],
        votes=evidence_of_colour(picture, (by_flow, by_whole)),
        colours=_blurred(odds_of_colour(picture, colours), _COLOURS_BLUR_PX),
        plate=evidence_of_plate(picture, views, box, away),
        unlike_led=_unlike(picture, by_flow.picture[inner]),
        unlike_rigid=_unlike(picture, by_whole.picture[inner]),
    )


def _blurred(soft: Soft, sigma_px: float) -> Soft:
    return np.asarray(cv2.GaussianBlur(soft, (0, 0), sigma_px), np.float32)


def _blurred_far(soft: Soft) -> Soft:
    height, width = soft.shape
    size = (max(1, round(width * _FAR_SCALE)), max(1, round(height * _FAR_SCALE)))
    small = np.asarray(cv2.resize(soft, size, interpolation=cv2.INTER_AREA), np.float32)
    return np.asarray(cv2.resize(_blurred(small, _FAR_PX * _FAR_SCALE), (width, height)))


def _unlike(one: Lab, other: Lab) -> Soft:
    return _blurred(difference(one, other).astype(np.float32) * np.float32(1 / 15), _UNLIKE_BLUR_PX)


def memory_by_flow(memory: Memory, to_memory: BackwardMap, box: WorkingBox) -> Memory:
    """Fetch a memory through a dense map; it goes on as it is beyond the frame's edge.

    Parameters
    ----------
    to_memory : (h, w, 2) float32 backward map from the whole newest frame.
    box : the part of the newest frame to fetch it for, with a margin of REACH_PX on each side.
    """
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


def memory_as_a_whole(memory: Memory, whole: Affine, box: WorkingBox) -> Memory:
    """Fetch a memory by the object's own motion, for the same box and with the same margin."""
    x0, y0, x1, y1 = box
    shape = (y1 - y0 + 2 * REACH_PX, x1 - x0 + 2 * REACH_PX)
    corner = np.array((x0 - REACH_PX, y0 - REACH_PX))
    move = np.column_stack((whole[:, :2], whole[:, 2] + whole[:, :2] @ corner))
    return Memory(
        fetch(memory.picture, move, shape, cv2.BORDER_REPLICATE),
        fetch(memory.mask, move, shape, cv2.BORDER_CONSTANT),
    )
