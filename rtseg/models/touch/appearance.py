"""Which colours are the object's, and which its surroundings'."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from rtseg.models.touch.regions import Floats, Regions
from rtseg.models.touch.window import Soft
from rtseg.types import BoolMask

_BIN = 8.0
"""Side of a colour bin in Lab. Each keeps the mean of its pixels: this only bounds the work."""

_ALIKE = 2.0
"""Standard deviation, in Lab, of how far a colour speaks for others, in the whole window."""

_ALIKE_NEARBY = 4.0
"""The same for regions, which are few, and so must reach farther."""

_NEAR = 0.3
"""How far a region speaks for others, in sides of the object."""

_LEVEL, _ACROSS = 0.08, 0.8
"""How far surroundings speak for what is beside them, up and down and across, in sides of the
object. Backgrounds lie in layers, a shore, a wall, a hedge, and go on to both sides of a thing."""

_UNSEEN = 0.03
"""Share of what is beside a region below which its colour counts as not seen there."""

_BESIDE_LIMIT = 3.0

_BEYOND = 0.7
"""Share of a region outside from which on it is surroundings: others hold some of the object."""

_UNKNOWN = 1e-5
"""Density that every colour has on both sides: colours that neither side has say nothing."""

_MEMORY = np.float32(0.7)
"""Share of what is remembered in the voice of the whole window."""

_LIMIT = 5.0
_WHOLE, _NEARBY = 0.7, 0.5
"""How loud the colours of the whole window and those nearby are."""


@dataclass(frozen=True, slots=True, eq=False)
class Palette:
    """Colours of an object and its surroundings, as they once were; a memory's few kilobytes.

    Parameters
    ----------
    colours : (n, 3) float32 Lab.
    inside, outside : (n,) float32, the share of each colour in the object and around it.
    """

    colours: Floats
    inside: Floats
    outside: Floats

    def log_odds(self, colours: Floats) -> Floats:
        """Say of colours, (m, 3) Lab, how they speak for the object, (m,)."""
        alike = _alike(colours, self.colours, _ALIKE)
        return _ratio(alike @ self.inside, alike @ self.outside, _UNKNOWN)


class Appearance:
    """Learns from a mask how the object and its surroundings look, and says so of each pixel.

    Parameters
    ----------
    regions : of the window.
    size_px : about the side of the object, working pixels.
    remembered : from an earlier picture; joins in as a third voice.
    """

    def __init__(self, regions: Regions, size_px: float, remembered: Palette | None = None) -> None:
        self._regions = regions
        flat = regions.lab.reshape(-1, 3)
        cells = np.floor(flat / np.float32(_BIN)).astype(np.int64) + 32
        keys = (cells[:, 0] * 64 + cells[:, 1]) * 64 + cells[:, 2]
        _, self._bins, counts = np.unique(keys, return_inverse=True, return_counts=True)
        self._counts = counts.astype(np.float32)
        self._colours = np.stack(
            [np.bincount(self._bins, flat[:, i], len(counts)) / counts for i in range(3)], 1
        ).astype(np.float32)
        self._alike = _alike(self._colours, self._colours, _ALIKE)
        places = regions.places / np.float32(max(size_px, 1.0))
        self._near = _alike(places, places, _NEAR)
        self._alike_regions = _alike(regions.colours, regions.colours, _ALIKE_NEARBY)
        self._near_and_alike = self._near * self._alike_regions
        self._unit = np.float32(max(size_px, 1.0) ** 2)
        self._recalled: Floats | None = None
        if remembered is not None:
            self._recalled = remembered.log_odds(self._colours)

    def log_odds(self, soft: Soft) -> Soft:
        """Say how each pixel speaks for the object.

        Parameters
        ----------
        soft : (h, w) float32 in [0, 1], where the object is believed to be.

        Returns
        -------
        (h, w) float32, log odds.
        """
        inside, outside = self._shares(soft)
        whole = _ratio(self._alike @ inside, self._alike @ outside, _UNKNOWN)
        if self._recalled is not None:
            whole = whole + _MEMORY * (self._recalled - whole)
        area = self._regions.sums(soft) / self._unit
        rest = self._regions.areas / self._unit - area
        nearby = _ratio(self._heard(area), self._heard(rest), 0.0)
        odds = _WHOLE * whole[self._bins].reshape(soft.shape)
        odds = odds + _NEARBY * nearby[self._regions.labels]
        smooth = cv2.GaussianBlur(odds.astype(np.float32), (0, 0), 0.7)
        return np.clip(smooth, -_LIMIT, _LIMIT).astype(np.float32)

    def unlike_beside(self, outside: BoolMask) -> Soft:
        """Say how little each pixel looks like the surroundings at its own height.

        Parameters
        ----------
        outside : (h, w) bool, where the object surely is not.

        Returns
        -------
        (h, w) float32, log of the share of its colour there, turned round; of mean 0 where the
        object may be, and 0 where there are no surroundings.
        """
        regions = self._regions
        beyond = regions.sums(outside.astype(np.float32)) > _BEYOND * regions.areas
        areas, inner = regions.areas * beyond, regions.areas * ~beyond
        if not areas.any() or not inner.any():
            return np.zeros(outside.shape, np.float32)
        reach = np.array([_ACROSS, _LEVEL], np.float32) * np.sqrt(self._unit)
        places = np.asarray(regions.places / reach, np.float32)
        level = _alike(places, places, 1.0)
        seen = (level * self._alike_regions) @ areas + np.float32(1e-3)
        unlike = -np.log(seen / (level @ areas + np.float32(0.03)) + np.float32(_UNSEEN))
        usual = (unlike * inner).sum() / inner.sum()
        limited = np.clip(unlike - usual, -_BESIDE_LIMIT, _BESIDE_LIMIT)
        return np.asarray(limited[regions.labels], np.float32)

    def log_density(self, soft: Soft) -> Soft:
        """Return how common the colour of each pixel is where `soft` is: (h, w) float32, log."""
        inside, _ = self._shares(soft)
        density = self._alike @ inside + np.float32(_UNKNOWN)
        return np.asarray(np.log(density)[self._bins].reshape(soft.shape), np.float32)

    def palette(self, soft: Soft) -> Palette:
        """Return the colours that `soft` parts, to remember."""
        inside, outside = self._shares(soft)
        return Palette(self._colours, inside, outside)

    def _heard(self, areas: Floats) -> Floats:
        """Return how much of what lies around each region is of its colour, (n,)."""
        alike = self._near_and_alike @ areas + np.float32(1e-3)
        return np.asarray(alike / (self._near @ areas + np.float32(0.03)), np.float32)

    def _shares(self, soft: Soft) -> tuple[Floats, Floats]:
        inside = np.bincount(self._bins, soft.ravel(), len(self._counts)).astype(np.float32)
        outside = self._counts - inside
        return inside / max(inside.sum(), 1e-3), outside / max(outside.sum(), 1e-3)


def _alike(ones: Floats, others: Floats, sigma: float) -> Floats:
    """Return the Gaussian of the distance of each row of `ones` to each of `others`."""
    squares = (ones**2).sum(1)[:, None] + (others**2).sum(1)[None] - 2 * ones @ others.T
    kernel: npt.NDArray[np.float32] = np.exp(
        np.maximum(squares, 0) * np.float32(-0.5 / sigma**2)
    ).astype(np.float32)
    return kernel


def _ratio(inside: Floats, outside: Floats, unknown: float) -> Floats:
    odds = (inside + np.float32(unknown)) / (outside + np.float32(unknown))
    return np.asarray(np.log(odds), np.float32)
