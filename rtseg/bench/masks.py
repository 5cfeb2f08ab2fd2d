"""Sequences of masks to measure with: DAVIS folders, and the same as a model would make them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

from rtseg.errors import UsageError
from rtseg.types import BoolMask

MODEL_SIDE_PX = 256
"""Side of the mask that SAM and its kin give, before it is scaled to the frame."""

Flow = npt.NDArray[np.float32]
"""(H, W, 2) float32: where each pixel goes in the next frame, x and y, pixels."""


@dataclass(frozen=True, slots=True)
class Sequence:
    """One object through one clip.

    Parameters
    ----------
    name : of the clip.
    masks : (H, W) bool, one a frame.
    flows : for each frame but the last, where its pixels go; None where there are no pictures.
    """

    name: str
    masks: list[BoolMask]
    flows: list[Flow] | None


def read_davis(folder: Path) -> Iterator[Sequence]:
    """Read the sequences of a DAVIS 2016 folder, one after the other.

    Parameters
    ----------
    folder : holds ``Annotations/480p/<name>/00000.png`` … and, for the flow, ``JPEGImages/480p``.

    Raises
    ------
    UsageError
        If there are no annotations.
    """
    names = sorted(path for path in (folder / "Annotations" / "480p").glob("*") if path.is_dir())
    if not names:
        raise UsageError(f"expected DAVIS in {folder}: no Annotations/480p/<sequence> is there")
    for path in names:
        masks = [_grey(file) > 127 for file in sorted(path.glob("*.png"))]
        pictures = sorted((folder / "JPEGImages" / "480p" / path.name).glob("*.jpg"))
        flows = _flows(pictures) if len(pictures) == len(masks) else None
        yield Sequence(path.name, masks, flows)


def as_a_model(sequence: Sequence) -> Sequence:
    """Make masks as models do: 256×256 logits, scaled up to the frame, cut at zero."""
    return Sequence(sequence.name, [_model_like(mask) for mask in sequence.masks], sequence.flows)


def _model_like(mask: BoolMask) -> BoolMask:
    side = MODEL_SIDE_PX, MODEL_SIDE_PX
    small = cv2.resize(mask.astype(np.float32), side, interpolation=cv2.INTER_AREA)
    small = cv2.GaussianBlur(small, (0, 0), 0.7)
    large = cv2.resize(small, mask.shape[::-1], interpolation=cv2.INTER_LINEAR)
    cut: BoolMask = large > 0.5
    return cut


def _flows(pictures: list[Path]) -> list[Flow]:
    matcher = cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_MEDIUM)
    frames = [_grey(path) for path in pictures]
    return [
        np.asarray(matcher.calc(before, after, None), np.float32)  # type: ignore[call-overload]
        for before, after in pairwise(frames)
    ]


def _grey(path: Path) -> npt.NDArray[np.uint8]:
    image = cv2.imread(str(path), cv2.IMREAD_GRAYSCALE)
    if image is None:
        raise UsageError(f"{path} is not a picture")
    return np.asarray(image, np.uint8)
