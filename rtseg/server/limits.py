"""A bound on request bodies, whatever they say of their own length."""

from __future__ import annotations

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from rtseg.errors import PeerError
from rtseg.server.errors import response


class BodyLimit:
    """ASGI middleware: answers 413 to a body over `max_bytes`, before more of it is read."""

    def __init__(self, app: ASGIApp, max_bytes: int) -> None:
        self._app = app
        self._max_bytes = max_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        declared = dict(scope["headers"]).get(b"content-length", b"0")
        if declared.isdigit() and int(declared) > self._max_bytes:
            await self._refuse(scope, receive, send, int(declared))
            return
        # The body is read here, whole: it is small by definition, and whatever it is handed to
        # then never sees a body that grew past the bound half way.
        chunks: list[bytes] = []
        size = 0
        while True:
            message = await receive()
            if message["type"] != "http.request":
                return
            chunks.append(message.get("body", b""))
            size += len(chunks[-1])
            if size > self._max_bytes:
                await self._refuse(scope, receive, send, size)
                return
            if not message.get("more_body", False):
                break
        whole: Message | None = {"type": "http.request", "body": b"".join(chunks)}

        async def replay() -> Message:
            nonlocal whole
            if whole is not None:
                message, whole = whole, None
                return message
            return await receive()

        await self._app(scope, replay, send)

    async def _refuse(self, scope: Scope, receive: Receive, send: Send, size: int) -> None:
        error = PeerError(
            f"expected a body of at most {self._max_bytes} bytes, got {size} or more",
            code="body_too_large",
            status=413,
        )
        await response(error)(scope, receive, send)
