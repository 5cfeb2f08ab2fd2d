"""What waits to be sent on one stream: a few messages in order, and the newest frame."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass


class OutboxClosedError(Exception):
    """Everything was taken and nothing more will come: the normal end of a stream."""


@dataclass(frozen=True, slots=True)
class FramePacket:
    """A frame, for those who have the one before and for all others.

    Parameters
    ----------
    number : of the frame in its session, one more than that of the frame before.
    packet : what changed since the frame before.
    key : writes the same for one who has nothing.
    """

    number: int
    packet: bytes
    key: Callable[[], bytes]


class Outbox:
    """Bounded, and never behind: a frame packet replaces the one before that was not sent yet.

    A frame that says what changed goes only to a reader who took the frame before it; all others,
    who joined, were too slow or may lose packets on their way, are given the whole frame.

    Text and clock messages keep their order and go before frames. If a reader is so slow that
    `max_messages` of them wait, the oldest go; `dropped_messages` counts them.
    """

    def __init__(self, *, max_messages: int = 64, is_reliable: bool = True) -> None:
        self._is_reliable = is_reliable
        self._latest: int | None = None
        self._messages: deque[str | bytes] = deque(maxlen=max_messages)
        self._frame: bytes | None = None
        self._is_closed = False
        self._ready = asyncio.Event()
        self.dropped_messages = 0

    def put_message(self, message: str | bytes) -> None:
        """Queue a text or clock message."""
        if self._is_closed:
            return
        if len(self._messages) == self._messages.maxlen:
            self.dropped_messages += 1
        self._messages.append(message)
        self._ready.set()

    def put_frame(self, frame: FramePacket) -> bool:
        """Leave the newest frame; True if one that was not sent had to go."""
        if self._is_closed:
            return False
        replaced = self._frame is not None
        goes_on = self._is_reliable and not replaced and self._latest == frame.number - 1
        self._frame = frame.packet if goes_on else frame.key()
        self._latest = frame.number
        self._ready.set()
        return replaced

    def close(self) -> None:
        """Let the reader take what is there and then end."""
        self._is_closed = True
        self._ready.set()

    def take_nowait(self) -> str | bytes | None:
        """Give the next message, or None if nothing waits."""
        if self._messages:
            return self._messages.popleft()
        packet, self._frame = self._frame, None
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
