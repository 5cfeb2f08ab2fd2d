"""What waits to be sent on one stream: a few messages in order, and the newest frame."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Iterable

from rtseg.engine.observer import Drop, Observer
from rtseg.types import FrameId
from rtseg.wire import FrameWriter
from rtseg.wire.bases import KEPT_BY_SENDER


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
        self._base_id: FrameId | None = None
        # What was taken since the base; when it is full, the base is too old to build upon.
        self._unacknowledged: deque[FrameId] = deque()
        self._is_closed = False
        self._ready = asyncio.Event()

    @property
    def base_id(self) -> FrameId | None:
        """The frame to build upon; None if the reader has none. May be read on any thread."""
        return self._base_id

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
        """Take that the reader has a frame; False if it was not taken, or not lately."""
        if frame_id == self._base_id:
            return True
        if frame_id not in self._unacknowledged:
            return False
        while self._unacknowledged.popleft() != frame_id:
            pass
        self._base_id = frame_id
        return True

    def close(self) -> None:
        """Let the reader take what is there and then end."""
        self._is_closed = True
        self._ready.set()

    def take_nowait(self) -> str | bytes | None:
        """Give the next message, or None if nothing waits."""
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
            self._unacknowledged.append(frame_id)
            if len(self._unacknowledged) > KEPT_BY_SENDER:
                self._unacknowledged.popleft()
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
