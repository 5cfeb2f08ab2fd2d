"""Server-Sent Events: how both image APIs answer in parts."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from typing import Any

from fastapi.responses import StreamingResponse
from starlette.types import Receive, Scope, Send

DONE = b"data: [DONE]\n\n"
"""The last event, which is not JSON: OpenAI's clients end at it, Moondream's raise."""

_HEADERS = {
    "Cache-Control": "no-cache",
    "X-Accel-Buffering": "no",  # nginx collects an answer before it passes it on, unless told
}


def event(message: Mapping[str, Any]) -> bytes:
    """Write a message as an event."""
    return f"data: {json.dumps(message, ensure_ascii=False)}\n\n".encode()


class EventStream(StreamingResponse):
    """Sends events as they come; whatever ends it closes what makes them.

    Parameters
    ----------
    events : to send.
    source : what they are made of, where that began before them; closed as well.
    """

    def __init__(
        self, events: AsyncGenerator[bytes, None], source: AsyncGenerator[Any, None] | None = None
    ) -> None:
        super().__init__(_one_by_one(events), headers=_HEADERS, media_type="text/event-stream")
        self._sources = [events, *([] if source is None else [source])]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await super().__call__(scope, receive, send)
        finally:
            for source in self._sources:
                await source.aclose()


async def _one_by_one(events: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """Let the event loop turn after each event.

    That a client has gone is told in a turn of the loop. Events that are there already would all be
    written without one, to nobody, and asyncio warns of that in the log.
    """
    async for each in events:
        yield each
        await asyncio.sleep(0)
