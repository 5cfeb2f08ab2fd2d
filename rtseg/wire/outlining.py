"""Masks to outlines, of which each stays as long as that is right, or shifts, or follows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import count

import cv2
import numpy as np
import numpy.typing as npt

from rtseg.geometry import Path, simplify, trace
from rtseg.geometry.path import Strung, string
from rtseg.geometry.registration import Cutout, cut_out, register
from rtseg.geometry.simplification import check_min_iou, reference_for
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
        if before is None:
            return self._anew(None, _Seen(exact, mask, self._min_iou))
        if exact == before.exact:
            return before
        now = _Seen(exact, mask, self._min_iou)
        candidate = _Candidate(before, now)
        changed = candidate.changed()
        # Where more changed than may be wrong in all, the outline, which was not quite right to
        # begin with, hardly ever fits: do not try.
        if changed <= now.budget:
            kept = candidate.fitted()
            if kept is not None:
                return kept
        share = 1.0
        if not any(candidate.shift) and changed <= _STILL * now.budget:
            share = _IN_HAND
        exact_bits = before.walk_rate * now.walk_bits
        if before.walked_bits:
            if exact_bits < _DEARER * before.walked_bits:
                return _walked(before, now, before.walked_bits)
        else:
            followed = self._followed(before, now, share, _DEARER * exact_bits)
            if followed is not None:
                track, bits = followed
                return track if bits <= _DEARER * exact_bits else _walked(before, now, exact_bits)
        return self._anew(before, now, share)

    def _anew(self, before: _Track | None, now: _Seen, share: float = 1.0) -> _Track:
        """Give what begins with an outline of this mask alone, or with its walk.

        `share` is of the loss that the fidelity allows: what the outline may spend of it.
        """
        path, tolerance_px = simplify(
            now.exact,
            now.mask,
            now.min_iou_at(share),
            start_px=share * before.tolerance_px if before else None,
            reference=now.reference,
        )
        vertices = sum(len(ring) for ring in path.rings)
        drawn = _Track(
            now.mask.shape,
            now.exact,
            path,
            tolerance_px / share,
            now.cutout,
            now.middle,
            _PRICE * (1 - now.min_iou) * now.reference.area / vertices,
        )
        size = now.mask.shape[0], now.mask.shape[1]
        bits = _FOLLOWS * polygon_bits(path, unit_of(path, size))
        exact_bits = (before.walk_rate if before else 1.0) * now.walk_bits
        if bits > _MAY_BE * exact_bits:
            rate = measured_walk_bits(now.exact, size) / now.walk_bits
            exact_bits = rate * now.walk_bits
            drawn = replace(drawn, walk_rate=rate)
        if bits > exact_bits:
            return _walked(drawn, now, exact_bits)
        ids = tuple(np.array([next(self._ids) for _ in ring], np.int64) for ring in path.rings)
        return replace(drawn, path=Path(path.rings, ids))

    def _followed(
        self, before: _Track, now: _Seen, share: float, most_bits: float
    ) -> tuple[_Track, float] | None:
        """Give what goes on with the vertices of this outline, and its bits; None if none does."""
        if not can_follow(before.path):
            return None
        carry = register(before.drawn_for, now.cutout)
        rings = string(before.path.rings)
        carried = Strung(carry(rings.vertices.astype(np.float64)), rings.lengths).split()
        target = Target(now.exact, now.reference, now.min_iou_at(share), most_bits)
        followed = follow(before.path, carried, target, before.price, self._ids)
        if followed is None:
            return None
        track = replace(
            before,
            exact=now.exact,
            path=followed.path,
            drawn_for=now.cutout,
            middle=now.middle,
            price=followed.price / share**2,
        )
        return track, followed.bits


class _Seen:
    """What is seen of an object in one frame.

    Parameters
    ----------
    exact : path of its mask, not empty.
    mask : (H, W), source pixels.
    min_iou : fidelity of its outlines, in (0, 1).

    Attributes
    ----------
    reference : scores outlines against the mask.
    budget : the loss that the fidelity allows, square pixels.
    middle : (2,) centre of gravity, source pixels.
    walk_bits : what the exact walk takes, as estimated.
    """

    def __init__(self, exact: Path, mask: BoolMask, min_iou: float) -> None:
        self.exact, self.mask, self.min_iou = exact, mask, min_iou
        self.reference = reference_for(exact, mask, min_iou)
        self.budget = (1 - min_iou) * self.reference.area
        self.middle = _middle(exact)
        self.walk_bits = walk_bits(exact)

    @cached_property
    def cutout(self) -> Cutout:
        """The mask inside its box."""
        return cut_out(self.mask, self.exact.bbox)

    def min_iou_at(self, share: float) -> float:
        """Give the fidelity at a share of the loss that is allowed."""
        return 1 - share * (1 - self.min_iou) if share < 1 else self.min_iou


def _walked(before: _Track, now: _Seen, bits: float) -> _Track:
    """Give what goes on with the exact path itself, a walk of so many bits."""
    return replace(
        before,
        exact=now.exact,
        path=now.exact,
        drawn_for=now.cutout,
        middle=now.middle,
        walked_bits=bits,
    )


class _Candidate:
    """The outline before, where it is or shifted to where the mask is now.

    Less than half a pixel is no shift. It adds up, as a track's `middle` stays that of its outline:
    a thing that drifts slowly is not outlined later than one that runs.
    """

    def __init__(self, before: _Track, now: _Seen) -> None:
        self._before, self._now = before, now
        self.shift = Shift(*np.rint(now.middle - before.middle).astype(int).tolist())

    def changed(self) -> int:
        """How many pixels of the mask changed since the outline was drawn, but for the shift."""
        mask, area = self._now.mask, self._now.reference.area
        drawn_for, (x, y) = self._moved()
        drawn_for = drawn_for[max(-y, 0) :, max(-x, 0) :]
        x, y = max(x, 0), max(y, 0)
        now = mask[y : y + drawn_for.shape[0], x : x + drawn_for.shape[1]].view(np.uint8)
        drawn_for = drawn_for[: now.shape[0], : now.shape[1]]
        if not now.size:
            return area
        return int(cv2.norm(now, drawn_for, cv2.NORM_L1)) + area - cv2.countNonZero(now)

    def fitted(self) -> _Track | None:
        """Give what goes on with this outline; None if it will not do for the mask."""
        before, now = self._before, self._now
        path = before.path
        if any(self.shift):
            path = self.shift.move(path, (now.mask.shape[0], now.mask.shape[1]))
        x0, y0, x1, y1 = path.bbox
        left, top, right, bottom = now.reference.box
        if x0 < left or y0 < top or x1 > right or y1 > bottom:
            return None
        if now.reference.iou(path.rings) < now.min_iou:
            return None
        return replace(
            before,
            exact=now.exact,
            path=path,
            drawn_for=self._moved(),
            middle=before.middle + self.shift,
        )

    def _moved(self) -> Cutout:
        """What the outline was drawn for, moved as it is."""
        inside, (x, y) = self._before.drawn_for
        return Cutout(inside, (x + self.shift.right, y + self.shift.down))


def _middle(path: Path) -> _Point:
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
    middle: _Point = total[1:] / total[0]
    return middle
