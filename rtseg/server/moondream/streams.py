"""The answer in parts: `rtseg.images.streaming`'s messages as Server-Sent Events."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from typing import Any

from rtseg.errors import RtsegError
from rtseg.formats import Outlined
from rtseg.formats.stages import Message
from rtseg.images.answering import joined
from rtseg.images.streaming import Messages
from rtseg.models import Detection
from rtseg.server.errors import body, explain, unforeseen
from rtseg.server.events import DONE, event
from rtseg.server.pictures import Pictures
from rtseg.types import Image, Prompt


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
        objects = (await looking)[:max_objects]
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


async def events(
    first: Message, rest: AsyncGenerator[Message, None]
) -> AsyncGenerator[bytes, None]:
    """Write messages as events; an error among them is the last but one.

    Parameters
    ----------
    first : the first message, which was waited for: what failed before it was an HTTP error.
    rest : the others.
    """
    yield event(first)
    try:
        async for message in rest:
            yield event(message)
    except Exception as error:
        told = error if isinstance(error, RtsegError) else unforeseen(error, "an answer in parts")
        _, code, text = explain(told)
        yield event({"type": "error", **body(code, text), "completed": True})
        # Moondream's clients skip messages of a type that they do not know, and a stream that then
        # ends ends in silence. On a line that is not JSON they raise.
        yield DONE
