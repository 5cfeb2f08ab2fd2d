"""What waits to be sent on one stream: a few messages in order, and the newest frame."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass

from rtseg.engine.acknowledgements import Acknowledgements
from rtseg.engine.observer import Drop, Observer
from rtseg.types import FrameId
from rtseg.wire import FrameWriter

UNFINISHED_FRAMES = 8
"""So many newer frames may come while the parts of one are being sent, before its rest is left out.

Any newer one would be too few: where the way is narrow, no frame would ever be sent to its end. But
what has waited for a quarter of a second, as in a network that was gone, is not worth its way."""


class OutboxClosedError(Exception):
    """Everything was taken and nothing more will come: the normal end of a stream."""


@dataclass(frozen=True, slots=True)
class _Waiting:
    """A frame, and those of its parts that were not taken yet."""

    frame_id: FrameId
    packets: deque[bytes]
    is_alone: bool
    """In one packet, which is acknowledged; parts are not one by one."""


class Outbox:
    """Bounded, and never behind: a frame replaces the one before that was not taken yet.

    One of which parts were taken is finished first, if that does not take too long.

    It knows which frame its reader has, for the next one to be built upon (`base_id`): the one that
    was taken last; where packets may be lost, the one that was taken last of those that the reader
    acknowledged.

    Text and clock messages keep their order and go before frames. If a reader is so slow that
    `max_messages` of them wait, the oldest go.

    For the event loop's thread, save `base_id` and `written`.

    Parameters
    ----------
    observer : told of every frame and message that had to go, and of packets that go twice.
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
        self._messages: deque[str | bytes] = deque(maxlen=max_messages)
        self._waiting: _Waiting | None = None
        self._begun: _Waiting | None = None
        self._newer_than_begun = 0
        self._acknowledgements = None if is_reliable else Acknowledgements()
        self._latest_id: FrameId | None = None
        # Of the frame whose packet was taken just now, and that packet; None after a message.
        self._taken: tuple[_Waiting, bytes] | None = None
        self._is_closed = False
        self._ready = asyncio.Event()

    @property
    def base_id(self) -> FrameId | None:
        """The frame to build upon; None if the reader has none. May be read on any thread."""
        if self._acknowledgements is None:
            return self._latest_id
        return self._acknowledgements.base_id

    def written(self, frame: FrameWriter) -> tuple[bytes, ...]:
        """Have a frame written upon what the reader has. May be called on any thread.

        Where messages may be lost, a large frame is in parts that go through in one piece each.
        """
        if self._acknowledgements is None:
            return (frame.upon(self.base_id),)
        return frame.messages_upon(self.base_id)

    def put_message(self, message: str | bytes) -> None:
        """Queue a text or clock message."""
        if self._is_closed:
            return
        if len(self._messages) == self._messages.maxlen:
            self._observer.dropped(Drop.MESSAGE_UNREAD)
        self._messages.append(message)
        self._ready.set()

    def put_frame(self, frame_id: FrameId, packets: Iterable[bytes]) -> None:
        """Leave the newest frame, as this outbox had it `written`."""
        if self._is_closed:
            return
        if self._waiting is not None:
            self._observer.dropped(Drop.STREAM_SLOW)
        if self._begun is not None:
            self._newer_than_begun += 1
            if self._newer_than_begun > UNFINISHED_FRAMES:
                self._observer.dropped(Drop.STREAM_SLOW)
                self._begun = None
        waiting = deque(packets)
        self._waiting = _Waiting(frame_id, waiting, is_alone=len(waiting) == 1)
        self._ready.set()

    def acknowledge(self, frame_id: FrameId) -> bool:
        """Take that a packet came, and that the reader then had a frame.

        Returns
        -------
        False if the frame was not taken, or not lately, or is older than the base; always on a
        reliable stream, where nobody needs to say so.
        """
        return self._acknowledgements is not None and self._acknowledgements.acknowledge(frame_id)

    def close(self) -> None:
        """Let the reader take what is there and then end."""
        self._is_closed = True
        self._ready.set()

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

    def take_nowait(self) -> str | bytes | None:
        """Give the next message, or None if nothing waits."""
        self._taken = None
        if self._messages:
            return self._messages.popleft()
        if self._begun is None:
            self._begun, self._waiting, self._newer_than_begun = self._waiting, None, 0
        frame = self._begun
        if frame is None:
            return None
        packet = frame.packets.popleft()
        self._taken = frame, packet
        if not frame.packets:  # of parts, only all together are a frame that a reader has
            self._begun = None
            self._latest_id = frame.frame_id
            if self._acknowledgements is not None:
                self._acknowledgements.sent(frame.frame_id)
        return packet

    def take_again(self) -> bytes | None:
        """Give the packet that was taken just now for a second time, if it is worth that.

        It is where many are lost. Of messages only those of frames are sent twice.
        """
        if self._acknowledgements is None or self._taken is None:
            return None
        if not self._acknowledgements.are_many_lost:
            return None
        frame, packet = self._taken
        if frame.is_alone:
            self._acknowledgements.sent_again(frame.frame_id)
        self._observer.packet_repeated()
        return packet
