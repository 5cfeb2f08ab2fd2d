"""How long requests for single images take: for `/metrics`, and for whoever sent one."""

from __future__ import annotations

import time
from collections.abc import Collection
from contextvars import ContextVar

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from rtseg.server.metrics import CLIENT_GONE, Metrics

_spent: ContextVar[dict[str, float] | None] = ContextVar("spent", default=None)
"""Seconds in each stage of the request that is in work."""


def spend(stage: str, seconds: float) -> None:
    """Say that the request in work took so long in a stage."""
    if (spent := _spent.get()) is not None:
        spent[stage] = spent.get(stage, 0.0) + seconds


class Timed:
    """ASGI middleware: counts and times what is asked for single images.

    The answer's `Server-Timing` has the stages, in milliseconds, as browsers show them: of a
    stream those before its first byte. A stream counts until its last byte.

    Parameters
    ----------
    app : what it stands before.
    metrics : told of each request.
    paths : that are counted, also where a request is refused before it comes to its route. No
        other: nobody can fill `/metrics` with paths of their own.
    """

    def __init__(self, app: ASGIApp, metrics: Metrics, paths: Collection[str]) -> None:
        self._app = app
        self._metrics = metrics
        self._paths = paths

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"] not in self._paths:
            await self._app(scope, receive, send)
            return
        started = time.perf_counter()
        status = CLIENT_GONE
        spent: dict[str, float] = {}
        _spent.set(spent)

        async def watched(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                if spent:
                    stages = spent | {"total": time.perf_counter() - started}
                    timing = ", ".join(f"{name};dur={1e3 * s:.2f}" for name, s in stages.items())
                    headers = [*message.get("headers", []), (b"server-timing", timing.encode())]
                    message = {**message, "headers": headers}
            await send(message)

        try:
            await self._app(scope, receive, watched)
        finally:
            self._metrics.image_request(scope["path"], status, time.perf_counter() - started)
