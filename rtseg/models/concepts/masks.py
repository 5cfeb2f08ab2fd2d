"""From a network's maps to masks in source pixels."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from rtseg.types import BoolMask

if TYPE_CHECKING:
    import torch

_AT_ONCE_PX = 1 << 25
"""Source pixels scaled in one step: 128 MiB of float32, whatever the number of masks."""


def scaled(maps: torch.Tensor, height_px: int, width_px: int) -> torch.Tensor:
    """Scale maps to an image's size, with pixel areas (not centres) laid over each other.

    (N, h, w) of any precision, model pixels, covering the whole image; to (N, height_px,
    width_px) float32, source pixels.
    """
    from torch.nn import functional

    return functional.interpolate(
        maps[:, None].float(), (height_px, width_px), mode="bilinear", align_corners=False
    )[:, 0]


def masks_at(maps: torch.Tensor, height_px: int, width_px: int, *, above: float) -> list[BoolMask]:
    """Return what of each map is above a value, in source pixels.

    Parameters
    ----------
    maps : (N, h, w), model pixels, covering the whole image. Scaled before the comparison: the
        outline then runs between model pixels.
    height_px, width_px : of the image.
    above : threshold, in the maps' unit.

    Returns
    -------
    N masks of (height_px, width_px) bool; may be empty ones.
    """
    step = max(_AT_ONCE_PX // (height_px * width_px), 1)
    found: list[BoolMask] = []
    for start in range(0, len(maps), step):
        part = scaled(maps[start : start + step], height_px, width_px) > above
        found.extend(np.ascontiguousarray(mask) for mask in part.cpu().numpy())
    return found
