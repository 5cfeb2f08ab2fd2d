"""Pixels to the network's square and masks back to the picture, with torch alone.

The picture is squeezed to a square, as the network was trained, so that both axes have a scale of
their own: a fraction of the picture is the same fraction of the square.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from rtseg.types import BoolMask, Image, Prompt

if TYPE_CHECKING:
    import torch


@dataclass(frozen=True, slots=True)
class Scale:
    """What a network takes off its pixels and divides them by, RGB in [0, 1]."""

    mean: tuple[float, float, float]
    std: tuple[float, float, float]


IMAGENET = Scale((0.485, 0.456, 0.406), (0.229, 0.224, 0.225))
"""SAM 2 and EdgeTAM were trained with ImageNet's."""

PLUS_MINUS_ONE = Scale((0.5, 0.5, 0.5), (0.5, 0.5, 0.5))
"""SAM 3 sees [-1, 1]."""

NOT_ON_IT, ON_IT, BOX_FIRST, BOX_LAST = 0, 1, 2, 3
"""Labels of points in the prompt encoder; a box is its two corners."""


def to_square(
    images: Sequence[Image],
    size: int,
    *,
    scale: Scale,
    device: torch.device,
    dtype: torch.dtype,
) -> torch.Tensor:
    """Return (N, 3, size, size) normalised RGB of N images, (H, W, 3) uint8 BGR of any sizes.

    Resized on the device: a GPU has nothing better to do, and the transfer is of bytes.
    """
    import torch
    from torch.nn import functional

    mean = torch.tensor(scale.mean, device=device).view(3, 1, 1) * 255
    std = torch.tensor(scale.std, device=device).view(3, 1, 1) * 255
    squares = []
    for image in images:
        bgr = torch.from_numpy(_plain(image)).to(device, non_blocking=True)
        rgb = bgr.permute(2, 0, 1).flip(0)[None].float()
        square = functional.interpolate(
            rgb, (size, size), mode="bilinear", align_corners=False, antialias=True
        )
        squares.append((square[0] - mean) / std)
    return torch.stack(squares).to(dtype)


def mask_to_square(mask: BoolMask, size: int, *, device: torch.device) -> torch.Tensor:
    """Return (1, size, size) float32, 1 on the object, of a (H, W) mask with a pixel True."""
    import torch
    from torch.nn import functional

    share = functional.interpolate(
        torch.from_numpy(_plain(mask)).to(device)[None, None].float(),
        (size, size),
        mode="bilinear",
        align_corners=False,
        antialias=True,
    )[0]
    square = share >= 0.5
    if not square.any():  # something too small to fill half a model pixel is still there
        square = share >= share.max()
    return square.float()


def masks_to_picture(logits: torch.Tensor, height: int, width: int) -> npt.NDArray[np.bool_]:
    """Return (N, height, width) bool, source pixels, of (N, 1, h, w) logits in model pixels."""
    from torch.nn import functional

    scaled = functional.interpolate(
        logits.float(), (height, width), mode="bilinear", align_corners=False
    )
    masks: npt.NDArray[np.bool_] = (scaled[:, 0] > 0).cpu().numpy()
    return masks


def touches(prompt: Prompt, size: int) -> tuple[list[tuple[float, float]], list[int]]:
    """Return a prompt's points in model pixels and their labels, those of its box first.

    The encoder adds half a pixel to go from a pixel's number to its middle, which is taken off
    here. A box's corners are the first and the last pixel inside, as in training.
    """
    points: list[tuple[float, float]] = []
    labels: list[int] = []
    if (box := prompt.box) is not None:
        points += [
            (box.x_min * size, box.y_min * size),
            (box.x_max * size - 1, box.y_max * size - 1),
        ]
        labels += [BOX_FIRST, BOX_LAST]
    for point in prompt.points:
        points.append((point.x * size - 0.5, point.y * size - 0.5))
        labels.append(ON_IT if point.is_positive else NOT_ON_IT)
    return points, labels


def box_around(square: torch.Tensor) -> tuple[list[tuple[float, float]], list[int]]:
    """Return the corners of the box around a (1, size, size) mask, as `touches` does."""
    rows = square[0].any(1).nonzero()
    columns = square[0].any(0).nonzero()
    corners = [(float(columns[end].item()), float(rows[end].item())) for end in (0, -1)]
    return corners, [BOX_FIRST, BOX_LAST]


def _plain(array: npt.NDArray[np.generic]) -> npt.NDArray[np.generic]:
    """Return it contiguous and writable: torch warns of arrays that are only readable."""
    contiguous = np.ascontiguousarray(array)
    return contiguous if contiguous.flags.writeable else contiguous.copy()
