"""What a session knows, without network, thread or clock: prompts, objects, tracker, encoder.

`step` moves every object to the next frame, `asks` says what models should look at then
(`lanes.py`), `answered` takes what they say, in any order and however late.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from math import ceil, floor

import numpy as np

from rtseg.engine.boxes import Boxes
from rtseg.engine.history import FrameHistory, MaskHistory
from rtseg.engine.lanes import Ask, Item, Lane, Lanes, Pace
from rtseg.engine.prompts import Wanted
from rtseg.engine.rtp import rtp_age_ms
from rtseg.engine.subjects import Kinds, Look, Seen, Subject, Touched, subject_for
from rtseg.geometry import Path, iou
from rtseg.models import Answer, Detection, Instance, ModelInfo
from rtseg.models.selection import select
from rtseg.tracking import Find, Track, Tracker
from rtseg.types import BoolMask, Box, Frame, FrameId, Image, TrackId
from rtseg.wire import BoxPx, Content, Encoder, FrameWriter, Standing, Timing

_AGREES = 0.5
"""Least IoU with what a look finds, below which the video model is set right by it."""


class SessionCore:
    """Turns frames and late answers into packets.

    Not thread-safe: the shell calls it from one thread at a time.

    Parameters
    ----------
    tracker, encoder : this session's own.
    new_id : gives a track id that was never given before.
    follower : the video model that follows what slower ones found, if there is one.
    pace : how often models are asked.
    max_objects : words begin no more objects than this.
    """

    def __init__(
        self,
        tracker: Tracker,
        encoder: Encoder,
        new_id: Callable[[], TrackId],
        *,
        follower: ModelInfo | None = None,
        pace: Pace = Pace(),  # noqa: B008, it is frozen
        max_objects: int = 32,
    ) -> None:
        self._tracker = tracker
        self._encoder = encoder
        self._new_id = new_id
        self._max_objects = max_objects
        self._lanes = Lanes(follower, pace)
        self._subjects: dict[str, Subject] = {}
        self._masks = MaskHistory()
        self._scores: dict[TrackId, float] = {}
        self._labels: dict[TrackId, str] = {}
        self._problems: list[tuple[str, str, str]] = []
        self._boxes = Boxes(new_id)

    # Prompts.

    def follow(self, wanted: Sequence[Wanted]) -> None:
        """Outline what these name from now on; objects of prompts that are gone are dropped."""
        subjects: dict[str, Subject] = {}
        for item in wanted:
            known = self._subjects.pop(item.key, None)
            if known is None or not _goes_on(known.wanted, item):
                subjects[item.key] = subject_for(item, self._new_id)
                if known is not None:
                    self._drop(known.track_ids)
            else:
                if not isinstance(known, Touched):
                    known.wanted = item
                elif known.wanted is not item:
                    known.correct(item)
                subjects[item.key] = known
        for gone in self._subjects.values():
            self._drop(gone.track_ids)
        self._subjects = subjects
        self._boxes.keep(subjects.keys())

    def objects(self) -> dict[str, tuple[TrackId, ...]]:
        """The objects of each prompt, by its key."""
        return {key: subject.track_ids for key, subject in self._subjects.items()}

    def problems(self) -> list[tuple[str, str, str]]:
        """Take what could not be done since the last call: (code, message, key of the prompt)."""
        problems, self._problems = self._problems, []
        return problems

    def _drop(self, track_ids: Sequence[TrackId]) -> None:
        for track_id in track_ids:
            self._tracker.drop(track_id)
            self._lanes.forget(track_id)
            for kept in (self._scores, self._labels):
                kept.pop(track_id, None)

    # Models.

    def asks(
        self,
        frame: Frame,
        image: Image,
        frames: FrameHistory,
        now_ns: int,
        *,
        is_behind: bool = False,
    ) -> Iterator[Ask]:
        """Say what models should look at now.

        Call it after `step` of the same frame.

        Parameters
        ----------
        frame : the newest one.
        image : its pixels, (H, W, 3) uint8 BGR.
        frames : it and those before.
        now_ns : of any clock that only goes forward.
        is_behind : a newer frame than this is waiting already.
        """
        for ask in self._lanes.asks(
            self._subjects, frame, image, frames, self._masks, now_ns, is_behind
        ):
            if ask.lane is Lane.TOUCH:
                self._show_touches(ask)
            yield ask

    def _show_touches(self, ask: Ask) -> None:
        """Show the boxes that were drawn around what has no outline yet."""
        for position, item in enumerate(ask.items):
            subject = self._subjects.get(item.key)
            if subject is not None and item.track_id not in self._tracker.evidence:
                self._boxes.touched(ask, position, subject.wanted.routed.route.label)

    def failed(self, ask: Ask) -> None:
        """Take that a model could not answer."""
        self._lanes.ended(ask)
        self._boxes.ended(ask)

    def detected(self, ask: Ask, detections: Sequence[Detection]) -> None:
        """Take where things are that a model is about to outline; their boxes show until then."""
        known = self._masks.get(ask.frame_id)
        for position, item in enumerate(ask.items):
            subject = self._subjects.get(item.key)
            if not isinstance(subject, Kinds):
                continue  # gone, or one object that is there already
            outlined = [known[track_id] for track_id in subject.track_ids if track_id in known]
            found = [each for each in detections if each.prompt == position]
            self._boxes.detected(ask, position, found, outlined, self._room())

    def answered(self, ask: Ask, answer: Answer) -> None:
        """Take a model's answer for an older frame; it shows from the next `step` on."""
        wanted = {i for subject in self._subjects.values() for i in subject.track_ids}
        self._lanes.ended(ask, wanted)
        known = self._masks.get(ask.frame_id) if ask.lane is Lane.LOOK else {}
        corrections: dict[TrackId, BoolMask] = {}
        for position, item in enumerate(ask.items):
            found = answer.of(position)
            if ask.lane is Lane.LOOK:
                seen = self._looked(position, found, ask, known)
            elif item.touch is not None:
                seen = self._touched(item, found, ask.request.image)
            else:
                seen = self._followed(item, found, ask.lane)
            for track_id, find in seen.finds.items():
                corrections[track_id] = find.mask
                self._scores[track_id] = find.score
                self._labels[track_id] = find.label
            for track_id in seen.gone:
                corrections[track_id] = np.zeros(ask.request.image.shape[:2], np.bool_)
                self._scores[track_id] = 0.0
        self._boxes.answered(ask, {i for s in self._subjects.values() for i in s.track_ids})
        self._tracker.correct(ask.frame_id, corrections)

    def _room(self) -> int:
        """How many objects words may still begin."""
        return self._max_objects - sum(len(each.track_ids) for each in self._subjects.values())

    def _looked(
        self,
        position: int,
        found: Sequence[Instance],
        ask: Ask,
        known: Mapping[TrackId, BoolMask],
    ) -> Seen:
        """Take what there is of the things that a prompt names."""
        subject = self._subjects.get(ask.items[position].key)
        if subject is None:
            return Seen()  # the prompt was taken back while the model looked
        before = subject.track_ids
        ids = self._boxes.ids(ask, position, found)
        look = Look(ask.frame_id, found, ask.request.image, known, self._room(), ids)
        seen = subject.looked(look)
        self._drop([track_id for track_id in before if track_id not in subject.track_ids])
        if not self._lanes.has_follower(subject):
            return seen
        # What the video model follows well is left to it.
        kept = {}
        for track_id, find in seen.finds.items():
            if not self._lanes.is_followed(track_id) or not _agree(known.get(track_id), find):
                self._lanes.seed(track_id, ask.frame_id, find.mask)
                kept[track_id] = find
        return Seen(kept, seen.gone)

    def _touched(self, item: Item, found: Sequence[Instance], image: Image) -> Seen:
        """Take the one thing that was touched."""
        subject = self._subjects.get(item.key)
        assert item.touch is not None
        if not isinstance(subject, Touched) or subject.track_id != item.track_id:
            return Seen()
        if subject.wanted.routed.is_by_words:
            merges = subject.wanted.routed.info.merges
            touch = item.touch.prompt(item.prompt.text)
            found = select(found, touch, image.shape[:2], merges=merges)
        if not found:
            name = subject.wanted.routed.route.label
            self._problems.append(
                (
                    "nothing_there",
                    f"{subject.wanted.routed.info.name} finds no {name} where prompt "
                    f"{subject.wanted.key!r} was touched; touch it again, or draw a box around it",
                    subject.wanted.key,
                )
            )
            return Seen()
        # The user's word stands above what a model said meanwhile of newer frames.
        self._tracker.drop(subject.track_id)
        return Seen({subject.track_id: subject.found(found[0], image)})

    def _followed(self, item: Item, found: Sequence[Instance], lane: Lane) -> Seen:
        """Take where an object is now that a model follows."""
        track_id = item.track_id
        if track_id is None or not self._lanes.is_followed(track_id):
            return Seen()  # dropped while the model looked
        label = self._labels.get(track_id, "")
        if found:
            return Seen({track_id: Find(found[0].mask, found[0].score, label)})
        # A video model says so when an object is out of view. By a hint alone nobody can know.
        is_sure = lane is Lane.FOLLOW and item.hint is None
        return Seen(gone=frozenset({track_id} if is_sure else ()))

    # Frames.

    def step(self, frame_id: FrameId, image: Image) -> dict[TrackId, BoolMask]:
        """Move every object to this frame."""
        # Things that one prompt found are never in one place. Those of two prompts may be: a face
        # is within a person, and what was touched may be a part of anything.
        self._tracker.exclude(self.objects().values())
        masks = self._tracker.step(frame_id, image)
        self._masks.put(frame_id, masks)
        return masks

    def masks(self) -> dict[TrackId, BoolMask]:
        """Return every object's mask in the newest frame, with what was answered since `step`."""
        return self._tracker.masks()

    def told(self, track_id: TrackId) -> tuple[str, float]:
        """Return the label and the score that a model last gave an object."""
        return self._labels.get(track_id, ""), self._scores.get(track_id, 0.0)

    def tracks(self) -> dict[TrackId, Track]:
        """Return how each object stands in the frame of the latest `step`."""
        return self._tracker.tracks

    def outline(self, masks: dict[TrackId, BoolMask]) -> dict[TrackId, Path]:
        """Outline the masks within the promised fidelity."""
        return self._encoder.outline(masks)

    def ages_ms(self, frame_id: FrameId) -> dict[TrackId, int]:
        """How old a model's last word on each object is, at this frame."""
        return {
            track_id: rtp_age_ms(frame_id, seen)
            for track_id, seen in self._tracker.evidence.items()
        }

    def pack(
        self,
        frame_id: FrameId,
        size: tuple[int, int],
        outlines: dict[TrackId, Path],
        timing: Callable[[], Timing] | None = None,
    ) -> FrameWriter:
        """Take a frame for all streams.

        Parameters
        ----------
        frame_id : the frame of the latest `step`.
        size : (height, width) of that frame, pixels.
        outlines : of its masks, source pixels.
        timing : asked when the packet is written, so that it can tell of that too.

        Returns
        -------
        What writes the frame for each reader. Objects that have no outline yet are in it as boxes.
        """
        # Here and not in `step`: models are asked in between, and what was touched in an older
        # frame has its box there.
        self._boxes.move(self._tracker.lead, frame_id)
        boxes = {each.track_id: each for each in self._boxes if each.track_id not in outlines}
        content = Content(
            frame_id,
            size,
            outlines,
            scores={track_id: self._scores.get(track_id, 0.0) for track_id in outlines}
            | {track_id: each.score for track_id, each in boxes.items()},
            ages_ms=self.ages_ms(frame_id)
            | {i: rtp_age_ms(frame_id, each.ask.frame_id) for i, each in boxes.items()},
            labels=self._labels | {track_id: each.label for track_id, each in boxes.items()},
            timing=timing,
            boxes={track_id: _lattice(each.box, size) for track_id, each in boxes.items()},
            standings={
                track_id: Standing.of(track.state.value, track.confidence)
                for track_id, track in self.tracks().items()
                if track_id in outlines
            },
        )
        return self._encoder.take(content)


def _lattice(box: Box, size: tuple[int, int]) -> BoxPx:
    """Round a box outwards to pixel edges."""
    height, width = size
    x0, y0, x1, y1 = box.to_px(width, height)
    return floor(x0), floor(y0), min(ceil(x1), width), min(ceil(y1), height)


def _goes_on(before: Wanted, after: Wanted) -> bool:
    return before.track_id == after.track_id and before.routed.route == after.routed.route


def _agree(mask: BoolMask | None, find: Find) -> bool:
    if mask is None or mask.shape != find.mask.shape:
        return False
    return iou(mask, find.mask) >= _AGREES
