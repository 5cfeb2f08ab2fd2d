"""Outlines with fewer vertices, at a fidelity that is measured, not hoped for.

Douglas and Peucker (1973) choose which vertices stay, a fit of each edge to its arc moves them
(`refinement`), and a lattice as coarse as the tolerance allows takes them. On DAVIS at IoU .97 the
fit leaves a quarter of the vertices out, and the lattice saves 6 % of the bytes. What is then left
of the budget goes to leaving out the vertices that matter least (`pruning`): 5 % of the bytes.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import cv2
import numpy as np

from rtseg.errors import UsageError
from rtseg.geometry.path import Path, Ring, Strung, string
from rtseg.geometry.pruning import prune
from rtseg.geometry.refinement import Refinery
from rtseg.geometry.scanlines import Box, Vertices, spans
from rtseg.geometry.tracing import check_mask
from rtseg.types import BoolMask

# A tolerance of t costs about t * perimeter / (8 * area) of IoU: on DAVIS 2016 a start within a few
# tenths of where the search ends.
_LOSS_DIVISOR = 8.0

# Below half a pixel no vertex of a lattice outline is within tolerance of its neighbours' chord.
_LEAST_TOLERANCE_PX = 0.5

# A ring goes when its area is at most this times tolerance². On DAVIS, 8 saves 2 % of the bytes at
# equal IoU; more saves nothing, and takes parts away that a person would miss.
_SPECK_AREA = 8.0

# Of this times the tolerance is the lattice: coarser ones cost more vertices than they save bits.
_LATTICE = 1 / 1.6

# The fit may move vertices out of the mask's box by this times the first tolerance.
_MARGIN = 2.0

# Rings with fewer corners are specks: there is nothing to fit.
_LEAST_CORNERS = 12

# A start further from the estimate is of another shape, and would cost more tries than it saves.
_START_RANGE = 4.0

# Enough to come within a tenth of the budget from a bad start; two or three are the rule.
_TRIES = 8
_WELL_SPENT = 0.9

# What triangles to try, as shares of the rest of the budget. More than all of it may go, since some
# of what an edge then cuts off another one gives back.
_SHARES = (2.0, 2.0, 1.0, 1.0)


class Simplified(NamedTuple):
    """A path with fewer vertices, and what it took.

    Parameters
    ----------
    path : the simplified path.
    tolerance_px : largest distance of a vertex left out from the chord before the fit; 0 where
        nothing could be left out. Give it as `start_px` for the next frame of the same object.
    """

    path: Path
    tolerance_px: float


def simplify(
    path: Path,
    mask: BoolMask,
    min_iou: float,
    *,
    start_px: float | None = None,
    reference: Reference | None = None,
) -> Simplified:
    """Leave out as many vertices as a fidelity allows.

    Searches for the largest tolerance whose result, filled, keeps
    ``iou(fill(result, mask.shape), mask) >= min_iou``. Vertices lie on a lattice of one or more
    pixels, or on the frame's edge; specks and pinholes go where the budget allows it, and rings may
    come to touch or cross, so fill them by the nonzero rule, as `fill` and a canvas do. Where no
    tolerance will do, the path stays.

    Parameters
    ----------
    path : the path of ``trace(mask)``.
    mask : (H, W) bool, source pixels.
    min_iou : in (0, 1]; 1 gives the path back as it is.
    start_px : tolerance to try first, source pixels; None or 0 for an estimate from the shape.
    reference : of `reference_for` with the same arguments, where that is there already.

    Raises
    ------
    UsageError
        If `min_iou` is not in (0, 1], or `mask` is not two-dimensional and bool.
    """
    check_min_iou(min_iou)
    check_mask(mask)
    best = Simplified(path, 0.0)
    if path.is_empty or min_iou == 1:
        return best
    outlines = _Outlines(path, mask.shape[::-1])
    budget = 1 - min_iou
    passing, failing = 0.0, np.inf
    estimate = tolerance_for(path, budget)
    if reference is None:
        reference = reference_for(path, mask, min_iou)
    tolerance = float(
        np.clip(start_px or estimate, estimate / _START_RANGE, estimate * _START_RANGE)
    )
    for _ in range(_TRIES):
        rings = outlines.within(tolerance, reference.box)
        score = reference.iou(rings)
        if score >= min_iou:
            best = Simplified(Path(rings), tolerance)
            passing = tolerance
            if 1 - score >= _WELL_SPENT * budget:
                break
        else:
            failing = tolerance
        # The loss grows about as the tolerance does; between two that are known, halve.
        tolerance *= float(np.clip(0.95 * budget / max(1 - score, 1e-9), 0.5, 2.0))
        if not 1.05 * passing < tolerance < 0.95 * failing:
            if failing < 1.15 * passing:
                break
            tolerance = float(np.sqrt(max(passing, _LEAST_TOLERANCE_PX / 2) * failing))
        if tolerance < _LEAST_TOLERANCE_PX:
            break
    return Simplified(_spend(best.path, reference, min_iou), best.tolerance_px)


def _spend(path: Path, reference: Reference, min_iou: float) -> Path:
    """Leave out what vertices the rest of the budget allows."""
    rings = path.rings
    rest = reference.area * (reference.iou(rings) - min_iou)
    for share in _SHARES:
        fewer = prune(rings, share * rest)
        if fewer is not None and (score := reference.iou(fewer)) >= min_iou:
            rings = fewer
            rest = reference.area * (score - min_iou)
    return Path(rings)


def check_min_iou(min_iou: float) -> None:
    """Raise `UsageError` unless `min_iou` is a fidelity."""
    if not 0 < min_iou <= 1:
        raise UsageError(f"expected min_iou in (0, 1], got {min_iou!r}; 0.97 is a good start")


class Reference:
    """Scores rings against one mask without painting them; they must stay in `box`."""

    def __init__(self, path: Path, mask: BoolMask, *, margin_px: int) -> None:
        height, width = mask.shape
        x0, y0, x1, y1 = path.bbox
        x0, y0 = max(x0 - margin_px, 0), max(y0 - margin_px, 0)
        x1, y1 = min(x1 + margin_px, width), min(y1 + margin_px, height)
        self.box = x0, y0, x1, y1
        crop = mask[y0:y1, x0:x1].view(np.uint8)
        self.area = int(np.count_nonzero(mask))
        # (y, x): how many pixels of row y lie left of x
        self._before = np.diff(cv2.integral(crop), axis=0)

    def iou(self, rings: Sequence[Vertices]) -> float:
        """What `scores.iou` says of the filled rings and the mask."""
        if not rings:
            return 0.0
        row, start, stop = spans(rings, self.box)
        shared = int((self._before[row, stop] - self._before[row, start]).sum())
        return shared / (self.area + int((stop - start).sum()) - shared)


def reference_for(path: Path, mask: BoolMask, min_iou: float) -> Reference:
    """Prepare to score simplifications of a mask's path; see `simplify`."""
    estimate = tolerance_for(path, 1 - min_iou)
    return Reference(path, mask, margin_px=1 + int(_MARGIN * estimate))


def tolerance_for(path: Path, budget: float) -> float:
    """Guess the tolerance, pixels, that costs a share of the area: `budget`, 1 - IoU."""
    perimeter = sum(cv2.arcLength(ring, closed=True) for ring in path.rings)
    return max(_LOSS_DIVISOR * budget * path.area / perimeter, _LEAST_TOLERANCE_PX)


class _Outlines:
    """The rings of an exact path, with what their simplifications share; frame is its (W, H)."""

    def __init__(self, path: Path, frame: tuple[int, int]) -> None:
        self._rings = path.rings
        self._areas = [cv2.contourArea(ring) for ring in path.rings]
        self._frame = np.array(frame)
        # What is to be fitted, and where the refinery has it.
        fine = [index for index, ring in enumerate(path.rings) if len(ring) >= _LEAST_CORNERS]
        self._places = {index: place for place, index in enumerate(fine)}
        self._refinery = Refinery([path.rings[index] for index in fine]) if fine else None

    def within(self, tolerance_px: float, box: Box) -> tuple[Ring, ...]:
        """Simplify each ring at one tolerance, inside a box, without those that come to nothing."""
        least_area = _SPECK_AREA * tolerance_px**2
        found: list[Ring | None] = []
        fitted: list[Ring] = []
        places: list[int] = []
        for index, (ring, area) in enumerate(zip(self._rings, self._areas, strict=True)):
            if area <= least_area:
                continue
            points = cv2.approxPolyDP(ring, tolerance_px, closed=True)
            kept: Ring = np.asarray(points[:, 0], np.int32)
            if len(kept) < 3:
                continue
            place = self._places.get(index)
            if place is None:
                found.append(kept)
            else:
                found.append(None)
                fitted.append(kept)
                places.append(place)
        if not fitted or self._refinery is None:
            return tuple(ring for ring in found if ring is not None)
        chosen = string(fitted)
        moved = self._refinery.refine(chosen, np.array(places), tolerance_px)
        moved_rings = iter(self._snap(chosen._replace(vertices=moved), tolerance_px, box))
        every = (next(moved_rings) if ring is None else ring for ring in found)
        return tuple(ring for ring in every if len(ring) >= 3)

    def _snap(self, moved: Strung, tolerance_px: float, box: Box) -> list[Ring]:
        """Put vertices on the lattice of a tolerance."""
        unit = max(1, int(_LATTICE * tolerance_px))
        near, far = -(-np.array(box[:2]) // unit), np.array(box[2:]) // unit
        snapped = unit * np.clip(np.rint(moved.vertices / unit).astype(np.int32), near, far)
        # What lies on the far edge of the frame stays there, on whatever lattice.
        is_far = (moved.vertices > self._frame - 0.5) & (np.array(box[2:]) == self._frame)
        rings = Strung(np.where(is_far, self._frame, snapped).astype(np.int32), moved.lengths)
        is_new = (rings.vertices != rings.vertices[rings.before]).any(axis=1)
        # A ring that came to one point keeps none.
        return rings.where(is_new).split()
