"""An object's motion as a whole: one affine map, which survives what dense flow does not.

Dense flow loses every pixel that something passes in front of, and whatever it loses stays lost
down the chain. The affine map through all of the object's flow does not care.
"""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from rtseg.tracking.flow import BackwardMap

Affine: TypeAlias = npt.NDArray[np.float64]
"""(2, 3) float64: a pixel (x, y, 1) of the newer picture to its place in the older, working px."""

STILL: Affine = np.eye(2, 3)

_MOST_PIXELS = 600
_FEWEST_PIXELS = 12
_ROUNDS = 4
_RESIDUAL_PX = 0.5  # flow that is off by this much counts half
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
    y, x = np.divmod(places, soft.shape[1])
    here = np.stack((x, y), axis=1).astype(np.float64)
    shift = to_previous.reshape(-1, 2)[places] - here
    centre = here.mean(axis=0)
    spread = max(1.0, float(here.std()))
    terms = np.column_stack(((here - centre) / spread, np.ones(len(here))))
    solution = np.vstack((np.zeros((2, 2)), np.median(shift, axis=0)))
    for _ in range(_ROUNDS):
        off = np.hypot(*(shift - terms @ solution).T)
        weight = 1 / (1 + (off / _RESIDUAL_PX) ** 2)
        normal = terms.T @ (terms * weight[:, None])
        normal += np.diag((_STIFFNESS, _STIFFNESS, 0)) * weight.sum() + 1e-9 * np.eye(3)
        solution = np.linalg.solve(normal, terms.T @ (shift * weight[:, None]))
    linear = np.eye(2) + solution[:2].T / spread
    return np.column_stack((linear, centre + solution[2] - linear @ centre))


def chain(newer_to_mid: Affine, mid_to_older: Affine) -> Affine:
    """Chain two affine maps."""
    linear = mid_to_older[:, :2] @ newer_to_mid[:, :2]
    return np.column_stack((linear, mid_to_older[:, :2] @ newer_to_mid[:, 2] + mid_to_older[:, 2]))
