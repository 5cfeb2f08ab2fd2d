"""A session's messages on the data channels of its peer: one that may lose some, one that may not.

The stream is that of the channel for outlines; where there is a channel for text, it only takes
the text messages over. See docs/http.md.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

from rtseg.engine import Session
from rtseg.engine.losses import REPEAT_AFTER_S
from rtseg.engine.outbox import Outbox, OutboxClosedError
from rtseg.errors import PeerError, RtsegError, WireError
from rtseg.server.errors import error_message
from rtseg.transport.peer import Channel
from rtseg.wire import read_ack


class DataChannels:
    """Serves what a peer opens; of several channels with one label the newest.

    Parameters
    ----------
    session : whose messages they carry.
    on_text : does what a client's message asks, and gives what to answer to that client alone; see
        `Live.on_text`.
    spawn : runs a coroutine that ends with the peer.
    """

    def __init__(
        self,
        session: Session,
        on_text: Callable[[str | bytes], Awaitable[dict[str, Any] | None]],
        spawn: Callable[[Coroutine[Any, Any, None]], None],
    ) -> None:
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

        def on_message(message: str | bytes) -> None:
            if isinstance(message, bytes):
                self._acknowledge(channel, outbox, message)
            else:
                self._spawn(self._answer(channel, message))

        channel.listen(on_message, outbox.close)
        self._spawn(self._pump(channel, outbox))

    def _open_text(self, channel: Channel) -> None:
        def on_close() -> None:
            if self._text is channel:
                self._text = None

        self._text = channel
        channel.listen(lambda text: self._spawn(self._answer(channel, text)), on_close)
        if self._outbox is not None:
            # What was said on the other one may be lost: say again how things stand.
            self._outbox.put_message(self._session.hello())

    async def _pump(self, channel: Channel, outbox: Outbox) -> None:
        """Send the session's messages until it or the channel ends."""
        loop = asyncio.get_running_loop()
        try:
            while True:
                message = await outbox.take()
                if isinstance(message, str):
                    (self._text or channel).send(message)
                elif channel.is_full:
                    outbox.not_sent()
                else:
                    channel.send(message)
                    if (again := outbox.take_again()) is not None:
                        loop.call_later(REPEAT_AFTER_S, channel.send, again)
        except OutboxClosedError:
            pass
        finally:
            self._session.unsubscribe(outbox)
            if self._outbox is outbox:
                self._outbox = None

    def _acknowledge(self, channel: Channel, outbox: Outbox, packet: bytes) -> None:
        try:
            self._session.acknowledge(outbox, read_ack(packet).frame_id)
        except WireError as error:
            refused = error_message(PeerError(str(error), code="bad_message"))
            (self._text or channel).send(json.dumps(refused))

    async def _answer(self, channel: Channel, text: str | bytes) -> None:
        try:
            answer = await self._on_text(text)
        except RtsegError as error:
            answer = error_message(error)
        if answer is not None:
            channel.send(json.dumps(answer))
