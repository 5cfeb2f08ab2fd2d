"""What a session remembers of its last frames: the pictures, and where the objects were.

A click belongs to the frame on which it was made, and an answer to the frame that the model saw:
both come later than that frame.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from rtseg.engine.rtp import rtp_distance
from rtseg.types import BoolMask, Frame, FrameId, TrackId

PICTURE_BYTES = 32 << 20
"""Pictures kept of one session, as the decoder gave them (1.5 bytes a pixel). A click comes some
tenths of a second after its frame: at 1280×720 this holds 24 frames, at 640×360 more than the 32
that are kept at most."""

MASK_BYTES = 16 << 20
"""Masks kept of one session, a bit for each pixel."""


class FrameHistory:
    """The newest frames of a camera.

    Parameters
    ----------
    max_frames, max_bytes : what is kept at most; the newest frame is always.
    """

    def __init__(self, *, max_frames: int = 32, max_bytes: int = PICTURE_BYTES) -> None:
        self._frames: OrderedDict[FrameId, Frame] = OrderedDict()
        self._max_frames = max_frames
        self._max_bytes = max_bytes

    def put(self, frame: Frame) -> None:
        """Keep a frame."""
        self._frames[frame.frame_id] = frame
        self._frames.move_to_end(frame.frame_id)
        while len(self._frames) > 1 and (
            len(self._frames) > self._max_frames
            or sum(_bytes_of(kept) for kept in self._frames.values()) > self._max_bytes
        ):
            self._frames.popitem(last=False)

    def nearest(self, frame_id: FrameId | None) -> Frame | None:
        """Return the frame whose RTP timestamp is nearest; the newest for None.

        A page knows the frame of a click to a few milliseconds, and a click may be older than what
        is kept: the oldest frame is then the best that there is. None before the first frame.
        """
        if not self._frames:
            return None
        if frame_id is None:
            return next(reversed(self._frames.values()))
        return min(self._frames.values(), key=lambda kept: rtp_distance(kept.frame_id, frame_id))


def _bytes_of(frame: Frame) -> int:
    return frame.width_px * frame.height_px * 3 // 2


class MaskHistory:
    """Where the tracker had the objects in the newest frames.

    Parameters
    ----------
    max_frames, max_bytes : what is kept at most.
    """

    def __init__(self, *, max_frames: int = 64, max_bytes: int = MASK_BYTES) -> None:
        self._frames: OrderedDict[FrameId, dict[TrackId, _Packed]] = OrderedDict()
        self._max_frames = max_frames
        self._max_bytes = max_bytes
        self._bytes = 0

    def put(self, frame_id: FrameId, masks: Mapping[TrackId, BoolMask]) -> None:
        """Keep the masks of a frame; empty ones are left out."""
        if frame_id in self._frames:
            self._drop(frame_id)
        packed = {track_id: _Packed(mask) for track_id, mask in masks.items() if mask.any()}
        self._frames[frame_id] = packed
        self._bytes += sum(mask.bits.nbytes for mask in packed.values())
        while len(self._frames) > self._max_frames or (
            self._bytes > self._max_bytes and len(self._frames) > 1
        ):
            self._drop(next(iter(self._frames)))

    def get(self, frame_id: FrameId) -> dict[TrackId, BoolMask]:
        """Return the masks of a frame, (H, W) bool; none if it is not kept."""
        return {
            track_id: mask.unpacked() for track_id, mask in self._frames.get(frame_id, {}).items()
        }

    def _drop(self, frame_id: FrameId) -> None:
        self._bytes -= sum(mask.bits.nbytes for mask in self._frames.pop(frame_id).values())


class _Packed:
    __slots__ = ("bits", "shape")

    def __init__(self, mask: BoolMask) -> None:
        self.shape = mask.shape
        self.bits: npt.NDArray[np.uint8] = np.packbits(mask)

    def unpacked(self) -> BoolMask:
        size = self.shape[0] * self.shape[1]
        return np.unpackbits(self.bits, count=size).view(np.bool_).reshape(self.shape)
