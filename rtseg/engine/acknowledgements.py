"""Which frames the reader of a stream that may lose packets has: those that it says it has. Pure.

The server builds each packet upon the newest of them (docs/wire.md, "What a sender builds upon").
"""

from __future__ import annotations

from rtseg.engine.losses import Losses
from rtseg.types import FrameId
from rtseg.wire.bases import KEPT_BY_SENDER


class Acknowledgements:
    """What was sent to one reader, and what it answered.

    Every answer names a frame, so that one that is lost is made up for by the next. Those frames
    that were sent before the one that was named will not be named any more.
    """

    def __init__(self) -> None:
        self._base_id: FrameId | None = None
        # How many answers each frame that was sent since the base may bring, in the order of
        # sending.
        self._awaited: dict[FrameId, int] = {}
        self._losses = Losses()

    @property
    def base_id(self) -> FrameId | None:
        """The frame that was sent last of those that the reader has.

        None if it has none, or none that is recent enough to be built upon.
        """
        return self._base_id

    @property
    def are_many_lost(self) -> bool:
        """Whether so many packets are lost that they are worth sending twice."""
        return self._losses.are_many

    def sent(self, frame_id: FrameId) -> None:
        """Take that all of a frame was sent: one answer is to be had."""
        self._awaited.pop(frame_id, None)
        self._awaited[frame_id] = 1
        if len(self._awaited) > KEPT_BY_SENDER:
            self._give_up_oldest()
            self._base_id = None

    def sent_again(self, frame_id: FrameId) -> None:
        """Take that a frame of one packet was sent a second time: two answers are to be had."""
        if frame_id in self._awaited:
            self._awaited[frame_id] = 2

    def acknowledge(self, frame_id: FrameId) -> bool:
        """Take an answer: a packet came, and the reader then had this frame.

        Returns
        -------
        False if the frame was not sent, or not lately, or is older than the base.
        """
        if frame_id in self._awaited:
            while self._give_up_oldest() != frame_id:
                pass
            self._base_id = frame_id
        # Only now: an answer that is counted before its packet would be the first to fade.
        self._losses.answered()
        return frame_id == self._base_id

    def _give_up_oldest(self) -> FrameId:
        frame_id = next(iter(self._awaited))
        self._losses.sent(self._awaited.pop(frame_id))
        return frame_id
