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
from dataclasses import dataclass, replace

import cv2
import numpy as np
import numpy.typing as npt

from rtseg.errors import UsageError
from rtseg.geometry import iou
from rtseg.tracking.appearance import Lab, Memory
from rtseg.tracking.belief import Belief, focus_of, follow
from rtseg.tracking.boxes import lead
from rtseg.tracking.camera import Homography, camera_motion
from rtseg.tracking.colours import Colours, colours_of
from rtseg.tracking.confidence import Signs
from rtseg.tracking.drift import EVERY_FRAMES, DriftRemover
from rtseg.tracking.enlarging import enlarge
from rtseg.tracking.flow import (
    BackwardMap,
    DisFlow,
    FlowEstimator,
    Gray,
    compose,
    identity_map,
    sample,
    to_working,
    working_size,
)
from rtseg.tracking.flow import Box as WorkingBox
from rtseg.tracking.history import History, Past
from rtseg.tracking.motion import STILL, Course, affine_of, chain, misfit
from rtseg.tracking.plate import Glimpse, View, taken_by, views_of
from rtseg.tracking.sharing import Claim, Sharing, apart, settle
from rtseg.tracking.standing import Standing
from rtseg.tracking.tracks import TRUST_FROM, Track, TrackState
from rtseg.types import BoolMask, Box, FrameId, Image, TrackId

_ALIGNED_ON_THE_WAY = 2
"""From a late mask to the newest frame, drift is removed this often, however long the way is. Twice
gives J .519 at 12 frames late on five sequences that move, once .475, three times .495."""


_A_MOMENT_FRAMES = 4
"""So soon after a model's word our own mask is at least that good: another that has next to nothing
in common with it, or an empty one, is a slip of the model. The next word decides."""

_CONTRADICTION = 0.4  # IoU; between words of a model that is right it is .8 and more


class Correction(enum.Enum):
    """What became of one object's mask in a correction."""

    APPLIED = "applied"
    SUPERSEDED = "superseded"
    FORGOTTEN = "forgotten"
    DOUBTED = "doubted"


@dataclass(frozen=True, slots=True)
class _Evidence:
    """This object, in that frame: by a model's word, or after long silence by our own mask.

    Parameters
    ----------
    index : of the frame.
    seen_index, seen_id : the frame of the model's last word.
    mask : (H, W) uint8, 0 or 255, source pixels.
    memory : what the object looked like in the frame.
    colours : which ones were the object's rather than its surroundings'.
    is_empty : it was not in the picture; there is nothing to follow.
    """

    index: int
    seen_index: int
    seen_id: FrameId
    mask: npt.NDArray[np.uint8]
    memory: Memory
    colours: Colours
    is_empty: bool


class Tracker:
    """Follows objects from frame to frame between, and in spite of, late model answers.

    Parameters
    ----------
    flow_px : longer side of the working size at which motion is estimated, pixels.
    history_frames : how many frames a correction may be late.
    renew_after : frames of silence after which an object's own mask becomes its evidence. On DAVIS
        with the first mask alone J is .62 with 32, .58 without.
    flow : the estimator of motion between two frames.
    """

    def __init__(
        self,
        *,
        flow_px: int = 320,
        history_frames: int = 64,
        renew_after: int = 32,
        flow: FlowEstimator | None = None,
    ) -> None:
        if flow_px < 16 or history_frames < 1 or renew_after < 1:
            raise UsageError(
                "Tracker: expected flow_px >= 16, history_frames >= 1 and renew_after >= 1, "
                f"got {flow_px}, {history_frames} and {renew_after}"
            )
        self._renew_after = min(renew_after, max(1, history_frames - 1))  # before the ring ends
        self._flow_px = flow_px
        self._flow = flow or DisFlow()
        self._history = History(history_frames)
        self._without_drift = DriftRemover()
        self._previous: Gray | None = None
        self._size = (0, 0)
        self._shape = (0, 0)
        self._evidence: dict[TrackId, _Evidence] = {}
        self._maps: dict[int, BackwardMap] = {}
        self._courses: dict[TrackId, Course] = {}
        self._beliefs: dict[TrackId, Belief] = {}
        self._standings: dict[TrackId, Standing] = {}
        self._sharing = Sharing()
        self._doubted: set[TrackId] = set()

    @property
    def tracks(self) -> dict[TrackId, Track]:
        """For each object of the newest step, its state, and how far its mask can be trusted."""
        return {
            track_id: Track(
                standing.life.state, standing.life.confidence, self._evidence[track_id].seen_id
            )
            for track_id, standing in self._standings.items()
            if standing.signs is not None
        }

    @property
    def signs(self) -> dict[TrackId, Signs]:
        """For each object of the newest step, what its confidence rests on."""
        return {
            track_id: standing.signs
            for track_id, standing in self._standings.items()
            if standing.signs is not None
        }

    @property
    def evidence(self) -> dict[TrackId, FrameId]:
        """For each object, the frame that its mask was last seen in by a model."""
        return {track_id: evidence.seen_id for track_id, evidence in self._evidence.items()}

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
        if image.ndim != 3 or image.shape[2] != 3 or image.dtype != np.uint8 or not image.size:
            raise UsageError(
                f"step: expected an image (H, W, 3) uint8 BGR, got {image.shape} {image.dtype}"
            )
        height_px, width_px = image.shape[:2]
        size = working_size(width_px, height_px, self._flow_px)
        if size != self._size:
            self._forget_motion(size)
        small = to_working(image, size)
        gray = cv2.cvtColor(small, cv2.COLOR_BGR2GRAY).astype(np.uint8, copy=False)
        to_previous = None
        if self._previous is not None:
            to_previous = identity_map(size) + self._flow(
                gray, self._previous, focus_of(self._beliefs.values())
            )
        self._previous = gray
        self._shape = (height_px, width_px)
        picture = cv2.cvtColor(small, cv2.COLOR_BGR2LAB).astype(np.uint8, copy=False)
        glimpse = Glimpse(picture, self._camera_motion(to_previous))
        now = self._history.append(frame_id, self._shape, glimpse, to_previous)
        if to_previous is not None:
            self._maps = {
                index: self._carried_on(index, older, now, to_previous)
                for index, older in self._live_maps().items()
            }
            for track_id, evidence in self._evidence.items():
                to_evidence = self._maps.get(evidence.index)
                is_lost = self._standings[track_id].is_lost
                if to_evidence is None or evidence.is_empty or is_lost:
                    continue
                belief = follow(
                    self._beliefs[track_id],
                    to_previous,
                    picture,
                    evidence.memory,
                    evidence.colours,
                    to_evidence,
                    self._views(now, track_id),
                )
                self._beliefs[track_id] = belief
                self._courses[track_id].note(now.index, belief.to_previous)
            self._settle(picture)
            for track_id, belief in self._beliefs.items():
                # Where a lost one is nobody knows: this frame is no witness of what is behind it.
                if not self._standings[track_id].is_lost:
                    glimpse.taken[track_id] = taken_by(belief.soft)
        masks = self.masks()
        self._judge(masks)
        for track_id, mask in masks.items():
            standing, known = self._standings[track_id], self._evidence[track_id]
            age = now.index - known.index
            if mask.any() and (
                (age >= self._renew_after and standing.life.state is not TrackState.UNCERTAIN)
                or age + 1 >= self._history.longest
            ):
                self._hold(track_id, now, mask, known.seen_index, known.seen_id)
        return masks

    def masks(self) -> dict[TrackId, BoolMask]:
        """Return what `step` gave for the newest frame, with the corrections that came since.

        Nobody who is live needs this: the next frame is there sooner. A recording waits.
        """
        masks = {track_id: self._mask_now(track_id) for track_id in self._evidence}
        softs = {track_id: belief.soft for track_id, belief in self._beliefs.items()}
        return apart(masks, softs, self._sharing)

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

    def _settle(self, picture: Lab) -> None:
        """Let no pixel belong to two objects that exclude each other."""
        claims = {
            track_id: Claim(
                self._beliefs[track_id].soft,
                self._evidence[track_id].colours,
                standing.life.confidence,
            )
            for track_id, standing in self._standings.items()
            if not standing.is_lost
        }
        for track_id, soft in settle(claims, picture, self._sharing).items():
            self._beliefs[track_id] = replace(self._beliefs[track_id], soft=soft)

    def _judge(self, masks: dict[TrackId, BoolMask]) -> None:
        """Let every track go on by a step; masks and beliefs of those that are lost end."""
        now = self._history.newest
        for track_id, standing in self._standings.items():
            evidence, belief = self._evidence[track_id], self._beliefs[track_id]
            standing.step(
                now.index,
                belief.soft,
                belief.to_memory,
                is_shown=bool(masks[track_id].any()),
                silence=now.index - evidence.seen_index,
                age=now.index - evidence.index,
            )
            if standing.is_lost:
                self._beliefs[track_id] = replace(belief, soft=np.zeros_like(belief.soft))
                masks[track_id] = np.zeros_like(masks[track_id])

    def lead(self, frame_id: FrameId, box: Box) -> Box | None:
        """Move a box of an earlier frame to the newest one, as what is inside it moved.

        Returns
        -------
        None if it has left the picture, or the frame is forgotten.
        """
        past = self._history.find(frame_id)
        return None if past is None else lead(box, self._history.forth_from(past.index))

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

        Raises
        ------
        UsageError
            If a mask is not bool of that frame's height and width; nothing is changed then.
        """
        past = self._history.find(frame_id)
        if past is None:
            return dict.fromkeys(masks, Correction.FORGOTTEN)
        for track_id, mask in masks.items():
            if mask.shape != past.shape or mask.dtype != np.bool_:
                raise UsageError(
                    f"correct: expected masks {past.shape} bool, the size of frame {frame_id}, "
                    f"got {mask.shape} {mask.dtype} for track {track_id}"
                )
        outcome: dict[TrackId, Correction] = {}
        for track_id, mask in masks.items():
            known = self._evidence.get(track_id)
            if known is not None and known.seen_index > past.index:
                outcome[track_id] = Correction.SUPERSEDED
                continue
            if track_id not in self._doubted and self._contradicts(track_id, past, mask):
                self._doubted.add(track_id)
                outcome[track_id] = Correction.DOUBTED
                continue
            self._doubted.discard(track_id)
            self._standings.setdefault(track_id, Standing(self._history.longest))
            self._hold(track_id, past, mask, past.index, frame_id)
            self._standings[track_id].has_word = True
            outcome[track_id] = Correction.APPLIED
        self._learn_sharing(past.index, outcome)
        return outcome

    def _learn_sharing(self, index: int, outcome: Mapping[TrackId, Correction]) -> None:
        """See who lay within whom in a frame that a model has spoken of."""
        heard = [i for i, became in outcome.items() if became is Correction.APPLIED]
        for track_id in heard:
            word = self._evidence[track_id].memory.mask
            for other, evidence in self._evidence.items():
                if other == track_id or (other in heard and other < track_id):
                    continue
                if outcome.get(other) is Correction.DOUBTED:
                    continue  # this very frame is in dispute
                if evidence.seen_index == index == evidence.index:
                    there = evidence.memory.mask > 0.5
                else:
                    shown = self._standings[other].agreement.shown(index, word)
                    if shown is None:
                        continue
                    there = shown
                self._sharing.learn(track_id, other, word > 0.5, there)

    def _hold(
        self, track_id: TrackId, past: Past, mask: BoolMask, seen_index: int, seen_id: FrameId
    ) -> None:
        """Take a mask of a frame of the ring as evidence, and lead the belief from there to now."""
        full = mask.view(np.uint8) * np.uint8(255)
        soft = to_working(full, self._size)
        memory = Memory(past.picture, soft.astype(np.float32) * np.float32(1 / 255))
        colours = colours_of(past.picture, memory.mask)
        is_empty = not mask.any()
        standing = self._standings[track_id]
        if seen_index == past.index:
            standing.agreement.hear(past.index, memory.mask)
        standing.learn(memory)
        past.glimpse.taken[track_id] = taken_by(memory.mask)
        if seen_index == past.index:
            past.glimpse.judged.add(track_id)
        self._evidence[track_id] = _Evidence(
            past.index, seen_index, seen_id, full, memory, colours, is_empty
        )
        if is_empty:
            self._beliefs[track_id] = Belief(memory.mask, STILL, STILL)
        else:
            course = self._courses.setdefault(track_id, Course(self._history.longest))
            self._beliefs[track_id], to_memory = self._caught_up(
                track_id, past, memory, colours, course
            )
            self._maps.setdefault(past.index, to_memory)

    def _contradicts(self, track_id: TrackId, past: Past, mask: BoolMask) -> bool:
        """Say whether a mask has little in common with what was known of its frame.

        An empty one does while nothing else says that the object is gone.
        """
        known, ours = self._evidence.get(track_id), past.glimpse.taken.get(track_id)
        if known is None or ours is None or known.is_empty:
            return False
        if not 0 < past.index - known.seen_index <= _A_MOMENT_FRAMES:
            return False
        if not mask.any():
            return self._standings[track_id].life.confidence >= TRUST_FROM
        small = to_working(mask.view(np.uint8) * np.uint8(255), self._size)
        theirs = taken_by(small.astype(np.float32) * np.float32(1 / 255))
        return iou(theirs > 0, ours > 0) < _CONTRADICTION

    def drop(self, track_id: TrackId) -> None:
        """Stop following an object; unknown ones are no error."""
        self._evidence.pop(track_id, None)
        self._beliefs.pop(track_id, None)
        self._standings.pop(track_id, None)
        self._sharing.forget(track_id)
        self._courses.pop(track_id, None)
        self._doubted.discard(track_id)
        for past in self._history:
            past.glimpse.taken.pop(track_id, None)
            past.glimpse.judged.discard(track_id)

    def _mask_now(self, track_id: TrackId) -> BoolMask:
        height_px, width_px = self._shape
        evidence = self._evidence[track_id]
        if self._standings[track_id].is_lost:
            return np.zeros((height_px, width_px), np.bool_)
        to_evidence = self._maps.get(evidence.index)
        if to_evidence is None or evidence.is_empty or evidence.index not in self._history:
            return np.zeros((height_px, width_px), np.bool_)
        return enlarge(
            self._beliefs[track_id].soft,
            evidence.mask,
            evidence.memory.mask,
            to_evidence,
            width_px,
            height_px,
        )

    def _carried_on(
        self, index: int, to_evidence: BackwardMap, now: Past, to_previous: BackwardMap
    ) -> BackwardMap:
        """Lead a map that the frame before had to evidence on to the newest frame."""
        to_evidence = compose(to_previous, to_evidence)
        if (now.index - index) % EVERY_FRAMES:
            return to_evidence
        concerned = (b for i, b in self._beliefs.items() if self._evidence[i].index == index)
        return self._aligned(to_evidence, now, self._history[index], focus_of(concerned))

    def _aligned(
        self, motion: BackwardMap, newer: Past, older: Past, focus: WorkingBox | None
    ) -> BackwardMap:
        now, then = (np.ascontiguousarray(past.picture[..., 0]) for past in (newer, older))
        return self._without_drift(motion, now, then, focus)

    def _caught_up(
        self, track_id: TrackId, past: Past, memory: Memory, colours: Colours, course: Course
    ) -> tuple[Belief, BackwardMap]:
        """Lead a belief from its evidence to the newest frame; give the map back there too."""
        newest = self._history.newest
        to_memory = identity_map(self._size)
        belief = Belief(memory.mask, STILL, STILL)
        if newest is past:
            return belief, to_memory
        way = newest.index - past.index
        stops = {
            past.index + -(-way * (n + 1) // _ALIGNED_ON_THE_WAY)
            for n in range(_ALIGNED_ON_THE_WAY)
        }
        last = past
        for stop in (self._history[index] for index in sorted(stops)):
            step = self._history.motion(stop.index, last.index)
            to_memory = compose(step, to_memory)
            moved = sample(belief.soft, step, cv2.BORDER_CONSTANT)
            to_memory = self._aligned(
                to_memory, stop, past, focus_of([Belief(moved, STILL, STILL)])
            )
            if last is past:
                step = to_memory
            ways = [affine_of(moved, step)]
            if (known := course.back(stop.index, last.index)) is not None:
                ways.append(known)
            now, then = (np.ascontiguousarray(at.picture[..., 0]) for at in (stop, last))
            seen = belief.soft
            own_motion = min(ways, key=lambda way: misfit(way, now, then, seen))
            if stop is newest:
                break
            # Mended once, at the end: on the way too gained nothing and cost as much again.
            belief = Belief(moved, chain(own_motion, belief.to_memory), own_motion)
            last = stop
        views = self._views(newest, track_id)
        belief = follow(belief, step, newest.picture, memory, colours, to_memory, views, own_motion)
        newest.glimpse.taken[track_id] = taken_by(belief.soft)
        return belief, to_memory

    def _camera_motion(self, to_previous: BackwardMap | None) -> Homography | None:
        """Fit how the camera moved to the newest frame, from what no object hides."""
        if to_previous is None:
            return None
        taken = np.zeros(to_previous.shape[:2], np.uint8)
        for belief in self._beliefs.values():
            cv2.max(taken, taken_by(belief.soft), taken)
        return camera_motion(to_previous, taken > 0)

    def _views(self, now: Past, track_id: TrackId) -> list[View]:
        """Lead what was seen behind an object to a frame of the past."""
        earlier = (past.glimpse for past in self._history.before(now.index))
        return views_of(earlier, now.glimpse, track_id)

    def _live_maps(self) -> dict[int, BackwardMap]:
        """Maps that somebody still needs: bounded by the number of objects and by the ring."""
        needed = {e.index for e in self._evidence.values() if not e.is_empty}
        return {i: m for i, m in self._maps.items() if i in needed and i in self._history}

    def _forget_motion(self, size: tuple[int, int]) -> None:
        """Another aspect is another picture: no motion leads from the old frames to the new."""
        self._size = size
        self._previous = None
        self._history.clear()
        self._maps.clear()
        for standing in self._standings.values():
            standing.agreement.forget_shown()
        self._beliefs = {
            track_id: Belief(np.zeros(size[::-1], np.float32), STILL, STILL)
            for track_id in self._beliefs
        }
