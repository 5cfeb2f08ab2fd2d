"""Regions: a picture in some hundred pieces of one colour each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

import cv2
import numpy as np
import numpy.typing as npt

from rtseg.models.touch.window import CELL_PX, Soft
from rtseg.types import Image

_ROUNDS = 2
_COMPACT = 8.0
"""Units of Lab that one cell of distance counts: with fewer regions fray, with more they tile."""

Floats: TypeAlias = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False)
class Regions:
    """A picture in pieces.

    Parameters
    ----------
    labels : (h, w) int, the region of each pixel, in [0, n).
    areas : (n,) float32, pixels of each, may be 0.
    colours : (n, 3) float32, mean Lab of each.
    places : (n, 2) float32, mean (x, y) of each, working pixels.
    lab : (h, w, 3) float32, the picture in CIE Lab, L in [0, 100].
    """

    labels: npt.NDArray[np.int64]
    areas: Floats
    colours: Floats
    places: Floats
    lab: Floats

    def sums(self, values: Soft) -> Floats:
        """Add (h, w) values up over each region, (n,)."""
        summed = np.bincount(self.labels.ravel(), values.ravel(), len(self.areas))
        return summed.astype(np.float32)

    def distances(self, sources: npt.NDArray[np.bool_]) -> Floats:
        """Return how far each region is from the nearest of the sources, along the colours.

        A step to a region beside costs the difference of their colours in Lab, and 1. (n,) float32;
        infinite where no way leads.

        Parameters
        ----------
        sources : (n,) bool.
        """
        count = len(self.areas)
        pairs = [(self.labels[:, 1:], self.labels[:, :-1]), (self.labels[1:], self.labels[:-1])]
        steps = np.full((count, count), np.inf, np.float32)
        for one, other in pairs:
            first, second = one.ravel(), other.ravel()
            cost = np.linalg.norm(self.colours[first] - self.colours[second], axis=1) + 1
            steps[first, second] = steps[second, first] = cost
        distance = np.where(sources, 0, np.inf).astype(np.float32)
        for _ in range(count):  # Bellman and Ford; in practice some twenty rounds
            shorter = np.minimum(distance, (distance[None] + steps).min(axis=1))
            if np.array_equal(shorter, distance):
                break
            distance = shorter
        return distance


def regions_of(picture: Image) -> Regions:
    """Divide a picture into regions of about CELL_PX², by colour and place.

    SLIC (Achanta et al., TPAMI 2012), without its last step: a region may have loose parts.

    Parameters
    ----------
    picture : (h, w, 3) uint8 BGR, sides multiples of CELL_PX.
    """
    height, width = picture.shape[:2]
    rows, columns = height // CELL_PX, width // CELL_PX
    count = rows * columns
    lab = cv2.cvtColor(picture.astype(np.float32) * np.float32(1 / 255), cv2.COLOR_BGR2LAB)
    y, x = np.mgrid[:height, :width].astype(np.float32)
    place_scale = np.float32(_COMPACT / CELL_PX)
    features = np.dstack([cv2.GaussianBlur(lab, (0, 0), 0.7), x * place_scale, y * place_scale])
    cells = features.reshape(rows, CELL_PX, columns, CELL_PX, 5).swapaxes(1, 2)
    cells = np.ascontiguousarray(cells, np.float32).reshape(count, CELL_PX**2, 5)
    centres = cells.mean(axis=1)
    near = _neighbours(rows, columns)
    flat = cells.reshape(-1, 5)
    for _ in range(_ROUNDS):
        # |f - c|² up to |f|², which is the same for all centres
        nearby = centres[near]
        apart = (nearby**2).sum(-1)[:, None] - 2 * np.matmul(cells, nearby.swapaxes(1, 2))
        apart[np.broadcast_to(near[:, None] < 0, apart.shape)] = np.inf
        chosen = np.take_along_axis(near, apart.argmin(-1), 1).ravel()
        areas = np.bincount(chosen, minlength=count)
        sums = np.stack([np.bincount(chosen, flat[:, i], count) for i in range(5)], 1)
        centres = np.where(areas[:, None] > 0, sums / np.maximum(areas, 1)[:, None], centres)
        centres = centres.astype(np.float32)
    labels = chosen.reshape(rows, columns, CELL_PX, CELL_PX).swapaxes(1, 2).reshape(height, width)
    shares = np.maximum(areas, 1)
    colours = np.stack(
        [np.bincount(labels.ravel(), lab[..., i].ravel(), count) / shares for i in range(3)], 1
    )
    return Regions(
        labels,
        areas.astype(np.float32),
        colours.astype(np.float32),
        (centres[:, 3:] / place_scale + np.float32(0.5)).astype(np.float32),
        np.asarray(lab, np.float32),
    )


def _neighbours(rows: int, columns: int) -> npt.NDArray[np.int64]:
    """Return the cells around each and itself, (rows * columns, 9), -1 beyond the border."""
    padded = np.pad(np.arange(rows * columns).reshape(rows, columns), 1, constant_values=-1)
    around = [padded[y : y + rows, x : x + columns] for y in range(3) for x in range(3)]
    return np.stack(around, -1).reshape(-1, 9)
