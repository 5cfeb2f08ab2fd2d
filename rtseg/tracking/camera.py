"""Camera motion: how everything that does not move by itself moves across the picture.

One homography from a frame to the one before, by least squares over the dense flow away from the
objects, reweighted so that what moves by itself does not count. A homography is exact for a camera
that turns, and for a plane, as the ground mostly is. Measured on ten DAVIS sequences: of places
seen 12 frames ago, an affine map misses many wherever a camera follows its object past a floor.
"""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from rtseg.tracking.flow import BackwardMap

Homography: TypeAlias = npt.NDArray[np.float64]
"""(3, 3) float64: a pixel (x, y, 1) of the newer picture to its place in the older, up to scale,
working px."""

_SPACING_PX = 8
_FEWEST_POINTS = 40
_FEWEST_SHARE = 0.03
"""Of the points, by weight, that must agree: less is a cut, or a picture full of objects. Quick
pans that blur the picture leave as little as .05, and are found nevertheless."""

_RESIDUALS_PX = (6.0, 3.0, 1.5, 0.7, 0.4)
"""Flow that is off by this much counts a quarter, by rounds: at first the motion is unknown."""

_STIFFNESS = 1e-4
"""Of the prior that the camera only shifts, per point, in their spread: it decides where points on
a line cannot, and nowhere else."""


def camera_motion(to_previous: BackwardMap, taken: npt.NDArray[np.bool_]) -> Homography | None:
    """Fit the motion of what is not taken.

    Parameters
    ----------
    to_previous : (h, w, 2) float32 backward map.
    taken : (h, w) bool, pixels that may be an object.

    Returns
    -------
    None if no motion explains enough of the flow: a cut, or a picture full of objects.
    """
    first = _SPACING_PX // 2
    free = np.flatnonzero(~taken[first::_SPACING_PX, first::_SPACING_PX])
    if len(free) < _FEWEST_POINTS:
        return None
    y, x = np.divmod(free, len(range(first, taken.shape[1], _SPACING_PX)))
    here = np.stack((x, y)) * float(_SPACING_PX) + first
    grid = to_previous[first::_SPACING_PX, first::_SPACING_PX].reshape(-1, 2)
    there = grid[free].T.astype(np.float64)
    centre, spread = here.mean(axis=1), float(here.std())
    u = np.vstack(((here - centre[:, None]) / spread, np.ones(len(free))))
    v = (there - centre[:, None]) / spread
    squares = (u[:, None] * u[None]).reshape(9, -1)
    counted = np.vstack((np.ones(len(free)), v, (v * v).sum(axis=0)))
    found = np.eye(3)
    found[:2, 2] = np.partition(v - u[:2], len(free) // 2)[:, len(free) // 2]  # the median
    agreed = 0.0
    for residual_px in _RESIDUALS_PX:
        off = (v * (found[2] @ u) - found[:2] @ u) * (spread / residual_px)
        weight = 1 / (1 + (off * off).sum(axis=0)) ** 2
        agreed = float(weight.mean())
        moments = (counted * weight) @ squares.T
        found = _solved(moments.reshape(4, 3, 3), _STIFFNESS * len(free))
    if agreed < _FEWEST_SHARE:
        return None
    into = np.array(((1, 0, -centre[0]), (0, 1, -centre[1]), (0, 0, spread))) / spread
    whole = np.linalg.inv(into) @ found @ into
    return np.asarray(whole / whole[2, 2], np.float64)


def _solved(moments: npt.NDArray[np.float64], stiffness: float) -> npt.NDArray[np.float64]:
    """Solve the normal equations of x' (1 + g x + h y) = a x + b y + c, and of the same for y'.

    They hold nothing but the moments of (x, y, 1) with weights w, w x', w y' and w (x'² + y'²):
    one product of matrices a round, where equations written out take twice the time.
    """
    plain, by_x, by_y, by_both = moments
    normal = np.zeros((8, 8))
    normal[:3, :3] = normal[3:6, 3:6] = plain
    normal[:3, 6:], normal[3:6, 6:] = -by_x[:, :2], -by_y[:, :2]
    normal[6:, :3], normal[6:, 3:6] = -by_x[:2], -by_y[:2]
    normal[6:, 6:] = by_both[:2, :2]
    normal += np.diag(stiffness * np.array((1, 1, 1e-3, 1, 1, 1e-3, 1, 1)))
    right = np.concatenate((by_x[:, 2], by_y[:, 2], -by_both[:2, 2]))
    right[[0, 4]] += stiffness
    return np.append(np.linalg.solve(normal, right), 1.0).reshape(3, 3)
