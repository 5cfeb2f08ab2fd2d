"""An object's motion as a whole: one affine map, which survives what dense flow does not.

Dense flow loses every pixel that something passes in front of, and whatever it loses stays lost
down the chain. The affine map through all of the object's flow does not care.
"""

from __future__ import annotations

from typing import TypeAlias, TypeVar, cast

import cv2
import numpy as np
import numpy.typing as npt

from rtseg.geometry import box_of
from rtseg.tracking.flow import BackwardMap, Gray

Affine: TypeAlias = npt.NDArray[np.float64]
"""(2, 3) float64: a pixel (x, y, 1) of the newer picture to its place in the older, working px."""

STILL: Affine = np.eye(2, 3)

_Array = TypeVar("_Array", npt.NDArray[np.float32], npt.NDArray[np.uint8])

_MOST_PIXELS = 600  # that are fitted to, about; evenly, of however many there are
_FEWEST_PIXELS = 12
_ROUNDS = 4
_RESIDUAL_PX = 0.5  # flow that is off by this much counts half
_REGULAR = 1e-9 * np.eye(3)
_STIFFNESS = 0.02  # of the prior that the object only shifts; in units of its own spread


def affine_of(soft: npt.NDArray[np.float32], to_previous: BackwardMap) -> Affine:
    """Fit the motion of an object by least squares, reweighted so that stray flow counts little.

    Parameters
    ----------
    soft : (h, w) float32, the object in the newer frame.
    to_previous : (h, w, 2) float32 backward map.

    Returns
    -------
    (2, 3) float64; no motion if fewer than a dozen pixels are the object.
    """
    places = np.flatnonzero(soft.ravel() > 0.5)
    if len(places) < _FEWEST_PIXELS:
        return STILL
    places = places[:: max(1, len(places) // _MOST_PIXELS)]
    here = np.empty((3, len(places)))
    here[1], here[0] = np.divmod(places, soft.shape[1])
    shift = to_previous.reshape(-1, 2)[places].T - here[:2]
    centre = here[:2].mean(axis=1)
    spread = max(1.0, float(here[:2].std()))
    here[:2] = (here[:2] - centre[:, None]) / spread
    here[2] = 1
    # The moments of (x, y, 1) with each other and with the shift: one product a round.
    moments = (here[:, None] * np.vstack((here, shift))[None]).reshape(15, -1)
    solution = np.zeros((3, 2))
    middle = here.shape[1] // 2
    solution[2] = np.partition(shift, middle)[:, middle]  # the median, in a fifth of the time
    for _ in range(_ROUNDS):
        off = shift - solution.T @ here
        weight = 1 / (1 + (off * off).sum(axis=0) / _RESIDUAL_PX**2)
        sums = (moments @ weight).reshape(3, 5)
        normal = sums[:, :3] + np.diag((_STIFFNESS, _STIFFNESS, 0)) * sums[2, 2] + _REGULAR
        solution = np.linalg.solve(normal, sums[:, 3:])
    linear = np.eye(2) + solution[:2].T / spread
    return np.column_stack((linear, centre + solution[2] - linear @ centre))


def chain(newer_to_mid: Affine, mid_to_older: Affine) -> Affine:
    """Chain two affine maps: where was each pixel of the newest picture in the oldest."""
    linear = mid_to_older[:, :2] @ newer_to_mid[:, :2]
    return np.column_stack((linear, mid_to_older[:, :2] @ newer_to_mid[:, 2] + mid_to_older[:, 2]))


def fetch(values: _Array, motion: Affine, shape: tuple[int, ...], border: int) -> _Array:
    """Sample an older picture where the motion leads from each pixel of a newer one, linearly.

    Parameters
    ----------
    values : (h, w) or (h, w, 3), of the older picture.
    shape : (height, width) of what is asked for, from the newer picture's (0, 0) on.
    border : of OpenCV; a constant one is 0.
    """
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    size = (shape[1], shape[0])
    return cast(_Array, cv2.warpAffine(values, motion, size, flags=flags, borderMode=border))


def misfit(motion: Affine, newer: Gray, older: Gray, older_mask: npt.NDArray[np.float32]) -> float:
    """Tell how unlike the older frame the newer one is where the motion leads the object.

    Parameters
    ----------
    motion : from the newer frame to the older.
    newer, older : (h, w) uint8.
    older_mask : (h, w) float32 in [0, 1], the object in the older frame.

    Returns
    -------
    Mean absolute difference, 0 to 255; infinite where nothing of the object is left in the picture.
    """
    mask = fetch(older_mask, motion, newer.shape, cv2.BORDER_CONSTANT) > 0.5
    x0, y0, x1, y1 = box_of(mask)
    if x0 == x1:
        return float("inf")
    part = np.s_[y0:y1, x0:x1]
    corner = motion[:, :2] @ (x0, y0) + motion[:, 2]
    there = np.column_stack((motion[:, :2], corner))
    fetched = fetch(older, there, (y1 - y0, x1 - x0), cv2.BORDER_REPLICATE)
    return float(cv2.mean(cv2.absdiff(newer[part], fetched), mask[part].view(np.uint8))[0])


class Course:
    """An object's own motion from each frame to the one before, for as long as it is remembered.

    A late mask says where the object was. What it did since was seen from frame to frame, though
    of a mask that was not quite right, and need not be estimated again from a longer way.

    Parameters
    ----------
    longest : frames that are remembered.
    """

    def __init__(self, longest: int) -> None:
        self._moves: dict[int, Affine] = {}
        self._longest = longest

    def note(self, index: int, to_previous: Affine) -> None:
        """Take the motion from a frame, the newest, to the one before it."""
        self._moves[index] = to_previous
        self._moves.pop(index - self._longest, None)

    def back(self, newer: int, older: int) -> Affine | None:
        """Give the motion from one frame to an earlier one; None where a part is not known."""
        motion = STILL
        for index in range(newer, older, -1):
            move = self._moves.get(index)
            if move is None:
                return None
            motion = chain(motion, move)
        return motion
