"""The answer in parts: `rtseg.images.streaming`'s messages as Server-Sent Events."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from typing import Any

from fastapi.responses import StreamingResponse
from starlette.types import Receive, Scope, Send

from rtseg.errors import RtsegError
from rtseg.formats import Outlined
from rtseg.images.answering import joined
from rtseg.images.streaming import Message, Messages
from rtseg.models import Detection
from rtseg.server.errors import body, explain
from rtseg.server.pictures import Pictures
from rtseg.types import Image, Prompt

logger = logging.getLogger(__name__)

HEADERS = {
    "Cache-Control": "no-cache",
    "X-Accel-Buffering": "no",  # nginx collects an answer before it passes it on, unless told
}


async def messages(
    pictures: Pictures,
    image: Image,
    prompts: Sequence[Prompt],
    write: Callable[[Sequence[Outlined]], Awaitable[dict[str, Any]]],
    max_objects: int | None,
) -> AsyncGenerator[Message, None]:
    """Make the messages of an answer, each as soon as it is known.

    Closing it lets go of everything that it has asked for.

    Parameters
    ----------
    write : writes the whole answer.
    max_objects : as of the settings.

    Raises
    ------
    RtsegError
        As `Pictures.find`, before the first message or later.
    """
    maker = Messages(prompts)
    told: asyncio.Queue[tuple[Detection, ...] | None] = asyncio.Queue()
    looking = asyncio.create_task(pictures.find(image, prompts, on_boxes=told.put_nowait))
    looking.add_done_callback(lambda _: told.put_nowait(None))
    writing: asyncio.Task[dict[str, Any]] | None = None
    try:
        while (boxes := await told.get()) is not None:
            for message in maker.detected(boxes):
                yield message
        objects = (await looking).objects[:max_objects]
        whole = joined(objects)
        # The coarse outline goes first into the workers' queue, the fine one is made beside it.
        coarse = asyncio.create_task(
            pictures.run(lambda: [] if whole is None else list(maker.outlined(whole)))
        )
        writing = asyncio.ensure_future(write(objects))
        for message in await coarse:
            yield message
        yield maker.final(await writing)
    finally:
        looking.cancel()
        if writing is not None:
            writing.cancel()


class EventStream(StreamingResponse):
    """Sends messages as they come; whatever ends it closes what makes them.

    Parameters
    ----------
    first : the first message, which was waited for: what failed before it was an HTTP error.
    rest : the others.
    """

    def __init__(self, first: Message, rest: AsyncGenerator[Message, None]) -> None:
        super().__init__(_events(first, rest), headers=HEADERS, media_type="text/event-stream")
        self._rest = rest

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await super().__call__(scope, receive, send)
        finally:
            await self._rest.aclose()


async def _events(first: Message, rest: AsyncGenerator[Message, None]) -> AsyncGenerator[str, None]:
    yield _event(first)
    try:
        async for message in rest:
            yield _event(message)
    except RtsegError as error:
        _, code, text = explain(error)
        yield _failed(code, text)
    except Exception:
        logger.exception("an answer in parts failed")
        yield _failed("internal", "the server ran into something unforeseen; its log has it")


def _event(message: Message) -> str:
    return f"data: {json.dumps(message)}\n\n"


def _failed(code: str, text: str) -> str:
    # Moondream's clients skip messages of a type that they do not know, and a stream that then
    # ends ends in silence. On a line that is not JSON they raise.
    return _event({"type": "error", **body(code, text), "completed": True}) + "data: [DONE]\n\n"
