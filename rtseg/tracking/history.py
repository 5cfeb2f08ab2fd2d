"""The recent past: small pictures of the last frames, and the motion between any two of them.

Between neighbours there is one backward map. Over longer spans they are chained, and the chains of
4 and of 16 frames are kept as they become complete: from one frame to another there are then a
dozen maps to chain, where a correction that is 60 frames late would need 60. That costs 15 chained
maps in 16 frames, and a third more memory.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import pairwise

import cv2
import numpy as np

from rtseg.tracking.appearance import Lab
from rtseg.tracking.camera import camera_motion
from rtseg.tracking.flow import BackwardMap, Gray, compose, identity_map
from rtseg.tracking.plate import Glimpse, View, views_of
from rtseg.types import FrameId, TrackId

_SPANS = (1, 4, 16)

_FITTED_AT_ONCE = 8
"""Frames to which the camera's motion is fitted in one step, at a millisecond each, when the plate
is asked after a time in which it was not: it knows more of the past with every step then."""


@dataclass(frozen=True, slots=True)
class Past:
    """A frame that was seen.

    Parameters
    ----------
    index : counts frames; what the caller calls them (`frame_id`) need not.
    shape : (H, W) of the frame, source pixels.
    glimpse : its small picture, and what of it is background.
    jumps : backward maps from this frame to the ones 1, 4 and 16 before it: those that there are.
    """

    index: int
    frame_id: FrameId
    shape: tuple[int, int]
    glimpse: Glimpse
    jumps: tuple[BackwardMap, ...]

    @property
    def picture(self) -> Lab:
        """(h, w, 3) uint8 Lab, at the working size."""
        return self.glimpse.picture

    @property
    def lightness(self) -> Gray:
        """(h, w) uint8, of the picture."""
        return np.ascontiguousarray(self.picture[..., 0])


class History:
    """A ring of the last frames.

    Parameters
    ----------
    longest : how many frames it holds.
    plate_after : how many frames old evidence must be for the background behind it to be asked.
    """

    def __init__(self, longest: int, plate_after: int = 0) -> None:
        self.longest = longest
        self._plate_after = plate_after
        self._ring: deque[Past] = deque(maxlen=longest)
        self._count = 0
        self._is_plate_asked = False

    def __len__(self) -> int:
        return len(self._ring)

    @property
    def newest(self) -> Past:
        """The frame that came last; there must be one."""
        return self._ring[-1]

    def append(
        self,
        frame_id: FrameId,
        shape: tuple[int, int],
        glimpse: Glimpse,
        to_previous: BackwardMap | None,
    ) -> Past:
        """Take the next frame; `to_previous` is None if no motion leads to the one before it."""
        jumps = () if to_previous is None else (to_previous,)
        self._ring.append(Past(self._count, frame_id, shape, glimpse, jumps))
        self._count += 1
        return self._ring[-1]

    def settle(self) -> None:
        """Prepare what corrections and later frames ask of the newest: `append` does not wait."""
        newest = self.newest
        if newest.jumps:
            self._ring[-1] = replace(newest, jumps=(*newest.jumps, *self._longer_jumps(newest)))
        if self._is_plate_asked:
            self._fit_cameras(_FITTED_AT_ONCE)
        self._is_plate_asked = False

    def clear(self) -> None:
        """Forget all frames; their numbers are not given again."""
        self._ring.clear()

    def find(self, frame_id: FrameId) -> Past | None:
        """Give the newest frame of that name."""
        return next((past for past in reversed(self._ring) if past.frame_id == frame_id), None)

    def views_behind(self, track_id: TrackId, evidence: int) -> list[View]:
        """Give what was seen behind an object, led to the newest frame.

        Parameters
        ----------
        evidence : index of the frame that the object's evidence is of.
        """
        if self.newest.index - evidence < self._plate_after:
            return []
        self._is_plate_asked = True
        self._fit_cameras(_FITTED_AT_ONCE)
        newest, *earlier = (past.glimpse for past in reversed(self._ring))
        return views_of(earlier, newest, track_id)

    def __iter__(self) -> Iterator[Past]:
        return iter(self._ring)

    def __contains__(self, index: int) -> bool:
        return bool(self._ring) and self._ring[0].index <= index < self._count

    def __getitem__(self, index: int) -> Past:
        if index not in self:
            raise IndexError(f"history: no frame {index} among {len(self._ring)}")
        return self._ring[index - self._ring[0].index]

    def motion(self, newer: int, older: int) -> BackwardMap:
        """Give the backward map from one frame to an earlier one, by their indices.

        It stays in the picture: what comes from beyond the edge is said to come from the edge, so
        that an object which the edge cuts goes on beyond it.
        """
        picture = self[newer].picture
        motion = identity_map((picture.shape[1], picture.shape[0]))
        at = newer
        while at > older:
            jumps = self[at].jumps
            level = max(n for n in range(len(jumps)) if at - _SPANS[n] >= older)
            motion = jumps[level] if at == newer else compose(motion, jumps[level])
            at -= _SPANS[level]
        return _within(motion)

    def forth_from(self, older: int) -> Iterator[BackwardMap]:
        """Give the maps between neighbours, from that frame, by index, up to the newest."""
        return (self[at].jumps[0] for at in range(older + 1, self._count))

    def _fit_cameras(self, most: int) -> None:
        """Fit the camera's motion to frames that nobody has asked for it, the newest first."""
        for newer, older in pairwise(reversed(self._ring)):
            glimpse = newer.glimpse
            if glimpse.is_fitted:
                continue
            if newer.jumps:
                glimpse.camera = camera_motion(newer.jumps[0], older.glimpse.all_taken() > 0)
            glimpse.is_fitted = True
            most -= 1
            if not most:
                return

    def _longer_jumps(self, newest: Past) -> Iterator[BackwardMap]:
        """Complete the chains that end with the newest frame."""
        jump = newest.jumps[0]
        for level, span in enumerate(_SPANS[1:]):
            part = _SPANS[level]
            older = [newest.index - part * n for n in (1, 2, 3)]
            if newest.index % span or not all(
                at in self and len(self[at].jumps) > level for at in older
            ):
                return
            for at in older:
                jump = compose(jump, self[at].jumps[level])
            yield jump


def _within(motion: BackwardMap) -> BackwardMap:
    height, width = motion.shape[:2]
    edge = (width - 1.0, height - 1.0, 0.0, 0.0)
    return np.asarray(cv2.max(cv2.min(motion, edge), 0.0), np.float32)  # type: ignore[call-overload]
