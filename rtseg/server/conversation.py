"""What a client says on one stream, WebSocket or data channel, and what it is answered."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from typing import Any, TypeAlias

from rtseg.errors import PeerError, RtsegError
from rtseg.server.errors import error_message

MAX_MALFORMED = 16
"""Messages that mean nothing, after which the stream that they came on is closed."""

OnText: TypeAlias = Callable[[str | bytes], Awaitable[dict[str, Any] | None]]
"""Does what a client's message asks, and gives what to answer to that client alone; see
`Live.on_text`."""


class Conversation:
    """Answers the messages of one stream, and counts those that mean nothing."""

    def __init__(self, on_text: OnText) -> None:
        self._on_text = on_text
        self._malformed = 0

    @property
    def is_over(self) -> bool:
        """Whether so many messages meant nothing that no more are worth reading."""
        return self._malformed >= MAX_MALFORMED

    async def answer(self, message: str | bytes) -> str | None:
        """Do what a message asks; give the text message to answer with, if any."""
        try:
            answer = await self._on_text(message)
        except RtsegError as error:
            return self.refusal(error)
        return None if answer is None else json.dumps(answer)

    def refusal(self, error: RtsegError) -> str:
        """Give the text message that says why a message was refused."""
        if isinstance(error, PeerError) and error.code == "bad_message":
            self._malformed += 1
        return json.dumps(error_message(error))
