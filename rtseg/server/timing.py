"""How long requests for single images take, by route and status."""

from __future__ import annotations

import time

from fastapi.routing import APIRoute
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from rtseg.server.metrics import CLIENT_GONE, Metrics

TAGS = frozenset({"images", "chat"})
"""Of the routes that are counted."""


class Timed:
    """ASGI middleware: counts what the routes with one of these tags answer.

    A stream counts until its last byte. Labels are the application's routes, not what was asked
    for: nobody can fill `/metrics` with paths.
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

        async def watched(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self._app(scope, receive, watched)
        finally:
            route = scope.get("route")
            if isinstance(route, APIRoute) and not TAGS.isdisjoint(route.tags):
                self._metrics.image_request(route.path, status, time.perf_counter() - started)
