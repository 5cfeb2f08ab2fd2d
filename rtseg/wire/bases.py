"""Which frames a packet may build upon, and which of two frames is the older."""

from __future__ import annotations

from typing import Generic, TypeVar

from rtseg.types import FrameId
from rtseg.wire.messages import RTP_MODULUS

KEPT_BY_DECODER = 64
"""How many of the frames that it decoded last a decoder keeps."""

KEPT_BY_SENDER = 48
"""How far back a sender builds upon what it sent: the others are room for frames that come late."""

LATE_TICKS = 900_000
"""Ten seconds. No packet is on its way for longer; a camera that began anew is hardly so near."""

T = TypeVar("T")


def is_older(frame_id: FrameId, than: FrameId) -> bool:
    """Whether a frame is of an earlier time than another one.

    One that is neither older nor the same is newer, also if its number is smaller: RTP timestamps
    wrap, and those of a camera that began anew may begin anywhere.
    """
    return 0 < (than - frame_id) % RTP_MODULUS <= LATE_TICKS


def is_newer(frame_id: FrameId, than: FrameId) -> bool:
    """Whether a frame is of a later time than another one, or of a camera that began anew."""
    return frame_id != than and not is_older(frame_id, than)


class Bases(Generic[T]):
    """The latest of what is put in, by its frame.

    Parameters
    ----------
    capacity : how many are kept; the one that was put in first goes first.
    """

    def __init__(self, capacity: int) -> None:
        self._capacity = capacity
        self._kept: dict[FrameId, T] = {}

    def put(self, frame_id: FrameId, item: T) -> None:
        """Keep one, in the place of what that frame had."""
        self._kept.pop(frame_id, None)
        self._kept[frame_id] = item
        if len(self._kept) > self._capacity:
            del self._kept[next(iter(self._kept))]

    def get(self, frame_id: FrameId) -> T | None:
        """Return what is kept of a frame."""
        return self._kept.get(frame_id)

    def __contains__(self, frame_id: FrameId) -> bool:
        return frame_id in self._kept

    def drop(self, frame_id: FrameId) -> None:
        """Keep nothing of a frame."""
        self._kept.pop(frame_id, None)

    def copy(self) -> Bases[T]:
        """Return what is kept now, by itself."""
        other = Bases[T](self._capacity)
        other._kept = self._kept.copy()
        return other
