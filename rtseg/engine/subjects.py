"""What stands behind a prompt: the objects it has, and what a model's finds mean for them.

======================  =========================================================================
`Everyone`              words to a model that gives all things of a label as one outline: one
                        object, there or not
`Kinds`                 words to any other model: as many objects as there are such things
`Touched`               one object that was pointed at; with words, the model that knows them finds
                        it again and again, else it is followed from the touch on
======================  =========================================================================
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TypeAlias

import cv2
import numpy as np

from rtseg.engine.prompts import Wanted
from rtseg.engine.rtp import rtp_age_ms
from rtseg.models import Instance
from rtseg.tracking import Find, Roster
from rtseg.types import BoolMask, Box, FrameId, Image, Point, Prompt, TrackId

_LEAST_PART = 0.002
"""Share of the picture below which a part of a merged outline is a speck and no thing."""


@dataclass(frozen=True, slots=True, eq=False)
class Look:
    """What a model found when it looked for everything that a prompt names.

    Parameters
    ----------
    frame_id : the frame that it looked at.
    found : each outline, as the model gave it.
    image : (H, W, 3) uint8 BGR, in which it was seen.
    masks : where the tracker has the objects in that very frame, (H, W) bool.
    room : how many objects may still begin.
    ids : those that new objects take, by their places in `found`; others get new ones.
    """

    frame_id: FrameId
    found: Sequence[Instance]
    image: Image
    masks: Mapping[TrackId, BoolMask]
    room: int
    ids: Mapping[int, TrackId]


@dataclass(slots=True, eq=False)
class Seen:
    """What an answer says of a subject's objects, in the frame that the model saw.

    Parameters
    ----------
    finds : objects that were found.
    gone : objects that are not in the picture.
    """

    finds: dict[TrackId, Find] = field(default_factory=dict)
    gone: frozenset[TrackId] = frozenset()


class _Looks:
    """When a model looked for something, by the frames."""

    def __init__(self) -> None:
        self._latest: FrameId | None = None

    def elapsed_ms(self, frame_id: FrameId) -> int:
        """Take a look at a frame; give the time since the one before."""
        elapsed = 0 if self._latest is None else rtp_age_ms(frame_id, self._latest)
        self._latest = frame_id
        return elapsed


class Everyone:
    """All things of a label as one object."""

    def __init__(self, wanted: Wanted, new_id: Callable[[], TrackId]) -> None:
        self.wanted = wanted
        self._track_id = new_id()

    @property
    def track_ids(self) -> tuple[TrackId, ...]:
        return (self._track_id,)

    def looked(self, look: Look) -> Seen:
        if not look.found:
            return Seen(gone=frozenset(self.track_ids))
        mask = np.logical_or.reduce([instance.mask for instance in look.found])
        score = max(instance.score for instance in look.found)
        return Seen({self._track_id: Find(mask, score, look.found[0].label)})


class Kinds:
    """Each thing that the words name, as an object of its own."""

    def __init__(self, wanted: Wanted, new_id: Callable[[], TrackId]) -> None:
        self.wanted = wanted
        self._roster = Roster(new_id)
        self._looks = _Looks()

    @property
    def track_ids(self) -> tuple[TrackId, ...]:
        return self._roster.track_ids

    def looked(self, look: Look) -> Seen:
        label = self.wanted.routed.route.label
        finds = [Find(each.mask, each.score, each.label or label) for each in look.found]
        return Seen(
            *self._roster.assign(
                finds,
                look.image,
                look.masks,
                room=look.room,
                given=look.ids,
                elapsed_ms=self._looks.elapsed_ms(look.frame_id),
            )
        )


@dataclass(frozen=True, slots=True)
class Touch:
    """Points and a box that belong to one frame; None is the newest."""

    frame_id: FrameId | None
    points: tuple[Point, ...]
    box: Box | None
    is_first: bool

    def prompt(self, text: str = "") -> Prompt:
        """The touch as a model takes it."""
        return Prompt(text, self.points, self.box)


class Touched:
    """One object that was pointed at."""

    def __init__(self, wanted: Wanted, new_id: Callable[[], TrackId]) -> None:
        assert wanted.track_id is not None
        self.wanted = wanted
        self.track_id = wanted.track_id
        self.pending = list(_touches(wanted.prompt, None))
        # No find begins an object here: there is one, and it was admitted when it was touched.
        self._roster = Roster(new_id)
        self._looks = _Looks()
        self._is_found = False

    @property
    def track_ids(self) -> tuple[TrackId, ...]:
        return (self.track_id,)

    @property
    def is_found(self) -> bool:
        """The model has outlined what was touched."""
        return self._is_found

    def correct(self, wanted: Wanted) -> None:
        """Take the prompt with more touches, or fewer."""
        self.pending += _touches(wanted.prompt, self.wanted.prompt)
        self.wanted = wanted

    def found(self, instance: Instance, image: Image) -> Find:
        """Take the model's answer to a touch."""
        find = Find(instance.mask, instance.score, self.wanted.routed.route.label)
        self._roster.admit(self.track_id, find, image)
        self._is_found = True
        return find

    def looked(self, look: Look) -> Seen:
        if not self._is_found:
            return Seen()
        label, found = self.wanted.routed.route.label, look.found
        if self.wanted.routed.info.merges:
            found = [part for instance in found for part in parts(instance)]
        finds = [Find(each.mask, each.score, label) for each in found]
        elapsed_ms = self._looks.elapsed_ms(look.frame_id)
        return Seen(
            *self._roster.assign(finds, look.image, look.masks, room=0, elapsed_ms=elapsed_ms)
        )


Subject: TypeAlias = Everyone | Kinds | Touched
"""What stands behind a prompt. Each has `track_ids`, and takes in `looked` what a model found."""


def subject_for(wanted: Wanted, new_id: Callable[[], TrackId]) -> Subject:
    """Return what stands behind a prompt."""
    if wanted.track_id is not None:
        return Touched(wanted, new_id)
    kind = Everyone if wanted.routed.info.merges else Kinds
    return kind(wanted, new_id)


def parts(instance: Instance) -> Iterator[Instance]:
    """Take a merged outline apart: one instance for each connected part that is no speck."""
    count, numbers, stats, _ = cv2.connectedComponentsWithStats(instance.mask.astype(np.uint8))
    for number in range(1, count):
        if stats[number, cv2.CC_STAT_AREA] >= _LEAST_PART * instance.mask.size:
            yield replace(instance, mask=numbers == number)


def _touches(prompt: Prompt, before: Prompt | None) -> Iterator[Touch]:
    """Return what has to be asked, by frame, when a prompt takes the place of an earlier one.

    More touches are a correction. Where one was taken back, what is left is asked afresh.
    """
    old_points = set(before.points) if before else set()
    old_box = before.box if before else None
    is_afresh = (
        before is None
        or not old_points <= set(prompt.points)
        or (old_box is not None and prompt.box is None)
    )
    fresh = prompt.points if is_afresh else [p for p in prompt.points if p not in old_points]
    box = prompt.box if is_afresh or prompt.box != old_box else None
    frames = dict.fromkeys([*([box.frame_id] if box else []), *(p.frame_id for p in fresh)])
    is_first = is_afresh or box is not None
    for frame_id in frames:
        # All points of that frame, told before or not: they describe one picture. Of those that
        # belong to no frame only the new ones do: what was newest then is not so now.
        points = tuple(
            p for p in (fresh if frame_id is None else prompt.points) if p.frame_id == frame_id
        )
        of_box = box if box is not None and box.frame_id == frame_id else None
        yield Touch(frame_id, points, of_box, is_first)
        is_first = False
