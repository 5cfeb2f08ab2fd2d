"""What waits to be sent on one stream: a few messages in order, and the newest frame."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Iterable

from rtseg.engine.losses import Losses
from rtseg.engine.observer import Drop, Observer
from rtseg.types import FrameId
from rtseg.wire import FrameWriter
from rtseg.wire.bases import KEPT_BY_SENDER

_Copies = int
"""How often a frame was sent: how many answers are to be had."""


class OutboxClosedError(Exception):
    """Everything was taken and nothing more will come: the normal end of a stream."""


class Outbox:
    """Bounded, and never behind: a frame packet replaces the one before that was not sent yet.

    It knows which frame its reader has, for the next packet to be built upon (`base_id`): the one
    that was taken last; where packets may be lost, the one that was taken last of those that the
    reader acknowledged.

    Text and clock messages keep their order and go before frames. If a reader is so slow that
    `max_messages` of them wait, the oldest go.

    Parameters
    ----------
    observer : told of every frame and message that had to go.
    max_messages : how many may wait.
    is_reliable : whether all that is taken arrives, in its order.
    """

    def __init__(
        self,
        observer: Observer | None = None,
        *,
        max_messages: int = 64,
        is_reliable: bool = True,
    ) -> None:
        self._observer = observer or Observer()
        self._is_reliable = is_reliable
        self._messages: deque[str | bytes] = deque(maxlen=max_messages)
        self._frame: tuple[FrameId, deque[bytes]] | None = None
        self._taken_id: FrameId | None = None
        self._is_frame = False
        self._is_alone = False
        self._base_id: FrameId | None = None
        # What was taken since the base, in its order; when it is full, the base is given up.
        self._unacknowledged: dict[FrameId, _Copies] = {}
        self._losses = Losses()
        self._is_closed = False
        self._ready = asyncio.Event()

    @property
    def base_id(self) -> FrameId | None:
        """The frame to build upon; None if the reader has none. May be read on any thread."""
        return self._base_id

    def repeat(self) -> bool:
        """Say whether the packet that was just taken is to be sent once more: many are lost.

        If so, it counts as sent twice. No message is, but for those of frames.
        """
        if not self._is_frame or self._taken_id is None or not self._losses.are_many:
            return False
        if self._is_alone:  # parts are not answered one by one
            self._unacknowledged[self._taken_id] = 2
        return True

    def put_message(self, message: str | bytes) -> None:
        """Queue a text or clock message."""
        if self._is_closed:
            return
        if len(self._messages) == self._messages.maxlen:
            self._observer.dropped(Drop.MESSAGE_UNREAD)
        self._messages.append(message)
        self._ready.set()

    def written(self, frame: FrameWriter) -> tuple[bytes, ...]:
        """Have a frame written upon what the reader has. May be called on any thread.

        Where messages may be lost, a large frame is in parts that go through in one piece each.
        """
        if self._is_reliable:
            return (frame.upon(self._base_id),)
        return frame.messages_upon(self._base_id)

    def put_frame(self, frame_id: FrameId, packets: Iterable[bytes]) -> None:
        """Leave the newest frame, as this outbox had it `written`."""
        if self._is_closed:
            return
        if self._frame is not None:
            self._observer.dropped(Drop.STREAM_SLOW)
        self._frame = frame_id, deque(packets)
        self._ready.set()

    def acknowledge(self, frame_id: FrameId) -> bool:
        """Take that a packet came, and that the reader then had a frame.

        Returns
        -------
        False if the frame was not taken, or not lately, or is older than the base.
        """
        if frame_id in self._unacknowledged:
            # Those that were sent before it will not be acknowledged any more.
            while self._forget_oldest() != frame_id:
                pass
            self._base_id = frame_id
        # Only now: an answer that is counted before its packet would be the first to fade.
        self._losses.answered()
        return frame_id == self._base_id

    def _forget_oldest(self) -> FrameId:
        frame_id = next(iter(self._unacknowledged))
        self._losses.sent(self._unacknowledged.pop(frame_id))
        return frame_id

    def close(self) -> None:
        """Let the reader take what is there and then end."""
        self._is_closed = True
        self._ready.set()

    def take_nowait(self) -> str | bytes | None:
        """Give the next message, or None if nothing waits."""
        self._is_frame = not self._messages
        if self._messages:
            return self._messages.popleft()
        if self._frame is None:
            return None
        frame_id, packets = self._frame
        is_first, self._taken_id = self._taken_id != frame_id, frame_id
        packet = packets.popleft()
        if not packets:
            self._frame = None
        if self._is_reliable:
            self._base_id = frame_id
        elif is_first:
            self._is_alone = not packets
            self._unacknowledged.pop(frame_id, None)
            self._unacknowledged[frame_id] = 1
            if len(self._unacknowledged) > KEPT_BY_SENDER:
                self._forget_oldest()
                self._base_id = None
        return packet

    async def take(self) -> str | bytes:
        """Wait for the next message.

        Raises
        ------
        OutboxClosedError
            When it was closed and is empty.
        """
        while (message := self.take_nowait()) is None:
            if self._is_closed:
                raise OutboxClosedError
            self._ready.clear()
            await self._ready.wait()
        return message
