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
=============================================  =======================================

Evidence that no model renews becomes old: colours and light change, and the ring ends. After
`renew_after` frames the object's own mask takes its place; what a model says of any frame since its
last word still stands above that.
"""

from __future__ import annotations

import enum
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from rtseg.errors import UsageError
from rtseg.tracking.appearance import Lab, Memory
from rtseg.tracking.belief import Belief, focus_of, follow
from rtseg.tracking.boxes import lead
from rtseg.tracking.confidence import expected_iou
from rtseg.tracking.enlarging import enlarge
from rtseg.tracking.flow import (
    BackwardMap,
    DisFlow,
    FlowEstimator,
    Gray,
    compose,
    identity_map,
    to_working,
    working_size,
)
from rtseg.tracking.motion import STILL
from rtseg.tracking.tracks import Life, Track, TrackState
from rtseg.types import BoolMask, Box, FrameId, Image, TrackId

_CATCH_UP_STOPS = 3
"""A late belief is mended this often on its way to the newest frame, however long the way is."""


class Correction(enum.Enum):
    """What became of one object's mask in a correction."""

    APPLIED = "applied"
    SUPERSEDED = "superseded"
    FORGOTTEN = "forgotten"


@dataclass(frozen=True, slots=True)
class _Past:
    """A frame of the ring."""

    index: int
    frame_id: FrameId
    shape: tuple[int, int]
    to_previous: BackwardMap | None
    picture: Lab


@dataclass(frozen=True, slots=True)
class _Evidence:
    """This object, in that frame: by a model's word, or after long silence by our own mask.

    Parameters
    ----------
    index : of the frame.
    seen_index, seen_id : the frame of the model's last word.
    mask : (H, W) uint8, 0 or 255, source pixels.
    memory : what the object looked like in the frame.
    is_empty : it was not in the picture; there is nothing to follow.
    """

    index: int
    seen_index: int
    seen_id: FrameId
    mask: npt.NDArray[np.uint8]
    memory: Memory
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
        self._ring: deque[_Past] = deque(maxlen=history_frames)
        self._previous: Gray | None = None
        self._size = (0, 0)
        self._shape = (0, 0)
        self._index = -1
        self._evidence: dict[TrackId, _Evidence] = {}
        self._maps: dict[int, BackwardMap] = {}
        self._beliefs: dict[TrackId, Belief] = {}
        self._lives: dict[TrackId, Life] = {}
        self._words: set[TrackId] = set()  # of whom a model has spoken since the last step

    @property
    def tracks(self) -> dict[TrackId, Track]:
        """For each object of the newest step, its state, and how far its mask can be trusted."""
        return {
            track_id: Track(life.state, life.confidence, self._evidence[track_id].seen_id)
            for track_id, life in self._lives.items()
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
        self._index += 1
        picture = cv2.cvtColor(small, cv2.COLOR_BGR2LAB).astype(np.uint8, copy=False)
        self._ring.append(_Past(self._index, frame_id, self._shape, to_previous, picture))
        if to_previous is not None:
            self._maps = {
                index: compose(to_previous, older) for index, older in self._live_maps().items()
            }
            for track_id, evidence in self._evidence.items():
                to_evidence = self._maps.get(evidence.index)
                if to_evidence is not None and not evidence.is_empty:
                    self._beliefs[track_id] = follow(
                        self._beliefs[track_id], to_previous, picture, evidence.memory, to_evidence
                    )
        masks = self._ended(self.masks())
        for track_id, mask in masks.items():
            if self._index - self._evidence[track_id].index >= self._renew_after and mask.any():
                known = self._evidence[track_id]
                self._hold(track_id, self._ring[-1], mask, known.seen_index, known.seen_id)
        return masks

    def masks(self) -> dict[TrackId, BoolMask]:
        """Return what `step` gave for the newest frame, with the corrections that came since.

        Nobody who is live needs this: the next frame is there sooner. A recording waits.
        """
        return {track_id: self._mask_now(track_id) for track_id in self._evidence}

    def _ended(self, masks: dict[TrackId, BoolMask]) -> dict[TrackId, BoolMask]:
        """Let every track go on by a step; the masks of those that are lost end."""
        for track_id, mask in masks.items():
            self._lives[track_id] = self._lives.get(track_id, Life()).stepped(
                confidence=expected_iou(self._beliefs[track_id].soft),
                is_in_view=bool(mask.any()),
                has_word=track_id in self._words,
            )
        self._words.clear()
        return masks

    def lead(self, frame_id: FrameId, box: Box) -> Box | None:
        """Move a box of an earlier frame to the newest one, as what is inside it moved.

        Returns
        -------
        None if it has left the picture, or the frame is forgotten.
        """
        way: list[BackwardMap] = []
        for past in reversed(self._ring):
            if past.frame_id == frame_id:
                return lead(box, reversed(way))
            if past.to_previous is None:
                return None
            way.append(past.to_previous)
        return None

    def correct(
        self, frame_id: FrameId, masks: Mapping[TrackId, BoolMask]
    ) -> dict[TrackId, Correction]:
        """Say where objects are in a frame that `step` has seen, however late.

        Objects that `masks` does not name stay as they are; an all-False mask says that a model
        looked and the object is not there. Takes effect with the next `step`.

        Parameters
        ----------
        frame_id : the frame that was looked at.
        masks : for each object, new ones too, its (H, W) bool mask in that frame.

        Raises
        ------
        UsageError
            If a mask is not bool of that frame's height and width; nothing is changed then.
        """
        past = next((past for past in reversed(self._ring) if past.frame_id == frame_id), None)
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
            self._hold(track_id, past, mask, past.index, frame_id)
            self._words.add(track_id)
            outcome[track_id] = Correction.APPLIED
        return outcome

    def _hold(
        self, track_id: TrackId, past: _Past, mask: BoolMask, seen_index: int, seen_id: FrameId
    ) -> None:
        """Take a mask of a frame of the ring as evidence, and lead the belief from there to now."""
        full = mask.astype(np.uint8) * np.uint8(255)
        soft = cv2.resize(full, self._size, interpolation=cv2.INTER_AREA)
        memory = Memory(past.picture, soft.astype(np.float32) * np.float32(1 / 255))
        is_empty = not mask.any()
        self._evidence[track_id] = _Evidence(
            past.index, seen_index, seen_id, full, memory, is_empty
        )
        if is_empty:
            self._beliefs[track_id] = Belief(memory.mask, STILL)
        else:
            self._beliefs[track_id], to_memory = self._caught_up(past.index, memory)
            self._maps.setdefault(past.index, to_memory)

    def drop(self, track_id: TrackId) -> None:
        """Stop following an object; unknown ones are no error."""
        self._evidence.pop(track_id, None)
        self._beliefs.pop(track_id, None)
        self._lives.pop(track_id, None)
        self._words.discard(track_id)

    def _mask_now(self, track_id: TrackId) -> BoolMask:
        height_px, width_px = self._shape
        evidence = self._evidence[track_id]
        life = self._lives.get(track_id)
        if life and life.state is TrackState.LOST and track_id not in self._words:
            return np.zeros((height_px, width_px), np.bool_)
        to_evidence = self._maps.get(evidence.index)
        if to_evidence is None or evidence.is_empty or evidence.index < self._ring[0].index:
            return np.zeros((height_px, width_px), np.bool_)
        return enlarge(
            self._beliefs[track_id].soft,
            evidence.mask,
            evidence.memory.mask,
            to_evidence,
            width_px,
            height_px,
        )

    def _caught_up(self, index: int, memory: Memory) -> tuple[Belief, BackwardMap]:
        """Lead a belief from its evidence to the newest frame, with few stops; give the map too."""
        way = [past for past in self._ring if past.index > index]
        stops = {round(len(way) * (n + 1) / _CATCH_UP_STOPS) for n in range(_CATCH_UP_STOPS)}
        belief = Belief(memory.mask, STILL)
        to_stop = to_memory = identity_map(self._size)
        for number, past in enumerate(way, 1):
            assert past.to_previous is not None  # only the ring's first frame has none
            is_first_leg = to_stop is to_memory
            to_memory = compose(past.to_previous, to_memory)
            to_stop = to_memory if is_first_leg else compose(past.to_previous, to_stop)
            if number in stops:
                belief = follow(belief, to_stop, past.picture, memory, to_memory)
                to_stop = identity_map(self._size)
        return belief, to_memory

    def _live_maps(self) -> dict[int, BackwardMap]:
        """Maps that somebody still needs: bounded by the number of objects and by the ring."""
        needed = {e.index for e in self._evidence.values() if not e.is_empty}
        oldest = self._ring[0].index
        return {i: m for i, m in self._maps.items() if i in needed and i >= oldest}

    def _forget_motion(self, size: tuple[int, int]) -> None:
        """Another aspect is another picture: no motion leads from the old frames to the new."""
        self._size = size
        self._previous = None
        self._ring.clear()
        self._maps.clear()
        self._beliefs = {
            track_id: Belief(np.zeros(size[::-1], np.float32), STILL) for track_id in self._beliefs
        }
