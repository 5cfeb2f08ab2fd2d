"""The tracker: what a model said of an older frame, moved to the newest one.

Theory of operation
-------------------
Every frame is kept, small, with its backward flow to the frame before, in a ring of bounded length.
A correction is *evidence*: the mask of one object in one frame of the ring. From it a *belief*, a
soft mask at the working size, is led from frame to frame up to the newest one, moved by the flow
and mended by what the evidence taught of the object's and its surroundings' colours. For that, the
composed backward map from the newest frame to the evidence's frame is kept too, shared by all
objects whose evidence is of that frame. The mask of the newest frame is the belief, drawn with the
detail of the evidence.

What becomes of a correction:

=============================================  =======================================
the frame is in the ring, evidence is newer    ``APPLIED``: it is the object's evidence
the object has evidence of a newer frame       ``SUPERSEDED``: ignored
the frame has left the ring, or never came     ``FORGOTTEN``: ignored
it contradicts the word of a moment ago        ``DOUBTED``: ignored, but not twice in a row
it says "not there" a moment after "there",    ``DOUBTED``: likewise
though we are sure of the mask
=============================================  =======================================

Evidence that no model renews becomes old: colours and light change, and the ring ends. After
`renew_after` frames the object's own mask takes its place; what a model says of any frame since its
last word still stands above that.
"""

from __future__ import annotations

import enum
from collections.abc import Iterable, Mapping
from dataclasses import replace

import cv2
import numpy as np

from rtseg.errors import UsageError
from rtseg.tracking.appearance import Soft
from rtseg.tracking.belief import Belief, focus_of, follow
from rtseg.tracking.boxes import lead
from rtseg.tracking.catching_up import caught_up
from rtseg.tracking.confidence import Signs
from rtseg.tracking.evidence import Evidence, renewed, word_of
from rtseg.tracking.flow import (
    DisFlow,
    FlowEstimator,
    Gray,
    identity_map,
    to_working,
    working_size,
)
from rtseg.tracking.followed import Followed
from rtseg.tracking.history import History, Past
from rtseg.tracking.motion import STILL, Course
from rtseg.tracking.plate import Glimpse
from rtseg.tracking.presence import Presence
from rtseg.tracking.sharing import Claim, Sharing, apart, shared_out
from rtseg.tracking.tracks import Track
from rtseg.tracking.ways import Ways
from rtseg.types import BoolMask, Box, FrameId, Image, TrackId


class Correction(enum.Enum):
    """What became of one object's mask in a correction."""

    APPLIED = "applied"
    SUPERSEDED = "superseded"
    FORGOTTEN = "forgotten"
    DOUBTED = "doubted"


class Tracker:
    """Follows objects from frame to frame between, and in spite of, late model answers.

    Parameters
    ----------
    flow_px : longer side of the working size at which motion is estimated, pixels.
    history_frames : how many frames a correction may be late.
    renew_after : frames of silence after which an object's own mask becomes its evidence. On DAVIS
        with the first mask alone J is .62 with 32, .58 without.
    plate_after : frames since an object's evidence from which on the background that was seen
        behind it is asked. That takes a quarter of a step; one frame late it gains .01 of J, twelve
        late .05. Behind a quick model 6 saves most of the time.
    flow : the estimator of motion between two frames.
    """

    def __init__(
        self,
        *,
        flow_px: int = 320,
        history_frames: int = 64,
        renew_after: int = 32,
        plate_after: int = 0,
        flow: FlowEstimator | None = None,
    ) -> None:
        if flow_px < 16 or history_frames < 1 or renew_after < 1 or plate_after < 0:
            raise UsageError(
                "Tracker: expected flow_px >= 16, history_frames >= 1, renew_after >= 1, "
                f"plate_after >= 0, got {flow_px}, {history_frames}, {renew_after}, {plate_after}"
            )
        self._renew_after = min(renew_after, max(1, history_frames - 1))  # before the ring ends
        self._flow_px = flow_px
        self._flow = flow or DisFlow()
        self._history = History(history_frames, plate_after)
        self._ways = Ways()
        self._previous: Gray | None = None
        self._objects: dict[TrackId, Followed] = {}
        self._sharing = Sharing()
        self._unsettled: dict[TrackId, BoolMask] | None = None

    @property
    def tracks(self) -> dict[TrackId, Track]:
        """For each object of the newest step, its state, and how far its mask can be trusted."""
        return {
            track_id: Track(
                known.presence.life.state, known.presence.life.confidence, known.evidence.seen_id
            )
            for track_id, known in self._objects.items()
            if known.presence.signs is not None
        }

    @property
    def signs(self) -> dict[TrackId, Signs]:
        """For each object of the newest step, what its confidence rests on."""
        return {
            track_id: known.presence.signs
            for track_id, known in self._objects.items()
            if known.presence.signs is not None
        }

    @property
    def evidence(self) -> dict[TrackId, FrameId]:
        """For each object, the frame that its mask was last seen in by a model."""
        return {track_id: known.evidence.seen_id for track_id, known in self._objects.items()}

    def step(self, frame_id: FrameId, image: Image) -> dict[TrackId, BoolMask]:
        """Take the next frame and give every object's mask in it.

        Parameters
        ----------
        frame_id : names the frame for later corrections.
        image : (H, W, 3) uint8 BGR; size may change from frame to frame.

        Returns
        -------
        For each object its (H, W) bool mask, empty where the object is lost or not in the picture.

        Raises
        ------
        UsageError
            If `image` is not (H, W, 3) uint8 with at least one pixel.
        """
        kind, shape = _kind(image), np.shape(image)
        if kind != "uint8" or len(shape) != 3 or shape[2] != 3 or not image.size:
            raise UsageError(f"step: expected an image (H, W, 3) uint8 BGR, got {shape} {kind}")
        self.settle()
        now = self._take(frame_id, image)
        if now.jumps:  # else nothing is known of how the picture moved
            self._carry_on(now)
            self._share_out(now)
        masks = self.masks()
        self._judge(now, masks)
        self._unsettled = masks
        return masks

    def settle(self) -> None:
        """Learn from the newest frame what only later ones need.

        A fifth of the work of a frame, and its masks do not wait for it: who is live calls this
        when they are on their way. Where nobody did, the next call that changes anything does.
        """
        masks, self._unsettled = self._unsettled, None
        if masks is None:
            return
        self._history.settle()
        now = self._history.newest
        if now.jumps:
            self._bear_witness(now)
            self._ways.settle(self._history, self._followed())
        self._renew(now, masks)

    def correct(
        self, frame_id: FrameId, masks: Mapping[TrackId, BoolMask]
    ) -> dict[TrackId, Correction]:
        """Say where objects are in a frame that `step` has seen, however late.

        Objects that `masks` does not name stay as they are; an all-False mask says that a model
        looked and the object is not there. Takes effect with the next `step`. What contradicts a
        word of a moment ago waits for the next: who wants an object gone at once drops it.

        Parameters
        ----------
        frame_id : the frame that was looked at.
        masks : for each object, new ones too, its (H, W) bool mask in that frame.

        Returns
        -------
        What became of each mask.

        Raises
        ------
        UsageError
            If a mask is not bool of that frame's height and width; nothing is changed then.
        """
        self.settle()
        past = self._history.find(frame_id)
        if past is None:
            return dict.fromkeys(masks, Correction.FORGOTTEN)
        for track_id, mask in masks.items():
            if np.shape(mask) != past.shape or _kind(mask) != "bool":
                raise UsageError(
                    f"correct: expected masks {past.shape} bool, the size of frame {frame_id}, "
                    f"got {np.shape(mask)} {_kind(mask)} for track {track_id}"
                )
        outcome = {track_id: self._hear(track_id, past, mask) for track_id, mask in masks.items()}
        self._learn_sharing(past.index, outcome)
        return outcome

    def masks(self) -> dict[TrackId, BoolMask]:
        """Return what `step` gave for the newest frame, with the corrections that came since.

        Nobody who is live needs this: the next frame is there sooner. A recording waits.

        Returns
        -------
        For each object its (H, W) bool mask, source pixels of the newest frame.
        """
        masks = {track_id: self._drawn(known) for track_id, known in self._objects.items()}
        softs = {track_id: known.belief.soft for track_id, known in self._objects.items()}
        return apart(masks, softs, self._sharing)

    def lead(self, frame_id: FrameId, box: Box) -> Box | None:
        """Move a box of an earlier frame to the newest one, as what is inside it moved.

        Returns
        -------
        None if it has left the picture, or the frame is forgotten.
        """
        past = self._history.find(frame_id)
        return None if past is None else lead(box, self._history.forth_from(past.index))

    def exclude(self, groups: Iterable[Iterable[TrackId]]) -> None:
        """Say which objects never claim a pixel both, in the place of what was said before.

        Where two such objects meet, the surer has the pixel. Objects that `groups` does not name
        exclude each other unless a model's masks of the two lay one within the other.

        Parameters
        ----------
        groups : in each, objects that exclude one another: things of one prompt, say. Objects of
            different groups may lie over one another, as a face does over a person.
        """
        self._sharing.tell(groups)

    def drop(self, track_id: TrackId) -> None:
        """Stop following an object; unknown ones are no error."""
        self.settle()
        self._objects.pop(track_id, None)
        self._sharing.forget(track_id)
        for past in self._history:
            past.glimpse.forget(track_id)

    # A step, in its order.

    def _take(self, frame_id: FrameId, image: Image) -> Past:
        """Put a frame into the history, with the motion that led to it."""
        height_px, width_px = image.shape[:2]
        size = working_size(width_px, height_px, self._flow_px)
        small = to_working(image, size)
        gray = cv2.cvtColor(small, cv2.COLOR_BGR2GRAY).astype(np.uint8, copy=False)
        if self._previous is not None and self._previous.shape != gray.shape:
            self._forget_motion(gray.shape)
        to_previous = None
        if self._previous is not None:
            focus = focus_of(known.belief.soft for known in self._objects.values())
            to_previous = identity_map(size) + self._flow(gray, self._previous, focus)
        self._previous = gray
        picture = cv2.cvtColor(small, cv2.COLOR_BGR2LAB).astype(np.uint8, copy=False)
        shape = (height_px, width_px)
        return self._history.append(frame_id, shape, Glimpse(picture), to_previous)

    def _forget_motion(self, shape: tuple[int, ...]) -> None:
        """Another aspect is another picture: no motion leads from the old frames to the new."""
        self._previous = None
        self._history.clear()
        self._ways.clear()
        for known in self._objects.values():
            known.presence.agreement.forget_shown()
            known.belief = Belief(np.zeros(shape, np.float32), STILL, STILL)

    def _carry_on(self, now: Past) -> None:
        """Lead the ways back and every belief on to the newest frame."""
        self._ways.carry_on(self._history, self._followed())
        for track_id, known in self._objects.items():
            to_evidence = self._ways.to(known.evidence.index)
            if to_evidence is None or not known.is_in_picture:
                continue
            known.belief = follow(
                known.belief,
                now.jumps[0],
                now.picture,
                known.evidence.memory,
                known.evidence.colours,
                to_evidence,
                self._history.views_behind(track_id, known.evidence.index),
            )
            known.course.note(now.index, known.belief.to_previous)

    def _followed(self) -> dict[int, list[Soft]]:
        """Give the beliefs that are led from each frame of evidence, by its index."""
        of_frame: dict[int, list[Soft]] = {}
        for known in self._objects.values():
            if not known.evidence.is_empty:
                of_frame.setdefault(known.evidence.index, []).append(known.belief.soft)
        return of_frame

    def _share_out(self, now: Past) -> None:
        """Let no pixel belong to two objects that exclude each other."""
        claims = {
            track_id: Claim(
                known.belief.soft, known.evidence.colours, known.presence.life.confidence
            )
            for track_id, known in self._objects.items()
            if not known.presence.is_lost
        }
        for track_id, soft in shared_out(claims, now.picture, self._sharing).items():
            known = self._objects[track_id]
            known.belief = replace(known.belief, soft=soft)

    def _bear_witness(self, now: Past) -> None:
        """Tell the plate where objects are; where a lost one is nobody knows."""
        for track_id, known in self._objects.items():
            if not known.presence.is_lost:
                now.glimpse.note(track_id, known.belief.soft)

    def _drawn(self, known: Followed) -> BoolMask:
        """Draw an object's mask of the newest frame, unless its evidence left the ring."""
        index = known.evidence.index
        to_evidence = self._ways.to(index) if index in self._history else None
        return known.drawn(self._history.newest.shape, to_evidence)

    def _judge(self, now: Past, masks: dict[TrackId, BoolMask]) -> None:
        """Let every track go on by a step; masks and beliefs of those that are lost end."""
        for track_id, known in self._objects.items():
            known.presence.step(
                now.index,
                known.belief.soft,
                known.belief.to_memory,
                is_shown=bool(masks[track_id].any()),
                silence=now.index - known.evidence.seen_index,
                age=now.index - known.evidence.index,
            )
            if known.presence.is_lost:
                known.belief = replace(known.belief, soft=np.zeros_like(known.belief.soft))
                masks[track_id] = np.zeros_like(masks[track_id])

    def _renew(self, now: Past, masks: Mapping[TrackId, BoolMask]) -> None:
        """Put an object's own mask in the place of evidence that has become old."""
        longest = self._history.longest
        for track_id, mask in masks.items():
            known = self._objects[track_id]
            if mask.any() and known.has_old_evidence(
                now.index, old_from=self._renew_after, forgotten_from=longest
            ):
                self._hold(track_id, renewed(known.evidence, now, mask))

    # A correction.

    def _hear(self, track_id: TrackId, past: Past, mask: BoolMask) -> Correction:
        """Take a model's word of one object in a frame of the ring, or say why not."""
        known = self._objects.get(track_id)
        if known is not None:
            if known.evidence.seen_index > past.index:
                return Correction.SUPERSEDED
            known.is_doubted = not known.is_doubted and known.is_slip(track_id, past, mask)
            if known.is_doubted:
                return Correction.DOUBTED
        self._hold(track_id, word_of(past, mask))
        return Correction.APPLIED

    def _hold(self, track_id: TrackId, evidence: Evidence) -> None:
        """Take evidence of a frame of the ring, and lead the belief from there to the newest."""
        soft = evidence.memory.mask
        start = Belief(soft, STILL, STILL)
        if track_id not in self._objects:
            longest = self._history.longest
            self._objects[track_id] = Followed(evidence, start, Presence(longest), Course(longest))
        known = self._objects[track_id]
        known.evidence, known.belief = evidence, start
        known.presence.learn(evidence.memory)
        if evidence.is_word:
            known.presence.hear(evidence.index, soft)
        past, newest = self._history[evidence.index], self._history.newest
        past.glimpse.note(track_id, soft, is_word=evidence.is_word)
        if evidence.is_empty:
            return
        known.belief, way = caught_up(track_id, evidence, known.course, self._history, self._ways)
        self._ways.note(evidence.index, way)
        if past is not newest:
            newest.glimpse.note(track_id, known.belief.soft)

    def _learn_sharing(self, index: int, outcome: Mapping[TrackId, Correction]) -> None:
        """See who lay within whom in a frame that a model has spoken of."""
        heard = [i for i, became in outcome.items() if became is Correction.APPLIED]
        for track_id in heard:
            word = self._objects[track_id].evidence.memory.mask
            for other, known in self._objects.items():
                if other == track_id or (other in heard and other < track_id):
                    continue  # each pair once
                if outcome.get(other) is Correction.DOUBTED:
                    continue  # this very frame is in dispute
                there = known.in_frame(index, word)
                if there is not None:
                    self._sharing.learn(track_id, other, word > 0.5, there)


def _kind(values: object) -> str:
    """Name the dtype of an array, or the type of what is none."""
    return str(values.dtype) if isinstance(values, np.ndarray) else type(values).__name__
