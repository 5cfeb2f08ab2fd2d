"""Outlines of cubic curves and straight lines."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from rtseg.errors import UsageError
from rtseg.geometry.path import Polygons, following, number

Floats: TypeAlias = npt.NDArray[np.float64]

FLAT_PX = 0.05
"""How far a chord strays from its curve where curves are flattened to be scored."""


@dataclass(frozen=True, slots=True, eq=False)
class CurveRing:
    """A closed ring; segment i runs from anchor i to anchor i + 1, the last one to the first.

    Parameters
    ----------
    anchors : (N, 2) float64 x, y, source pixels, where (0, 0) is the top left corner of the
        picture; N >= 1.
    controls : (N, 2, 2) float64, source pixels: the two control points of each segment, which
        stand on its thirds where it is straight.
    is_straight : (N,) bool.
    """

    anchors: Floats
    controls: Floats
    is_straight: npt.NDArray[np.bool_]

    def flatten(self, tolerance_px: float) -> Floats:
        """Give the vertices of a polygon that strays from the curve by no more than a tolerance."""
        ends = following(self.anchors)
        first, second = self.controls[:, 0], self.controls[:, 1]
        # Wang's bound on the distance between a cubic and its polyline of equal steps.
        bend = np.maximum(
            np.abs(self.anchors - 2 * first + second).max(axis=1),
            np.abs(first - 2 * second + ends).max(axis=1),
        )
        steps = np.ceil(np.sqrt(0.75 * np.sqrt(2) * bend / tolerance_px)).astype(np.int64)
        steps = np.where(self.is_straight, 1, np.maximum(steps, 1))
        part = np.repeat(np.arange(len(steps)), steps)
        t = ((np.arange(part.size) - (np.cumsum(steps) - steps)[part]) / steps[part])[:, None]
        s = 1 - t
        points: Floats = (
            s * s * s * self.anchors[part]
            + 3 * s * s * t * first[part]
            + 3 * s * t * t * second[part]
            + t * t * t * ends[part]
        )
        return points


@dataclass(frozen=True, slots=True, eq=False)
class Curves:
    """The outline of one object in cubic curves, and straight lines where it is straight.

    It fills by the nonzero rule: outer rings run counter-clockwise as seen on the screen, holes
    clockwise.

    Parameters
    ----------
    rings : none where there is nothing to draw.
    box : xyxy, source pixels: of the mask. Control points may stand outside, as they must where a
        curve is to touch its side.
    decimals : for x and for y: all points stand on the lattice that this many digits after the
        point give when the box is [0, 1], so `in_box` writes them as they are.
    """

    rings: tuple[CurveRing, ...] = ()
    box: tuple[int, int, int, int] = (0, 0, 0, 0)
    decimals: tuple[int, int] = (0, 0)

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to draw."""
        return not self.rings

    @property
    def bbox(self) -> tuple[float, float, float, float]:
        """Smallest box around all anchors and control points, xyxy, source pixels."""
        if not self.rings:
            return 0.0, 0.0, 0.0, 0.0
        every = np.concatenate(
            [part for ring in self.rings for part in (ring.anchors, ring.controls.reshape(-1, 2))]
        )
        (x0, y0), (x1, y1) = every.min(axis=0).tolist(), every.max(axis=0).tolist()
        return x0, y0, x1, y1

    def flatten(self, tolerance_px: float = FLAT_PX) -> Polygons:
        """Turn into polygons, for `fill`.

        Parameters
        ----------
        tolerance_px : how far a chord may stray from its curve, source pixels, > 0.

        Raises
        ------
        UsageError
            If the tolerance is not above 0.
        """
        if not tolerance_px > 0:
            raise UsageError(f"expected tolerance_px above 0, got {tolerance_px!r}; 0.25 is fine")
        return Polygons(tuple(ring.flatten(tolerance_px) for ring in self.rings))

    def svg(
        self,
        *,
        origin: tuple[float, float] = (0.0, 0.0),
        scale: tuple[float, float] = (1.0, 1.0),
        decimals: int | tuple[int, int] = 2,
    ) -> str:
        """Write SVG path data: ``M``, ``L``, ``C`` and ``Z``, absolute, a space between any two.

        Every segment has its own letter, so whoever reads it needs nothing but ``split()``. ``S``
        would save half a percent on DAVIS even if it might move a handle by half a pixel: fitted
        handles on both sides of a joint seldom have one length.

        Parameters
        ----------
        origin : (x, y) in source pixels that becomes (0, 0).
        scale : factors for x and y, applied after `origin`.
        decimals : digits after the point, for both or for x and y; zeros at the end are left out.

        Returns
        -------
        Text for the ``d`` of an SVG ``path``; empty where there is nothing to draw.
        """
        digits = (decimals, decimals) if isinstance(decimals, int) else decimals
        return " ".join(_ring_text(ring, origin, scale, digits) for ring in self.rings)

    def in_box(self) -> str:
        """Write SVG path data in [0, 1] of the box, no digit less or more than it needs."""
        x0, y0, x1, y1 = self.box
        scale = 1 / max(x1 - x0, 1), 1 / max(y1 - y0, 1)
        return self.svg(origin=(x0, y0), scale=scale, decimals=self.decimals)


def _ring_text(
    ring: CurveRing,
    origin: tuple[float, float],
    scale: tuple[float, float],
    decimals: tuple[int, int],
) -> str:
    points = np.concatenate((ring.controls, following(ring.anchors)[:, None]), axis=1)
    written = (np.concatenate((ring.anchors[:1], points.reshape(-1, 2))) - origin) * scale
    text = [f"{number(x, decimals[0])} {number(y, decimals[1])}" for x, y in written.tolist()]
    parts = [f"M {text[0]}"]
    straight: Sequence[bool] = ring.is_straight.tolist()
    for i, is_line in enumerate(straight):
        start = 3 * i + 1
        if not is_line:
            parts.append(f"C {' '.join(text[start : start + 3])}")
        elif i + 1 < len(straight):  # Z draws the last line
            parts.append(f"L {text[start + 2]}")
    return " ".join([*parts, "Z"])
