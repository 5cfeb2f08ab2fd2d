"""Masks to outlines, of which each stays as long as that is right, or shifts, or follows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from itertools import count

import cv2
import numpy as np
import numpy.typing as npt

from rtseg.geometry import Path, simplify, trace
from rtseg.geometry.path import Strung, string
from rtseg.geometry.registration import Cutout, cut_out, register
from rtseg.geometry.simplification import Reference, check_min_iou, reference_for
from rtseg.types import BoolMask, TrackId
from rtseg.wire.coded import unit_of
from rtseg.wire.estimates import measured_walk_bits, polygon_bits, walk_bits
from rtseg.wire.following import Target, can_follow, follow
from rtseg.wire.shifts import Shift

# Where less of the mask changed than this share of the loss that its fidelity allows, and nothing
# moved, it flickers: its outline is drawn anew at a share of that loss, to last a while.
_STILL = 0.5
_IN_HAND = 0.7

# The price of a bit comes to this share of the loss that the fidelity allows, over the number of
# vertices: on DAVIS, at fidelities from .9 to .995, to within half of it. A worse first guess costs
# four tries more.
_PRICE = 0.14

# An outline that follows takes about this share of the bits of one that is drawn anew. Where even
# that is more than those of the exact walk, the walk is sent: at IoU .995 that is the rule. One
# that follows gives way to a walk only where it takes this much more, and a walk to an outline is
# only tried where the walk became longer by this: neither is to come and go.
_FOLLOWS = 0.6
_DEARER = 1.2

# The shapes of masks differ, and walks of smooth ones take down to this share of what is estimated:
# where that might matter, a walk is written, and what it takes is remembered.
_MAY_BE = 0.6

# Rings with fewer corners than this share of the longest one's do not move the middle.
_SPECK = 0.05

_Point = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class _Track:
    """What stays of an object from frame to frame.

    Parameters
    ----------
    shape : (H, W) of the masks, source pixels.
    exact : path of the latest mask.
    path : the outline that is told for it.
    tolerance_px : see `Simplified`; what it is at all the loss that the fidelity allows.
    drawn_for : the mask that `path` was drawn for, moved as `path` was.
    middle : (2,) centre of gravity of that mask, moved likewise, source pixels.
    price : of a bit, square pixels; see `following`.
    walked_bits : what the exact walk took, about, when it was chosen for `path`; 0 where `path` is
        no walk.
    walk_rate : what a walk of this object takes, over what is estimated of it.
    """

    shape: tuple[int, ...]
    exact: Path
    path: Path
    tolerance_px: float
    drawn_for: Cutout
    middle: _Point
    price: float
    walked_bits: float = 0.0
    walk_rate: float = 1.0


class Outliner:
    """Outlines the masks of one stream at a fidelity.

    A path that is right stays the very same, so that what is drawn does not flicker and what is
    sent is little; one whose mask moved on is shifted; any other follows its mask, vertex by
    vertex (`following`). Where nothing of it can, the object is drawn anew. Where the exact path
    takes fewer bits than any of these, it is the outline.

    The paths have ids, unless they are exact: those of one object have a vertex in common where
    they have an id in common.

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
        self._ids = count()

    def outline(self, masks: Mapping[TrackId, BoolMask]) -> dict[TrackId, Path]:
        """Outline the masks of the next frame; see `Encoder.outline`."""
        tracks: dict[TrackId, _Track] = {}
        paths: dict[TrackId, Path] = {}
        for track_id, mask in masks.items():
            exact = trace(mask)
            if exact.is_empty or self._min_iou == 1:
                paths[track_id] = exact
                continue
            before = self._tracks.get(track_id)
            if before is not None and before.shape != mask.shape:
                before = None
            tracks[track_id] = self._next(before, exact, mask)
            paths[track_id] = tracks[track_id].path
        self._tracks = tracks
        return paths

    def _next(self, before: _Track | None, exact: Path, mask: BoolMask) -> _Track:
        if before is not None and exact == before.exact:
            return before
        min_iou = self._min_iou
        share = 1.0
        middle = _middle(exact)
        reference = reference_for(exact, mask, min_iou)
        exact_bits = walk_bits(exact) * (before.walk_rate if before is not None else 1.0)
        if before is not None:
            now = _Candidate(before, middle)
            budget = (1 - min_iou) * reference.area
            changed = now.changed(mask, reference.area)
            # Where more changed than may be wrong in all, the outline, which was not quite right to
            # begin with, hardly ever fits: do not try.
            if changed <= budget:
                kept = now.fitted(exact, mask, reference, min_iou)
                if kept is not None:
                    return kept
            if not any(now.shift) and changed <= _STILL * budget:
                share = _IN_HAND
            if before.walked_bits:
                if exact_bits < _DEARER * before.walked_bits:
                    return self._walked(before, exact, mask, middle, before.walked_bits)
            else:
                followed = self._followed(
                    before, exact, mask, reference, share, _DEARER * exact_bits
                )
                if followed is not None:
                    track, bits = followed
                    if bits <= _DEARER * exact_bits:
                        return track
                    return self._walked(before, exact, mask, middle, exact_bits)
        path, tolerance_px = simplify(
            exact,
            mask,
            1 - share * (1 - min_iou) if share < 1 else min_iou,
            start_px=share * before.tolerance_px if before else None,
            reference=reference,
        )
        size = mask.shape[0], mask.shape[1]
        anew_bits = _FOLLOWS * polygon_bits(path, unit_of(path, size))
        price = _PRICE * (1 - min_iou) * reference.area / sum(len(ring) for ring in path.rings)
        drawn = _Track(
            mask.shape,
            exact,
            path,
            tolerance_px / share,
            cut_out(mask, exact.bbox),
            middle,
            price,
        )
        if anew_bits > _MAY_BE * exact_bits:
            rate = measured_walk_bits(exact, size) / walk_bits(exact)
            exact_bits = rate * walk_bits(exact)
            drawn = replace(drawn, walk_rate=rate)
        if anew_bits > exact_bits:
            return self._walked(drawn, exact, mask, middle, exact_bits)
        ids = tuple(np.array([next(self._ids) for _ in ring], np.int64) for ring in path.rings)
        return replace(drawn, path=Path(path.rings, ids))

    @staticmethod
    def _walked(before: _Track, exact: Path, mask: BoolMask, middle: _Point, bits: float) -> _Track:
        """Give what goes on with the exact path itself."""
        return replace(
            before,
            exact=exact,
            path=exact,
            drawn_for=cut_out(mask, exact.bbox),
            middle=middle,
            walked_bits=bits,
        )

    def _followed(
        self,
        before: _Track,
        exact: Path,
        mask: BoolMask,
        reference: Reference,
        share: float,
        most_bits: float,
    ) -> tuple[_Track, float] | None:
        """Give what goes on with the vertices of this outline, and its bits; None if none does."""
        if not can_follow(before.path):
            return None
        now = cut_out(mask, exact.bbox)
        carry = register(before.drawn_for, now)
        rings = string(before.path.rings)
        carried = Strung(carry(rings.vertices.astype(np.float64)), rings.lengths).split()
        target = Target(exact, reference, 1 - share * (1 - self._min_iou), most_bits)
        followed = follow(before.path, carried, target, before.price, self._ids)
        if followed is None:
            return None
        track = replace(
            before,
            exact=exact,
            path=followed.path,
            drawn_for=now,
            middle=_middle(exact),
            price=followed.price / share**2,
        )
        return track, followed.bits


class _Candidate:
    """The outline before, where it is or shifted to where the mask is now.

    Less than half a pixel is no shift. It adds up, as a track's `middle` stays that of its outline:
    a thing that drifts slowly is not outlined later than one that runs.
    """

    def __init__(self, before: _Track, middle: _Point) -> None:
        self._before = before
        self.shift = Shift(*np.rint(middle - before.middle).astype(int).tolist())

    def changed(self, mask: BoolMask, area: int) -> int:
        """How many pixels of the mask changed since the outline was drawn, but for the shift."""
        drawn_for, (x, y) = self._moved()
        drawn_for = drawn_for[max(-y, 0) :, max(-x, 0) :]
        x, y = max(x, 0), max(y, 0)
        now = mask[y : y + drawn_for.shape[0], x : x + drawn_for.shape[1]].view(np.uint8)
        drawn_for = drawn_for[: now.shape[0], : now.shape[1]]
        if not now.size:
            return area
        return int(cv2.norm(now, drawn_for, cv2.NORM_L1)) + area - cv2.countNonZero(now)

    def fitted(
        self, exact: Path, mask: BoolMask, reference: Reference, min_iou: float
    ) -> _Track | None:
        """Give what goes on with this outline; None if it will not do for the mask."""
        before = self._before
        path = before.path
        if any(self.shift):
            path = self.shift.move(path, (mask.shape[0], mask.shape[1]))
        x0, y0, x1, y1 = path.bbox
        left, top, right, bottom = reference.box
        if x0 < left or y0 < top or x1 > right or y1 > bottom:
            return None
        if reference.iou(path.rings) < min_iou:
            return None
        return replace(
            before,
            exact=exact,
            path=path,
            drawn_for=self._moved(),
            middle=before.middle + self.shift,
        )

    def _moved(self) -> Cutout:
        """What the outline was drawn for, moved as it is."""
        inside, (x, y) = self._before.drawn_for
        return Cutout(inside, (x + self.shift.right, y + self.shift.down))


def _middle(path: Path) -> npt.NDArray[np.float64]:
    """Centre of gravity of the rings of a path that is not empty, holes as heavy as what is around.

    It moves with them as that of the inside does, and there is always something that it is of.
    """
    total = np.zeros(3)
    largest = max(len(ring) for ring in path.rings)
    for ring in path.rings:
        # Of specks, masks may have hundreds, and they weigh nothing.
        if len(ring) < _SPECK * largest:
            continue
        moments = cv2.moments(ring)  # positive for either sense of turning
        total += (moments["m00"], moments["m10"], moments["m01"])
    middle: npt.NDArray[np.float64] = total[1:] / total[0]
    return middle
