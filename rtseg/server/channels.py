"""A session's messages on the data channels of its peer: one that may lose some, one that may not.

The stream is that of the channel for outlines; where there is a channel for text, it only takes
the text messages over. See docs/http.md.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Coroutine
from typing import Any, TypeAlias

from rtseg.engine import Session
from rtseg.engine.losses import REPEAT_AFTER_S
from rtseg.engine.outbox import Outbox, OutboxClosedError
from rtseg.errors import PeerError, WireError
from rtseg.server.conversation import Conversation, OnText
from rtseg.transport.peer import Channel
from rtseg.wire import read_ack

MAX_WAITING = 64
"""Text messages of a channel that wait for their answer; of more, the oldest are left out. A list
of prompts takes the place of an earlier one anyway."""

Spawn: TypeAlias = Callable[[Coroutine[Any, Any, None]], None]
"""Runs a coroutine that ends with the peer."""


class DataChannels:
    """Serves what a peer opens; of several channels with one label the newest.

    Parameters
    ----------
    session : whose messages they carry.
    on_text : does what a text message asks.
    spawn : runs what takes time.
    """

    def __init__(self, session: Session, on_text: OnText, spawn: Spawn) -> None:
        self._session = session
        self._on_text = on_text
        self._spawn = spawn
        self._outbox: Outbox | None = None
        self._text: Channel | None = None

    def opened(self, channel: Channel) -> None:
        """Serve a channel that the peer opened."""
        if channel.is_for_text:
            self._open_text(channel)
        else:
            self._open_outlines(channel)

    def _open_outlines(self, channel: Channel) -> None:
        if self._outbox is not None:  # one stream, however many channels a peer opens
            self._outbox.close()
        outbox = self._outbox = self._session.subscribe(is_reliable=False)

        hearing = _Hearing(channel, self._on_text, self._spawn)

        def on_message(message: str | bytes) -> None:
            if isinstance(message, bytes):
                self._acknowledge(hearing, outbox, message)
            else:
                hearing.take(message)

        channel.listen(on_message, outbox.close)
        self._spawn(self._pump(channel, outbox))

    def _open_text(self, channel: Channel) -> None:
        def on_close() -> None:
            if self._text is channel:
                self._text = None

        self._text = channel
        channel.listen(_Hearing(channel, self._on_text, self._spawn).take, on_close)
        if self._outbox is not None:
            # What was said on the other one may be lost: say again how things stand.
            self._outbox.put_message(self._session.hello())

    async def _pump(self, channel: Channel, outbox: Outbox) -> None:
        """Send the session's messages until it or the channel ends.

        What the network does not take yet stays in the outbox, where a newer frame takes its place:
        inside the channel it would be sent when it is seconds old, before those that are not.
        """
        loop = asyncio.get_running_loop()

        def repeat(packet: bytes) -> None:
            if channel.has_room:
                channel.send(packet)

        try:
            while True:
                await channel.wait_for_room()
                message = await outbox.take()
                if isinstance(message, str):
                    (self._text or channel).send(message)
                else:
                    channel.send(message)
                    if (again := outbox.take_again()) is not None:
                        loop.call_later(REPEAT_AFTER_S, repeat, again)
        except OutboxClosedError:
            pass
        finally:
            self._session.unsubscribe(outbox)
            if self._outbox is outbox:
                self._outbox = None

    def _acknowledge(self, hearing: _Hearing, outbox: Outbox, packet: bytes) -> None:
        try:
            self._session.acknowledge(outbox, read_ack(packet).frame_id)
        except WireError as error:
            hearing.refuse(PeerError(str(error), code="bad_message"), self._text)


class _Hearing:
    """Answers what a client says on a channel, one message after the other.

    A channel that carries too much nonsense is closed.
    """

    def __init__(self, channel: Channel, on_text: OnText, spawn: Spawn) -> None:
        self._channel = channel
        self._conversation = Conversation(on_text)
        self._spawn = spawn
        self._waiting: deque[str | bytes] = deque()
        self._is_answering = False

    def take(self, text: str | bytes) -> None:
        """Take a message: it is answered when those before it are."""
        if self._conversation.is_over:
            return  # the channel is about to close
        if len(self._waiting) == MAX_WAITING:
            self._waiting.popleft()
            self.refuse(
                PeerError(
                    f"expected at most {MAX_WAITING} messages that wait for an answer, got one "
                    "more; the oldest is left out, wait for answers",
                    code="too_many_messages",
                )
            )
        self._waiting.append(text)
        if not self._is_answering:
            self._is_answering = True
            self._spawn(self._answer())

    def refuse(self, error: PeerError, through: Channel | None = None) -> None:
        """Say what was wrong with a message, on another channel if there is one for that."""
        if not self._conversation.is_over:
            (through or self._channel).send(self._conversation.refusal(error))
            self._close_if_over()

    async def _answer(self) -> None:
        try:
            while self._waiting and not self._conversation.is_over:
                answer = await self._conversation.answer(self._waiting.popleft())
                if answer is not None:
                    self._channel.send(answer)
        finally:
            self._is_answering = False
        self._close_if_over()

    def _close_if_over(self) -> None:
        if self._conversation.is_over:
            self._channel.close()
