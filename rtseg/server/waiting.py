"""Waiting for work: only while its client is there, and for several things at once."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

from fastapi import Request

from rtseg.errors import PeerError
from rtseg.server.metrics import CLIENT_GONE

T = TypeVar("T")


async def while_here(request: Request, work: Coroutine[Any, Any, T]) -> T:
    """Do something for a client, and leave off when it hangs up.

    Frameworks let a request without an answer run to its end for nobody: a queue of callers that
    gave up would keep the models busy for those who did not.

    Parameters
    ----------
    request : whose body has been read.

    Raises
    ------
    PeerError
        `client_gone`, status 499 as nginx has it: for the log and the metrics, nobody reads it.
    """
    working = asyncio.ensure_future(work)
    leaving = asyncio.ensure_future(_gone(request))
    try:
        await asyncio.wait({working, leaving}, return_when=asyncio.FIRST_COMPLETED)
        if working.done():
            return working.result()
        raise PeerError("the client hung up", code="client_gone", status=CLIENT_GONE)
    finally:
        for task in (working, leaving):
            task.cancel()
        # What is cancelled lets go of its place at the models before the request ends.
        await asyncio.wait({working, leaving})


async def together(*work: Coroutine[Any, Any, T]) -> list[T]:
    """Do things side by side, and give what each of them comes to.

    The first that fails ends the others, and is all that is told: one request gets one answer.
    """
    try:
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(each) for each in work]
    except BaseExceptionGroup as errors:
        raise errors.exceptions[0] from None
    return [task.result() for task in tasks]


async def _gone(request: Request) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass
