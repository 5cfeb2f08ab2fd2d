"""Who has a pixel that two objects claim.

Two objects of one kind are never in one place: where one is seen, the other is behind it. But a
face is within a person, and a hand may be. Who excludes whom is told, object by object, or else
learned from what a model says: those whose masks lay over one another may share.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import combinations

import cv2
import numpy as np
import numpy.typing as npt

from rtseg.geometry import box_of
from rtseg.tracking.appearance import Lab, Soft
from rtseg.tracking.colours import Colours, odds_of_colour
from rtseg.types import BoolMask, TrackId

_WITHIN = 0.3
"""Share of the smaller mask that must lie within the other, for the two to share pixels."""

_CLAIMED = 0.3
"""Belief above which an object claims a pixel."""

_SUREST = 0.98  # nobody's word is final: of a belief and of a confidence before their log odds
_COLOUR_LIMIT = 3.0  # log odds; as fusion has it
_WINDOW_PX = 5  # over which colours speak: one pixel's colour is no argument


class Sharing:
    """Which objects may claim the same pixel."""

    def __init__(self) -> None:
        self._groups: tuple[frozenset[TrackId], ...] = ()
        self._may_share: dict[frozenset[TrackId], bool] = {}

    def tell(self, groups: Iterable[Iterable[TrackId]]) -> None:
        """Take the groups whose members exclude one another; they stand above what is learned."""
        self._groups = tuple(frozenset(group) for group in groups)

    def learn(
        self, one: TrackId, other: TrackId, a: npt.NDArray[np.bool_], b: npt.NDArray[np.bool_]
    ) -> None:
        """Take where two objects were in one frame, as far as is known."""
        smaller = min(np.count_nonzero(a), np.count_nonzero(b))
        if smaller:
            is_within = np.count_nonzero(a & b) >= _WITHIN * smaller
            self._may_share[frozenset((one, other))] = bool(is_within)

    def forget(self, track_id: TrackId) -> None:
        """Drop what was learned of an object."""
        self._may_share = {
            pair: may for pair, may in self._may_share.items() if track_id not in pair
        }

    def exclude(self, one: TrackId, other: TrackId) -> bool:
        """Two objects that never claim a pixel both."""
        mine = [group for group in self._groups if one in group]
        if mine and any(other in group for group in self._groups):
            return any(other in group for group in mine)
        return not self._may_share.get(frozenset((one, other)), False)


@dataclass(frozen=True, slots=True)
class Claim:
    """What one object says of the newest frame.

    Parameters
    ----------
    soft : (h, w) float32, its belief.
    colours : which ones are its own rather than its surroundings'.
    confidence : in its outline, as of the frame before.
    """

    soft: Soft
    colours: Colours
    confidence: float


def shared_out(claims: Mapping[TrackId, Claim], now: Lab, sharing: Sharing) -> dict[TrackId, Soft]:
    """Let the surer of two objects that exclude each other have what both claim.

    Surer is whose belief and colours speak louder there, and where they speak alike, whose outline
    could be trusted more.

    Parameters
    ----------
    claims : of every object in view.
    now : (h, w, 3) uint8 Lab, the newest frame.

    Returns
    -------
    The beliefs that have changed.
    """
    softs = {track_id: claim.soft for track_id, claim in claims.items()}
    boxes = {track_id: box_of(soft > _CLAIMED) for track_id, soft in softs.items()}
    changed: set[TrackId] = set()
    for one, other in combinations(claims, 2):
        box = _common(boxes[one], boxes[other])
        if box is None or not sharing.exclude(one, other):
            continue
        for track_id in {one, other} - changed:
            softs[track_id] = softs[track_id].copy()
            changed.add(track_id)
        a, b = softs[one][box], softs[other][box]
        lead = _logit(a) - _logit(b) + _by_colour(claims[one], claims[other], now[box])
        lead += _logit(claims[one].confidence) - _logit(claims[other].confidence)
        is_first = lead >= 0
        a[:] = np.where(is_first, a, np.minimum(a, 1 - b))
        b[:] = np.where(is_first, np.minimum(b, 1 - a), b)
    return {track_id: softs[track_id] for track_id in changed}


def apart(
    masks: dict[TrackId, BoolMask], softs: Mapping[TrackId, Soft], sharing: Sharing
) -> dict[TrackId, BoolMask]:
    """Take from masks what they still share at the frame's size, by beliefs that were shared out.

    Parameters
    ----------
    masks : (H, W) bool; changed in place.
    softs : (h, w) float32, the beliefs that they were drawn from, at the working size.

    Returns
    -------
    `masks`.
    """
    if len(masks) < 2:
        return masks
    # Of the masks: an outline that was drawn may reach a pixel beyond its belief.
    boxes = {track_id: box_of(mask) for track_id, mask in masks.items()}
    for one, other in combinations(masks, 2):
        box = _common(boxes[one], boxes[other])
        if box is None or not sharing.exclude(one, other):
            continue
        y, x = np.nonzero(masks[one][box] & masks[other][box])
        if not len(y):
            continue
        y, x = y + box[0].start, x + box[1].start
        height, width = masks[one].shape
        rows, columns = softs[one].shape
        place = (y * rows // height, x * columns // width)
        is_first = softs[one][place] >= softs[other][place]
        masks[one][y[~is_first], x[~is_first]] = False
        masks[other][y[is_first], x[is_first]] = False
    return masks


def _common(
    a: tuple[int, int, int, int], b: tuple[int, int, int, int]
) -> tuple[slice, slice] | None:
    """Give the rows and columns that two boxes share, or None."""
    x0, y0, x1, y1 = max(a[0], b[0]), max(a[1], b[1]), min(a[2], b[2]), min(a[3], b[3])
    return (slice(y0, y1), slice(x0, x1)) if x0 < x1 and y0 < y1 else None


def _by_colour(one: Claim, other: Claim, now: Lab) -> Soft:
    odds = odds_of_colour(now, one.colours) - odds_of_colour(now, other.colours)
    odds = odds.clip(-_COLOUR_LIMIT, _COLOUR_LIMIT)
    return np.asarray(cv2.blur(odds, (_WINDOW_PX, _WINDOW_PX)), np.float32)


def _logit(share: Soft | float) -> Soft:
    bounded = np.clip(np.asarray(share, np.float32), 1 - _SUREST, _SUREST)
    return np.asarray(np.log(bounded / (1 - bounded)), np.float32)
