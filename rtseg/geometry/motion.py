"""How an outline moves as a whole: an affine motion in whole numbers, the same on every machine."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from rtseg.geometry.path import Ring

FINENESS = 512
"""The linear part counts in 1 / FINENESS: across 500 px that is one pixel."""

LARGEST = 2 * FINENESS
"""No linear part goes beyond: what grows threefold from one frame to the next is another thing."""


class Motion(NamedTuple):
    """An affine motion about the middle of a ring's box.

    Parameters
    ----------
    right, down : translation, whole pixels.
    xx, xy, yx, yy : what a pixel of distance from the middle adds, in 1 / `FINENESS` px: `xy` is
        what a step down adds to x.
    """

    right: int = 0
    down: int = 0
    xx: int = 0
    xy: int = 0
    yx: int = 0
    yy: int = 0

    @property
    def is_still(self) -> bool:
        """Whether nothing moves."""
        return not any(self)

    @property
    def is_translation(self) -> bool:
        """Whether all moves alike."""
        return not any(self[2:])

    def move(self, ring: Ring) -> npt.NDArray[np.int64]:
        """Move the vertices of a ring.

        Parameters
        ----------
        ring : (N, 2), source pixels; the middle of its box is where the motion is about.

        Returns
        -------
        (N, 2) int64, source pixels; may lie outside the frame.
        """
        here = ring.astype(np.int64)
        middle = _middle(ring)
        linear = np.array(((self.xx, self.yx), (self.xy, self.yy)), np.int64)
        bent = (here - middle) @ linear + FINENESS // 2 >> FINENESS.bit_length() - 1
        moved: npt.NDArray[np.int64] = here + bent + np.array((self.right, self.down))
        return moved


def fit_motion(
    ring: Ring,
    target: npt.NDArray[np.float64],
    weights: npt.NDArray[np.float64],
    *,
    softness: float,
) -> tuple[Motion, npt.NDArray[np.float64]]:
    """Find the motion that takes a ring nearest to where its vertices should be.

    Parameters
    ----------
    ring : (N, 2), source pixels.
    target : (N, 2) float64, source pixels.
    weights : (N,) float64, >= 0, at least one of them not 0.
    softness : how far the linear part is held back, square pixels.

    Returns
    -------
    The motion, and where it takes the vertices before it is rounded, (N, 2) float64.
    """
    here = ring.astype(np.float64) - _middle(ring)
    total = float(weights.sum())
    centre = weights @ here / total
    goal = weights @ (target - ring) / total
    spread = here - centre
    weighted = spread * weights[:, None]
    normal = weighted.T @ spread / total + softness * np.eye(2)
    wanted = weighted.T @ (target - ring - goal) / total
    linear = np.linalg.solve(normal, wanted)
    counted = np.clip(np.rint(linear * FINENESS), -LARGEST, LARGEST).astype(int)
    shift = np.rint(goal - centre @ (counted / FINENESS)).astype(int)
    (xx, yx), (xy, yy) = counted.tolist()
    right, down = shift.tolist()
    return Motion(right, down, xx, xy, yx, yy), ring + goal + spread @ linear


def _middle(ring: Ring) -> npt.NDArray[np.int64]:
    low, high = ring.min(axis=0).astype(np.int64), ring.max(axis=0).astype(np.int64)
    middle: npt.NDArray[np.int64] = low + high >> 1
    return middle
