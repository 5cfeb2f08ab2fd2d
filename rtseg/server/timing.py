"""How long requests for single images take: for `/metrics`, and for whoever sent one."""

from __future__ import annotations

import time
from contextvars import ContextVar

from fastapi.routing import APIRoute
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from rtseg.server.metrics import CLIENT_GONE, Metrics

TAGS = frozenset({"images", "chat"})
"""Of the routes that are counted."""

_spent: ContextVar[dict[str, float] | None] = ContextVar("spent", default=None)
"""Seconds in each stage of the request that is in work."""


def spend(stage: str, seconds: float) -> None:
    """Say that the request in work took so long in a stage."""
    if (spent := _spent.get()) is not None:
        spent[stage] = spent.get(stage, 0.0) + seconds


class Timed:
    """ASGI middleware: counts what the routes with one of these tags answer.

    The answer's `Server-Timing` has the stages, in milliseconds, as browsers show them: of a
    stream those before its first byte. A stream counts until its last byte. Labels are the
    application's routes, not what was asked for: nobody can fill `/metrics` with paths.
    """

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self._app = app
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
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
            route = scope.get("route")
            if isinstance(route, APIRoute) and not TAGS.isdisjoint(route.tags):
                self._metrics.image_request(route.path, status, time.perf_counter() - started)
