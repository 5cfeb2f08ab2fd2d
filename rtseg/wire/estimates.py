"""What outlines take, about, without coding them: fits over DAVIS, at IoUs from .95 to .995."""

from __future__ import annotations

import numpy as np

from rtseg.geometry import Path
from rtseg.geometry.path import string
from rtseg.wire.coded import write_walks
from rtseg.wire.walks import walk

# Of a pixel of the way, a corner and a ring: to within 12 % in nine of ten masks.
_STEP, _CORNER, _WALK = 0.72, 0.08, 42.0

# Of a vertex, a binary digit of the length of its edge, and a ring: to within 7 %.
_VERTEX, _DIGIT, _POLYGON = 0.73, 3.02, 17.0


def walk_bits(path: Path) -> float:
    """Estimate the bits of a path of `trace` as a walk, record 5; it must not be empty."""
    rings = string(path.rings)
    length = int(np.abs(rings.vertices[rings.after] - rings.vertices).sum())
    return _STEP * length + _CORNER * len(rings.vertices) + _WALK * len(path.rings)


def measured_walk_bits(path: Path, size: tuple[int, int]) -> float:
    """Give the bits of what `walk_bits` estimates; `size` is (height, width) of the frame."""
    ways = walk(path)
    assert ways is not None, "a path of trace has none but level and upright edges"
    return 8.0 * len(write_walks(ways, size))


def polygon_bits(path: Path, unit: int) -> float:
    """Estimate the bits of a path as a polygon, record 4.

    Parameters
    ----------
    path : not empty.
    unit : lattice on which its vertices lie, pixels; see `coded.unit_of`.
    """
    rings = string(path.rings)
    x, y = (rings.vertices[rings.after] - rings.vertices).T / unit
    digits = float(np.log2(np.hypot(x, y) + 0.5).sum())
    return _VERTEX * len(rings.vertices) + _DIGIT * digits + _POLYGON * len(path.rings)
