"""Where a single-shot detector's outputs stand in its picture.

SSD (Liu et al. 2016) predicts boxes relative to fixed anchors: one grid of cells for each layer,
some anchors a cell. MediaPipe's models need only the anchors' centres, because theirs all have one
size (`fixed_anchor_size` in MediaPipe's graphs).
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

import numpy as np
import numpy.typing as npt

STRIDES = (8, 16, 16, 16)
"""Model pixels a cell, layer by layer, of the face and the palm detector (MediaPipe's
face_detection_short_range and palm_detection graphs)."""

_PER_LAYER = 2
"""Anchors a cell and layer: one of the layer's own scale, one between it and the next layer's
(aspect ratio 1, `interpolated_scale_aspect_ratio` 1)."""


def anchor_centres(input_px: int, strides: Sequence[int] = STRIDES) -> npt.NDArray[np.float32]:
    """Return (N, 2) float32 (x, y), model pixels, in the order of the network's outputs.

    Parameters
    ----------
    input_px : a side of the network's square input.
    strides : one for each layer; neighbours of one stride share their cells, with all their anchors
        beside each other.
    """
    grids = []
    for stride, layers in groupby(strides):
        cells = -(-input_px // stride)
        per_cell = _PER_LAYER * len(list(layers))
        rows, columns = np.divmod(np.arange(cells * cells), cells)
        centres = (np.stack([columns, rows], axis=1) + 0.5) * (input_px / cells)
        grids.append(np.repeat(centres, per_cell, axis=0))
    return np.concatenate(grids).astype(np.float32)
