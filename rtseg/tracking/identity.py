"""Which thing that a model found is which object that is known: ids that stay.

A model that looks at each frame alone gives its finds in any order. `Roster` keeps the objects of
one concept ("cat"): it pairs finds with objects where they overlap, or, when an object was lost,
where they look alike; what fits no object is a new one.

=========  ==================================================  ===================================
an object  when                                                its mask
=========  ==================================================  ===================================
seen       the model found it in the frame looked at last      of the model
missed     it did not, `patience` times in a row at most, or   still the tracker's
           not for long yet, where it was found steadily
lost       it did not for longer than that                     ends; the object keeps its id
forgotten  it has been lost for as long as it has earned       the id is never given again
=========  ==================================================  ===================================

A quick model that looks at each frame alone overlooks a hand for a handful of frames while it is in
plain view: three looks are a tenth of a second. What it has found steadily is left to the tracker
for `_LINGER_MS`; that it left the picture or was covered, the tracker sees by itself.

What is found again and again earns to be known after a long absence: `_EARNED_LOOKS` looks for each
time, up to `forget_after`. A find that was a mistake, or a thing that passed by, is not
kept: a model that sees eyes now in this shadow and now in that one would fill the roster with ids
of things that were never there, until nothing real could begin.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import TypeAlias

import cv2
import numpy as np
import numpy.typing as npt

from rtseg.geometry import box_of, iou
from rtseg.tracking.assignment import pair_up
from rtseg.types import BoolMask, Image, TrackId

Look: TypeAlias = npt.NDArray[np.float32]
"""What an object looks like: a histogram over Lab colours, (512,) float32, sum 1."""

_LOOK_PX = 96
"""Longer side at which colours are counted: a histogram does not need detail."""

_BINS = 8
_LEARNING = 0.2
"""Weight of a new look: an object turns and the light changes, but one odd mask must not stay."""

_OVERLAP = 0.1
"""Least IoU of a find and an object's mask. The tracker has moved the mask to the very frame that
the model saw, so that even a small overlap is no accident."""

_LOOK_WEIGHT = 0.5
"""How much the look decides between finds that overlap an object: crossing objects."""

START_SCORE = 0.4
"""Least score of a find that begins an object."""

_EARNED_LOOKS = 10
"""Looks for which a lost object is known, for each time that it was found."""

_STEADY_FINDS = 10
"""How often an object was found that is no passing mistake."""

_LINGER_MS = 500.0
"""How long such an object is kept while the model does not see it. Of a hand model's gaps in a clip
of two hands in view, ten of fourteen are shorter."""

_ALIKE = 0.75
"""Least likeness by which a lost object is known again."""


@dataclass(frozen=True, slots=True, eq=False)
class Find:
    """What a model found.

    Parameters
    ----------
    mask : (H, W) bool, source pixels.
    score : how sure the model is, [0, 1].
    label : the model's word for it: only finds and objects of one label are the same.
    """

    mask: BoolMask
    score: float
    label: str


@dataclass(slots=True, eq=False)
class _Known:
    label: str
    look: Look
    misses: int = 0
    missed_ms: float = 0.0
    finds: int = 1


class Roster:
    """The objects of one concept.

    Parameters
    ----------
    new_id : gives a track id that was never given before.
    patience : how often in a row a model may miss an object before it counts as lost.
    forget_after : looks after which any lost object is forgotten; one that was found a few times
        only is forgotten sooner.
    start_score : least score of a find that begins a new object; a known one is kept by any.
    """

    def __init__(
        self,
        new_id: Callable[[], TrackId],
        *,
        patience: int = 2,
        forget_after: int = 300,
        start_score: float = START_SCORE,
    ) -> None:
        self._new_id = new_id
        self._patience = patience
        self._forget_after = forget_after
        self._start_score = start_score
        self._known: dict[TrackId, _Known] = {}

    @property
    def track_ids(self) -> tuple[TrackId, ...]:
        """The objects that are not forgotten, the oldest first."""
        return tuple(self._known)

    def label(self, track_id: TrackId) -> str:
        """What the model called the object."""
        return self._known[track_id].label

    def admit(self, track_id: TrackId, find: Find, image: Image) -> None:
        """Take in an object that somebody else named."""
        self._known[track_id] = _Known(find.label, look_of(image, find.mask))

    def assign(
        self,
        finds: Sequence[Find],
        image: Image,
        masks: Mapping[TrackId, BoolMask],
        *,
        room: int = 32,
        given: Mapping[int, TrackId] = MappingProxyType({}),
        elapsed_ms: float = math.inf,
    ) -> tuple[dict[TrackId, Find], frozenset[TrackId]]:
        """Say who was found in a frame that a model looked at, and who is lost since.

        Parameters
        ----------
        finds : all of them.
        image : (H, W, 3) uint8 BGR, the frame.
        masks : where the tracker has the objects in this very frame, (H, W) bool; an object that
            is empty or not in there is not in view.
        room : how many new objects may begin; the surest finds come first.
        given : ids that finds have already, by their places, should they begin objects.
        elapsed_ms : from the frame looked at before to this one; left out, only looks are counted.

        Returns
        -------
        found : each object that was found, new ones too, with its find.
        lost : objects whose outline must end now.
        """
        looks = [look_of(image, find.mask) for find in finds]
        ids = list(self._known)
        pairs = self._by_overlap(ids, finds, looks, masks)
        rest = [track_id for track_id in ids if track_id not in pairs]
        taken = set(pairs.values())
        free = [i for i in range(len(finds)) if i not in taken and finds[i].mask.any()]
        pairs |= self._by_look(rest, finds, free, looks, masks)
        taken = set(pairs.values())
        new = [i for i in free if i not in taken and finds[i].score >= self._start_score]
        for i in sorted(new, key=lambda i: -finds[i].score)[: max(0, room)]:
            track_id = given[i] if i in given else self._new_id()
            self._known[track_id] = _Known(finds[i].label, looks[i], finds=0)
            pairs[track_id] = i
        for track_id, i in pairs.items():
            known = self._known[track_id]
            known.look = (1 - _LEARNING) * known.look + _LEARNING * looks[i]
            known.misses, known.missed_ms = 0, 0.0
            known.finds += 1
        missed = self._missed(pairs, elapsed_ms)
        return {track_id: finds[i] for track_id, i in pairs.items()}, missed

    def _by_overlap(
        self,
        ids: Sequence[TrackId],
        finds: Sequence[Find],
        looks: Sequence[Look],
        masks: Mapping[TrackId, BoolMask],
    ) -> dict[TrackId, int]:
        affinity = np.zeros((len(ids), len(finds)))
        for row, track_id in enumerate(ids):
            known, mask = self._known[track_id], masks.get(track_id)
            if mask is None or not mask.any():
                continue
            for column, find in enumerate(finds):
                if find.label != known.label or mask.shape != find.mask.shape:
                    continue
                overlap = iou(mask, find.mask)
                if overlap >= _OVERLAP:
                    affinity[row, column] = overlap + _LOOK_WEIGHT * likeness(
                        known.look, looks[column]
                    )
        return {ids[row]: column for row, column in pair_up(affinity, at_least=_OVERLAP)}

    def _by_look(
        self,
        ids: Sequence[TrackId],
        finds: Sequence[Find],
        free: Sequence[int],
        looks: Sequence[Look],
        masks: Mapping[TrackId, BoolMask],
    ) -> dict[TrackId, int]:
        """Know objects again that are out of view, or that the tracker has led astray."""
        affinity = np.zeros((len(ids), len(free)))
        for row, track_id in enumerate(ids):
            known, mask = self._known[track_id], masks.get(track_id)
            is_in_view = mask is not None and bool(mask.any())
            if is_in_view and known.misses < self._patience:
                continue  # it is somewhere else, and that is another one of its kind
            for column, i in enumerate(free):
                if finds[i].label == known.label:
                    affinity[row, column] = likeness(known.look, looks[i])
        return {ids[row]: free[column] for row, column in pair_up(affinity, at_least=_ALIKE)}

    def _missed(self, found: Mapping[TrackId, int], elapsed_ms: float) -> frozenset[TrackId]:
        lost = set()
        for track_id in [track_id for track_id in self._known if track_id not in found]:
            known = self._known[track_id]
            known.misses += 1
            known.missed_ms += elapsed_ms
            lingers = known.finds >= _STEADY_FINDS and known.missed_ms <= _LINGER_MS
            if known.misses > self._patience and not lingers:
                lost.add(track_id)
            earned = min(self._forget_after, _EARNED_LOOKS * known.finds)
            if known.misses > self._patience + earned:
                del self._known[track_id]
        return frozenset(lost)


def look_of(image: Image, mask: BoolMask) -> Look:
    """Count the colours of what is under a mask.

    Parameters
    ----------
    image : (H, W, 3) uint8 BGR.
    mask : (H, W) bool.
    """
    x0, y0, x1, y1 = box_of(mask)
    if x0 == x1:
        return np.full(_BINS**3, 1 / _BINS**3, np.float32)
    part = np.s_[y0:y1, x0:x1]
    crop, on = image[part], mask[part].astype(np.uint8)
    scale = _LOOK_PX / max(crop.shape[:2])
    if scale < 1:
        size = (max(1, round(crop.shape[1] * scale)), max(1, round(crop.shape[0] * scale)))
        crop = cv2.resize(crop, size, interpolation=cv2.INTER_AREA).astype(np.uint8, copy=False)
        shrunk = cv2.resize(on, size, interpolation=cv2.INTER_NEAREST)
        on = shrunk.astype(np.uint8, copy=False) if shrunk.any() else np.ones_like(shrunk)
    lab = cv2.cvtColor(crop, cv2.COLOR_BGR2LAB)
    counts = cv2.calcHist([lab], [0, 1, 2], on, [_BINS] * 3, [0, 256] * 3).reshape(-1)
    # Neighbouring bins share: a little more light must not make another object.
    blurred = cv2.GaussianBlur(counts.reshape(_BINS, _BINS**2), (1, 3), 0).reshape(-1)
    return np.asarray(blurred / blurred.sum(), np.float32)


def likeness(a: Look, b: Look) -> float:
    """Return how alike two looks are, [0, 1]: the Bhattacharyya coefficient."""
    return float(np.sqrt(a * b).sum())
