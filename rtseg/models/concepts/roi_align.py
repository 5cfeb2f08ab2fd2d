"""RoI align without torchvision, of which PyPI has no CPU build.

He et al., "Mask R-CNN" (ICCV 2017), in torchvision's first form (`aligned=False`): sample (x, y)
of the map is its cell (x, y), and an output cell is the mean of as many samples as it has map
cells, rounded up.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import torch


def roi_align(
    features: torch.Tensor, boxes: Sequence[torch.Tensor], output_size: int
) -> torch.Tensor:
    """Pool boxes of feature maps to squares.

    Parameters
    ----------
    features : (N, C, h, w).
    boxes : for each map, (K, 4) xyxy, in cells of the map, inside it.
    output_size : cells of an output's side.

    Returns
    -------
    (sum of K, C, output_size, output_size), in the type of `features`.
    """
    import torch

    pooled = [
        _pool(plane, [float(edge) for edge in box], output_size)
        for plane, rows in zip(features, boxes, strict=True)
        for box in rows
    ]
    if not pooled:
        return features.new_zeros(0, features.shape[1], output_size, output_size)
    return torch.stack(pooled).to(features.dtype)


def _pool(plane: torch.Tensor, box: Sequence[float], output_size: int) -> torch.Tensor:
    """Pool one box of one map, (C, h, w), to (C, output_size, output_size) float32."""
    import torch
    from torch.nn import functional

    x_min, y_min, x_max, y_max = box
    height, width = plane.shape[-2:]
    # torchvision makes no box smaller than one cell here.
    sides = max(x_max - x_min, 1.0), max(y_max - y_min, 1.0)
    samples = [max(math.ceil(side / output_size), 1) for side in sides]
    across, down = (
        (torch.arange(output_size * count, device=plane.device) + 0.5) / (output_size * count)
        for count in samples
    )
    x = (x_min + across * sides[0]).clamp(0, width - 1)
    y = (y_min + down * sides[1]).clamp(0, height - 1)
    grid = torch.stack(
        torch.meshgrid(_to_unit(x, width), _to_unit(y, height), indexing="xy"), dim=-1
    )
    sampled = functional.grid_sample(
        plane[None].float(), grid[None], mode="bilinear", align_corners=True
    )
    return functional.avg_pool2d(sampled, kernel_size=(samples[1], samples[0]))[0]


def _to_unit(cells: torch.Tensor, count: int) -> torch.Tensor:
    """Turn cell indices into `grid_sample`'s [-1, 1] between the first and the last one."""
    return cells * (2 / max(count - 1, 1)) - 1
