"""Masks to outlines that move: each object's outline is followed from frame to frame."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import cv2
import numpy as np
import numpy.typing as npt

from rtseg.geometry import Path, Ring, simplify, trace
from rtseg.geometry.motion import Motion
from rtseg.geometry.path import ring_area
from rtseg.geometry.pursuit import NEW, Pursuit, Shape
from rtseg.geometry.simplification import LATTICE, SPECK_AREA, Reference, check_min_iou
from rtseg.types import BoolMask, TrackId
from rtseg.wire.outline import Ids, Outline

# Tries of a tolerance before an outline is drawn anew: on DAVIS at IoU .97 the first will do in two
# of three frames that no shift alone explains.
_TRIES = 3
_AIM = 0.93
_SHRINKS = 0.6, 0.8
_GROWS = 1.2

# A ring that lies elsewhere than this, as the IoU of their boxes, is another ring.
_SAME_RING = 0.15

# Where fewer vertices live on the outline is drawn anew. A compromise: on DAVIS at IoU .97 a third
# cost 98 bytes a frame, .6 cost 92, and had more outlines drawn anew.
_LEAST_ALIVE = 0.45

# Rings with fewer corners are specks: there is nothing to follow.
_LEAST_CORNERS = 12

# An outline whose middle strays by less stays as it is, while its fidelity allows: a model's masks
# of a still thing are never quite the same.
_STILL_PX = 0.5

# A still thing is outlined anew at this share of the loss that its fidelity allows.
_IN_HAND = 0.7


@dataclass(frozen=True, slots=True)
class _Track:
    """What stays of an object from frame to frame."""

    outline: Outline
    tolerance_px: float


class _Ring(NamedTuple):
    """A ring of the new outline: of which ring before, if of any, and what became of it."""

    vertices: Ring
    before: int | None = None
    sources: npt.NDArray[np.int64] | None = None
    motion: Motion = Motion()


class Outliner:
    """Outlines the masks of one stream at a fidelity.

    Parameters
    ----------
    min_iou : in (0, 1]: ``iou(fill(path, mask.shape), mask) >= min_iou`` for every path.

    Raises
    ------
    UsageError
        If `min_iou` is not in (0, 1].
    """

    def __init__(self, min_iou: float = 0.97) -> None:
        check_min_iou(min_iou)
        self._min_iou = min_iou
        self._tracks: dict[TrackId, _Track] = {}
        self._serial = 0
        self._next_id = 0

    def outline(self, masks: Mapping[TrackId, BoolMask]) -> dict[TrackId, Path]:
        """Outline the masks of the next frame.

        Parameters
        ----------
        masks : (H, W) bool for each object, source pixels.

        Returns
        -------
        A path for each object, source pixels; empty for an empty mask.

        Raises
        ------
        UsageError
            If a mask is not two-dimensional or not bool.
        """
        tracks: dict[TrackId, _Track] = {}
        paths: dict[TrackId, Path] = {}
        for track_id, mask in masks.items():
            exact = trace(mask)
            if exact.is_empty or self._min_iou == 1:
                paths[track_id] = exact
                continue
            track = self._next(self._tracks.get(track_id), exact, mask)
            tracks[track_id] = track
            paths[track_id] = track.outline
        self._tracks = tracks
        return paths

    def _next(self, track: _Track | None, exact: Path, mask: BoolMask) -> _Track:
        min_iou = self._min_iou
        if track is not None:
            now = _Object(track, exact, mask, self._min_iou)
            if now.is_still:
                if now.fits():
                    return track
                # With something in hand the new one will last through the next masks' flicker.
                min_iou = 1 - _IN_HAND * (1 - min_iou)
            found = now.follow(1 - min_iou)
            if found is not None:
                rings, tolerance_px = found
                return _Track(self._followed(track.outline, rings), tolerance_px)
        start_px = track.tolerance_px if track else None
        path, tolerance_px = simplify(exact, mask, min_iou, start_px=start_px)
        return _Track(self._followed(None, [_Ring(ring) for ring in path.rings]), tolerance_px)

    def _followed(self, before: Outline | None, rings: list[_Ring]) -> Outline:
        """Name what is new."""
        self._serial += 1
        ids: list[Ids] = []
        names: list[int] = []
        motions: dict[int, Motion] = {}
        for ring in rings:
            fresh = np.arange(self._next_id, self._next_id + len(ring.vertices) + 1)
            self._next_id += len(fresh)
            if ring.before is None or ring.sources is None or before is None:
                ids.append(fresh[1:])
                names.append(int(fresh[0]))
                continue
            known = before.ids[ring.before][ring.sources]
            ids.append(np.where(ring.sources == NEW, fresh[1:], known))
            names.append(before.names[ring.before])
            motions[names[-1]] = ring.motion
        return Outline(
            tuple(ring.vertices for ring in rings),
            tuple(ids),
            tuple(names),
            self._serial,
            before.serial if before else -1,
            motions,
        )


class _Pair(NamedTuple):
    """A ring of the new shape, and which ring before it was, if it was any."""

    shape: Shape
    before: int | None
    pursuit: Pursuit | None


class _Object:
    """One object on its way from one frame to the next."""

    def __init__(self, track: _Track, exact: Path, mask: BoolMask, min_iou: float) -> None:
        self._track = track
        self._exact = exact
        self._mask = mask
        self._budget = 1 - min_iou
        self._frame = np.array(mask.shape[::-1])
        self._reference = Reference(exact, mask, margin_px=4 + int(3 * track.tolerance_px))

        shift = _middle(exact.rings) - _middle(track.outline.rings)
        self._shift = Motion(*np.rint(shift).astype(int).tolist())
        self.is_still = bool(np.abs(shift).max() < _STILL_PX)
        """Whether the outline before has not begun to lag."""

    def fits(self) -> bool:
        """Whether the outline before will do."""
        return self._loss(self._track.outline.rings) <= self._budget

    def follow(self, budget: float) -> tuple[list[_Ring], float] | None:
        """Give the outline that follows the one before, and its tolerance; None: draw anew.

        Parameters
        ----------
        budget : the loss that it may have.
        """
        tolerance = self._track.tolerance_px
        if tolerance == 0:
            return None
        before = enumerate(self._track.outline.rings)
        shifted = [self._moved(index, ring, self._shift) for index, ring in before]
        if self._loss([ring.vertices for ring in shifted]) <= budget:
            return shifted, tolerance
        pairs = self._pairs(tolerance)
        for _ in range(_TRIES):
            found = (self._at(pair, tolerance) for pair in pairs)
            rings = [ring for ring in found if ring is not None]
            loss = self._loss([ring.vertices for ring in rings])
            room = _AIM * budget / max(loss, 1e-9)
            if loss > budget:
                tolerance *= float(np.clip(room, *_SHRINKS))
            elif self._alive(rings) < _LEAST_ALIVE:
                break
            else:
                # What it left of its budget goes to the next frame: a second try now costs time.
                return rings, tolerance * float(np.clip(room, 1.0, _GROWS))
        return None

    def _alive(self, rings: list[_Ring]) -> float:
        """How many vertices live on, as a share of those before and now."""
        alive = sum(int((r.sources != NEW).sum()) for r in rings if r.sources is not None)
        before = sum(len(ring) for ring in self._track.outline.rings)
        return 2 * alive / (before + sum(len(ring.vertices) for ring in rings))

    def _loss(self, rings: Sequence[Ring]) -> float:
        """1 - IoU of the filled rings and the mask."""
        if not rings:
            return 1.0
        every = np.concatenate(rings)
        low, high = every.min(axis=0), every.max(axis=0)
        x0, y0, x1, y1 = self._reference.box
        outside = max(x0 - low[0], y0 - low[1], high[0] - x1, high[1] - y1)
        if outside > 0:
            # What lies beyond the box is not scored: look at a larger one.
            box = self._exact.bbox
            margin_px = int(max((box[:2] - low).max(), (high - box[2:]).max())) + 1
            self._reference = Reference(self._exact, self._mask, margin_px=margin_px)
        return 1 - self._reference.iou(rings)

    def _pairs(self, tolerance_px: float) -> list[_Pair]:
        """Pair what is worth to be outlined with the rings before, in their order."""
        before = self._track.outline.rings
        boxes = [cv2.boundingRect(ring) for ring in before]
        is_hole = [ring_area(ring) < 0 for ring in before]
        free = set(range(len(before)))
        pairs: list[_Pair] = []
        least = SPECK_AREA * tolerance_px**2
        areas = [(ring_area(ring), ring) for ring in self._exact.rings]
        for area, ring in sorted(areas, key=lambda pair: -abs(pair[0])):
            if abs(area) <= least:
                break
            box = cv2.boundingRect(ring)
            overlap = {n: _overlap(box, boxes[n]) for n in free if is_hole[n] == (area < 0)}
            nearest = max(overlap, key=overlap.__getitem__, default=None)
            shape = Shape(ring)
            if nearest is None or overlap[nearest] < _SAME_RING or len(ring) < _LEAST_CORNERS:
                pairs.append(_Pair(shape, None, None))
            else:
                free.discard(nearest)
                pairs.append(_Pair(shape, nearest, Pursuit(before[nearest], shape, tolerance_px)))
        return sorted(pairs, key=lambda pair: len(before) if pair.before is None else pair.before)

    def _at(self, pair: _Pair, tolerance_px: float) -> _Ring | None:
        """Outline one ring at a tolerance; None where it comes to nothing."""
        unit = max(1, int(LATTICE * tolerance_px))
        found = pair.pursuit.at(tolerance_px) if pair.pursuit else None
        if found is not None and pair.pursuit is not None:
            predicted = found.motion.move(pair.pursuit.ring)
            vertices = self._on_lattice(found.vertices, found.sources, predicted, unit)
            return _Ring(vertices, pair.before, found.sources, found.motion)
        kept = cv2.approxPolyDP(pair.shape.ring, tolerance_px, closed=True)[:, 0]
        if len(kept) < 3:
            return None
        snapped = unit * np.rint(kept / unit).astype(np.int32)
        return _Ring(self._inside(np.where(kept == self._frame, self._frame, snapped)))

    def _on_lattice(
        self,
        vertices: npt.NDArray[np.float64],
        sources: npt.NDArray[np.int64],
        predicted: npt.NDArray[np.int64],
        unit: int,
    ) -> Ring:
        """Take vertices whole units from where they are told from: see `deltas.py`."""
        start = predicted[sources]
        moved = start + unit * np.rint((vertices - start) / unit).astype(np.int64)
        moved = np.clip(moved, 0, self._frame)
        for at in np.flatnonzero(sources == NEW).tolist():
            step = unit * np.rint((vertices[at] - moved[at - 1]) / unit).astype(np.int64)
            moved[at] = np.clip(moved[at - 1] + step, 0, self._frame)
        ring: Ring = moved.astype(np.int32)
        return ring

    def _moved(self, before: int | None, ring: Ring, motion: Motion) -> _Ring:
        """The ring before as it is, moved as a whole."""
        return _Ring(self._inside(motion.move(ring)), before, np.arange(len(ring)), motion)

    def _inside(self, vertices: npt.NDArray[np.integer]) -> Ring:
        held: Ring = np.clip(vertices, 0, self._frame).astype(np.int32)
        return held


def _middle(rings: Sequence[Ring]) -> npt.NDArray[np.float64]:
    """Centre of gravity."""
    total = np.zeros(3)
    for ring in rings:
        moments = cv2.moments(ring)  # of either sense of turning positive
        sign = -1.0 if ring_area(ring) < 0 else 1.0
        total += sign * np.array((moments["m00"], moments["m10"], moments["m01"]))
    middle: npt.NDArray[np.float64] = total[1:] / total[0] if total[0] else np.zeros(2)
    return middle


def _overlap(a: Sequence[int], b: Sequence[int]) -> float:
    """IoU of two boxes, each x, y, width, height."""
    width = max(0, min(a[0] + a[2], b[0] + b[2]) - max(a[0], b[0]))
    height = max(0, min(a[1] + a[3], b[1] + b[3]) - max(a[1], b[1]))
    shared = width * height
    return shared / (a[2] * a[3] + b[2] * b[3] - shared)
