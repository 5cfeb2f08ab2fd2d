"""Outlines as closed rings on the lattice of pixel edges."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, NamedTuple, TypeAlias, TypeVar

import cv2
import numpy as np
import numpy.typing as npt

_T = TypeVar("_T", bound=np.generic)

Ring: TypeAlias = npt.NDArray[np.int32]
"""(N, 2) int32, N >= 3: x, y of the vertices, source pixels, on pixel *edges*: (0, 0) is the top
left corner of the picture, (W, H) its bottom right corner. The last vertex joins the first."""


@dataclass(frozen=True, slots=True, eq=False)
class Path:
    """The outline of one object: what a canvas fills by the nonzero rule.

    Parameters
    ----------
    rings : (N, 2) int32 rings, outer ones counter-clockwise as seen on the screen (y points down),
        holes clockwise. No rings: the object is not visible.
    ids : for each ring (N,) int64, who each vertex is: the same number in another path of the same
        object is the same vertex, somewhere else by then. None where nobody follows them.
    """

    rings: tuple[Ring, ...] = ()
    ids: tuple[npt.NDArray[np.int64], ...] | None = None

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to draw."""
        return not self.rings

    @property
    def bbox(self) -> tuple[int, int, int, int]:
        """Smallest box around all vertices, xyxy, source pixels; (0, 0, 0, 0) of an empty path."""
        if not self.rings:
            return 0, 0, 0, 0
        vertices = np.concatenate(self.rings)
        (x0, y0), (x1, y1) = vertices.min(axis=0).tolist(), vertices.max(axis=0).tolist()
        return x0, y0, x1, y1

    @property
    def area(self) -> float:
        """Area inside, square source pixels, holes taken off.

        Exact where rings do not cross; the number of pixels for the path of `trace`.
        """
        return float(sum(ring_area(ring) for ring in self.rings))

    def svg(
        self,
        *,
        origin: tuple[float, float] = (0.0, 0.0),
        scale: tuple[float, float] = (1.0, 1.0),
        decimals: int = 3,
    ) -> str:
        """Write the path as SVG path data, ``M x y L x y … Z`` for each ring.

        Parameters
        ----------
        origin : (x, y) in source pixels that becomes (0, 0).
        scale : factors for x and y, applied after `origin`. ``(1 / width, 1 / height)`` gives
            coordinates in [0, 1] of the picture.
        decimals : digits after the point, >= 0; zeros at the end are left out.

        Returns
        -------
        Text for the ``d`` of an SVG ``path``; empty for an empty path.
        """
        parts: list[str] = []
        for ring in self.rings:
            vertices = (ring - np.asarray(origin, np.float64)) * scale
            text = [f"{number(x, decimals)} {number(y, decimals)}" for x, y in vertices.tolist()]
            parts.append(f"M {' L '.join(text)} Z")
        return " ".join(parts)

    def __eq__(self, other: object) -> bool:
        """Whether both have the same rings, vertex by vertex, in the same order."""
        if not isinstance(other, Path):
            return NotImplemented
        return len(self.rings) == len(other.rings) and all(
            np.array_equal(mine, theirs)
            for mine, theirs in zip(self.rings, other.rings, strict=True)
        )

    __hash__ = None  # type: ignore[assignment]  # arrays can be written to


@dataclass(frozen=True, slots=True, eq=False)
class Polygons:
    """Closed rings whose vertices stand anywhere, such as curves that were flattened.

    Parameters
    ----------
    rings : (N, 2) float64 each, source pixels; they fill by the nonzero rule, as those of a `Path`.
    """

    rings: tuple[npt.NDArray[np.float64], ...] = ()

    @property
    def bbox(self) -> tuple[int, int, int, int]:
        """Smallest box of whole pixels around all vertices, xyxy; (0, 0, 0, 0) without any."""
        if not self.rings:
            return 0, 0, 0, 0
        vertices = np.concatenate(self.rings)
        x0, y0 = np.floor(vertices.min(axis=0)).astype(int).tolist()
        x1, y1 = np.ceil(vertices.max(axis=0)).astype(int).tolist()
        return x0, y0, x1, y1


def ring_area(ring: Ring) -> float:
    """Signed area of a ring, square source pixels: positive of an outer ring, negative of a hole.

    Parameters
    ----------
    ring : (N, 2) x, y, source pixels.
    """
    # OpenCV takes y to point up: what is counter-clockwise on the screen is clockwise to it.
    return -cv2.contourArea(ring, oriented=True)


def following(values: npt.NDArray[_T]) -> npt.NDArray[_T]:
    """Give what comes after each in a ring: `np.roll` by -1 at a tenth of its price."""
    return np.concatenate((values[1:], values[:1]))


def preceding(values: npt.NDArray[_T]) -> npt.NDArray[_T]:
    """Give what comes before each in a ring."""
    return np.concatenate((values[-1:], values[:-1]))


class Strung(NamedTuple):
    """Rings one after the other in one array: NumPy takes as long for one small ring as for all.

    Parameters
    ----------
    vertices : (N, 2) x, y, of all rings.
    lengths : (R,) int64: how many vertices each ring has.
    """

    vertices: npt.NDArray[Any]
    lengths: npt.NDArray[np.int64]

    @property
    def first(self) -> npt.NDArray[np.int64]:
        """(R,) where each ring begins."""
        return np.cumsum(self.lengths) - self.lengths

    @property
    def of(self) -> npt.NDArray[np.int64]:
        """(N,) for each vertex which ring it is of."""
        return np.repeat(np.arange(len(self.lengths)), self.lengths)

    @property
    def after(self) -> npt.NDArray[np.int64]:
        """(N,) for each vertex where the next one of its ring is."""
        ends = np.cumsum(self.lengths)
        after = np.arange(1, len(self.vertices) + 1)
        after[ends - 1] = ends - self.lengths
        return after

    @property
    def before(self) -> npt.NDArray[np.int64]:
        """(N,) for each vertex where the one before in its ring is."""
        ends = np.cumsum(self.lengths)
        before = np.arange(-1, len(self.vertices) - 1)
        before[ends - self.lengths] = ends - 1
        return before

    def where(self, stays: npt.NDArray[np.bool_]) -> Strung:
        """Leave vertices out; `stays` is (N,), and may leave a ring none."""
        return Strung(self.vertices[stays], np.add.reduceat(stays, self.first, dtype=np.int64))

    def split(self) -> list[npt.NDArray[Any]]:
        """Give each ring for itself."""
        ends = np.cumsum(self.lengths).tolist()
        return [self.vertices[a:b] for a, b in pairwise((0, *ends))]


def string(rings: Sequence[npt.NDArray[Any]]) -> Strung:
    """Put one or more rings one after the other."""
    every = np.concatenate(rings) if len(rings) > 1 else rings[0]
    return Strung(every, np.array([len(ring) for ring in rings], np.int64))


def number(value: float, decimals: int) -> str:
    """Write a number with at most so many digits after the point."""
    text = f"{value:.{decimals}f}"
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return "0" if text == "-0" else text
