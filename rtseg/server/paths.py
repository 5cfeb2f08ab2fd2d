"""Paths as clients write them."""

from __future__ import annotations

import re

from starlette.types import ASGIApp, Receive, Scope, Send

_SLASHES = re.compile(r"/{2,}")
_SLASHES_RAW = re.compile(rb"/{2,}")


class OneSlash:
    """ASGI middleware: takes `/v1//segment` for `/v1/segment`.

    Clients join an address and a path as texts, and an address that ends in a slash gives two.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and "//" in scope["path"]:
            raw = scope.get("raw_path") or b""
            scope = dict(scope)
            scope["path"] = _SLASHES.sub("/", scope["path"])
            scope["raw_path"] = _SLASHES_RAW.sub(b"/", raw)
        await self._app(scope, receive, send)
