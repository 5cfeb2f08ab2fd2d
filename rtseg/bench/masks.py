"""Sequences of masks to measure with: DAVIS folders, and the same as a model would make them."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

from rtseg.bench.davis import (
    frames_of,
    masks_of,
    pictures_of,
    read_grey,
    read_mask,
    sequences_in,
)
from rtseg.geometry import box_of
from rtseg.geometry.temporal import Flow
from rtseg.types import BoolMask
from rtseg.wire import Standing

MODEL_SIDE_PX = 256
"""Side of the mask that SAM and its kin give, before it is scaled to the frame."""

_Grey = npt.NDArray[np.uint8]
"""(H, W) uint8."""

_MARGIN_PX = 64
"""Around an object, where its own flow is computed as well: the coarsest patches of DIS are so
large."""


@dataclass(frozen=True, slots=True)
class Sequence:
    """One object through one clip.

    Parameters
    ----------
    name : of the clip.
    masks : (H, W) bool, one a frame.
    flows : for each frame but the last, where its pixels go, (H, W, 2) float16; None where there
        are no pictures. float16 is within 1/64 px below 32 px, at half the memory.
    own_flows : the same of the object alone: of pictures whose other pixels are painted flat, so
        the background does not pull at the outline. 0 far from the object.
    standings : what a tracker says of each frame; None where no tracker showed it.
    """

    name: str
    masks: list[BoolMask]
    flows: list[Flow] | None
    own_flows: list[Flow] | None = None
    standings: list[Standing | None] | None = None


def read_masks(
    folder: Path, *, names: Collection[str] = (), frames: int | None = None, has_flow: bool = True
) -> Iterator[Sequence]:
    """Read the sequences of a DAVIS 2016 folder, one after the other.

    Parameters
    ----------
    folder : as of `rtseg.bench.davis`; the flow takes its pictures.
    names, frames, has_flow : as of `sequences_in` and `read_sequence`.

    Raises
    ------
    UsageError
        If there are no masks, or not those of `names`.
    """
    for name in sequences_in(folder, names):
        yield read_sequence(folder, name, frames=frames, has_flow=has_flow)


def read_sequence(
    folder: Path, name: str, *, frames: int | None = None, has_flow: bool = True
) -> Sequence:
    """Read one sequence.

    Parameters
    ----------
    frames : at most so many, from the first on; None for all.
    has_flow : compute where the pixels go, which takes most of the time.

    Raises
    ------
    UsageError
        If it has pictures, and not one for each mask.
    """
    masks = [read_mask(file) for file in masks_of(folder, name)[:frames]]
    if not has_flow or not pictures_of(folder, name):
        return Sequence(name, masks, None)
    greys = [read_grey(picture) for picture, _ in frames_of(folder, name)[:frames]]
    return Sequence(name, masks, flows_of(greys), own_flows_of(greys, masks))


def as_a_model(sequence: Sequence) -> Sequence:
    """Make masks as models do: 256×256 logits, scaled up to the frame, cut at zero."""
    return replace(sequence, masks=[_model_like(mask) for mask in sequence.masks])


def _model_like(mask: BoolMask) -> BoolMask:
    side = MODEL_SIDE_PX, MODEL_SIDE_PX
    small = cv2.resize(mask.astype(np.float32), side, interpolation=cv2.INTER_AREA)
    small = cv2.GaussianBlur(small, (0, 0), 0.7)
    large = cv2.resize(small, mask.shape[::-1], interpolation=cv2.INTER_LINEAR)
    cut: BoolMask = large > 0.5
    return cut


def flows_of(frames: list[_Grey]) -> list[Flow]:
    """Find where the pixels of each frame but the last go, (H, W, 2) float16 each.

    Parameters
    ----------
    frames : (H, W) uint8, grey.
    """
    return [_flow(*pair).astype(np.float16) for pair in pairwise(frames)]


def own_flows_of(frames: list[_Grey], masks: list[BoolMask]) -> list[Flow]:
    """Follow each object from its frame to the next; all but the object is painted over.

    Parameters
    ----------
    frames : (H, W) uint8, grey.
    masks : (H, W) bool, of each frame; empty ones have no flow.

    Returns
    -------
    (H, W, 2) float16, pixels, (x, y), one fewer than frames; 0 far from the object.
    """
    every = zip(pairwise(frames), pairwise(masks), strict=True)
    return [_own_flow(*pictures, *both) for pictures, both in every]


def _own_flow(before: _Grey, after: _Grey, mask: BoolMask, next_mask: BoolMask) -> Flow:
    """Follow what is on the object, from one frame to the next."""
    flow = np.zeros((*mask.shape, 2), np.float16)
    x0, y0, x1, y1 = around = box_of(mask | next_mask)
    if not any(around):
        return flow
    near = (
        slice(max(y0 - _MARGIN_PX, 0), y1 + _MARGIN_PX),
        slice(max(x0 - _MARGIN_PX, 0), x1 + _MARGIN_PX),
    )
    # Far from the object's own brightness, so that its outline is what DIS sees best.
    paint = 0 if mask.any() and before[mask].mean() > 127 else 255
    flow[near] = _flow(
        np.where(mask, before, np.uint8(paint))[near],
        np.where(next_mask, after, np.uint8(paint))[near],
    )
    return flow


def _flow(before: _Grey, after: _Grey) -> npt.NDArray[np.float32]:
    matcher = cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_MEDIUM)
    pair = np.ascontiguousarray(before), np.ascontiguousarray(after)
    return np.asarray(matcher.calc(*pair, None), np.float32)  # type: ignore[call-overload]
