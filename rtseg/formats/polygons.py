"""Outlines as polygons with holes: plain lists of points, for programs that want no SVG."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np

from rtseg.formats.outlined import Outlined
from rtseg.geometry import Path
from rtseg.geometry.path import Ring, ring_area


@dataclass(frozen=True, slots=True, eq=False)
class Polygon:
    """One connected part of an object.

    Parameters
    ----------
    outer : (N, 2) int32 ring, counter-clockwise as seen on the screen.
    holes : (M, 2) int32 rings in it, clockwise.
    """

    outer: Ring
    holes: tuple[Ring, ...]


def polygons_of(path: Path) -> tuple[Polygon, ...]:
    """Sort the rings of a path into polygons.

    A hole belongs to the smallest outer ring around it. One that no outer ring is around, which
    no outline of a mask has, is left out.
    """
    outers = [ring for ring in path.rings if ring_area(ring) > 0]
    holes: list[list[Ring]] = [[] for _ in outers]
    # The smallest first: an island in a lake on an island has its own holes.
    by_size = sorted(range(len(outers)), key=lambda place: ring_area(outers[place]))
    for ring in path.rings:
        if ring_area(ring) < 0:
            around = next((place for place in by_size if _is_around(outers[place], ring)), None)
            if around is not None:
                holes[around].append(ring)
    return tuple(Polygon(outer, tuple(own)) for outer, own in zip(outers, holes, strict=True))


def polygon_records(
    path: Path, *, scale: tuple[float, float] = (1.0, 1.0), decimals: int = 6
) -> list[dict[str, Any]]:
    """Write a path as `[{"outer": [[x, y], …], "holes": [[[x, y], …], …]}, …]`.

    Parameters
    ----------
    path : source pixels.
    scale : of x and of y: `(1 / width, 1 / height)` gives fractions of the picture.
    decimals : kept of fractions; pixels are whole numbers.
    """

    def points(ring: Ring) -> list[list[float]]:
        if scale == (1.0, 1.0):
            whole: list[list[float]] = ring.tolist()
            return whole
        scaled: list[list[float]] = np.round(ring * np.asarray(scale), decimals).tolist()
        return scaled

    return [
        {"outer": points(each.outer), "holes": [points(hole) for hole in each.holes]}
        for each in polygons_of(path)
    ]


def polygon_document(
    objects: Iterable[Outlined], size: tuple[int, int], *, image: str = ""
) -> dict[str, Any]:
    """Write all objects of a picture of (width, height), in its pixels.

    The first point of a ring is not repeated at its end. Coordinates are on pixel edges: (0, 0) is
    the picture's upper left corner, (width, height) its lower right one.
    """
    return {
        "image": image,
        "width": size[0],
        "height": size[1],
        "normalized": False,
        "objects": [
            {
                "id": one.id,
                "label": one.label,
                "score": round(one.score, 4),
                "model": one.model,
                "prompt": one.prompt,
                "bbox": dict(zip(("x_min", "y_min", "x_max", "y_max"), one.bbox, strict=True)),
                "area_px": one.area_px,
                "polygons": polygon_records(one.path),
            }
            for one in objects
        ],
    }


def _is_around(outer: Ring, hole: Ring) -> bool:
    if (hole.min(axis=0) < outer.min(axis=0)).any() or (hole.max(axis=0) > outer.max(axis=0)).any():
        return False
    # Simplified rings may touch, and a corner of a hole may stand out: most of its corners tell.
    ring = outer.astype(np.float32)
    inside = sum(
        cv2.pointPolygonTest(ring, (float(x), float(y)), measureDist=False) >= 0 for x, y in hole
    )
    return inside * 2 > len(hole)
