"""How well masks agree."""

from __future__ import annotations

import numpy as np

from rtseg.errors import UsageError
from rtseg.types import BoolMask


def iou(a: BoolMask, b: BoolMask) -> float:
    """Intersection over union: the region score J of DAVIS (Perazzi et al., CVPR 2016).

    Parameters
    ----------
    a, b : (H, W) bool, the same shape.

    Returns
    -------
    In [0, 1]; 1 for two empty masks.

    Raises
    ------
    UsageError
        If the shapes differ.
    """
    if a.shape != b.shape:
        raise UsageError(f"masks must have the same shape, these have {a.shape} and {b.shape}")
    union = np.count_nonzero(a | b)
    return np.count_nonzero(a & b) / union if union else 1.0
