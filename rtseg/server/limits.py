"""Bounds on request bodies: on their size, whatever they say of it, and on their time."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Callable
from dataclasses import dataclass

from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from rtseg.errors import PeerError

_SURROGATE = re.compile(rb"\\u[dD][89a-fA-F]")


@dataclass(frozen=True, slots=True)
class Bound:
    """What bodies may be.

    Parameters
    ----------
    max_bytes : of a whole body.
    timeout_s : for a whole body to arrive.
    key : the configuration's key of `max_bytes`, for messages.
    check : raises `PeerError` at requests whose bodies are not worth reading.
    """

    max_bytes: int
    timeout_s: float
    key: str
    check: Callable[[Scope], None] = lambda scope: None


class BodyLimit:
    """ASGI middleware: reads bodies within their bounds before the application sees them.

    Answers 413 to a body that is too large, before more of it is read, 408 to one that does not
    come to its end, and 400 to JSON that is not UTF-8 or has half a character in it.

    Parameters
    ----------
    app : what it stands before.
    bound_of : the bound for a path.
    refusal : the answer to a path that says what was wrong.
    """

    def __init__(
        self,
        app: ASGIApp,
        bound_of: Callable[[str], Bound],
        refusal: Callable[[str, PeerError], Response],
    ) -> None:
        self._app = app
        self._bound_of = bound_of
        self._refusal = refusal

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        bound = self._bound_of(scope["path"])
        try:
            bound.check(scope)
            body = await _read(scope, receive, bound)
            _check_text(body or b"")
        except PeerError as error:
            await self._refusal(scope["path"], error)(scope, receive, send)
            return
        if body is None:
            return
        whole: Message | None = {"type": "http.request", "body": body}

        async def replay() -> Message:
            nonlocal whole
            if whole is not None:
                message, whole = whole, None
                return message
            return await receive()

        await self._app(scope, replay, send)


async def _read(scope: Scope, receive: Receive, bound: Bound) -> bytes | None:
    """Read a body whole, so that what it is handed to never sees one that grows or stalls.

    Returns None where its sender has gone.
    """
    declared = dict(scope["headers"]).get(b"content-length", b"0")
    if declared.isdigit() and int(declared[:20]) > bound.max_bytes:
        raise _too_large(bound, declared[:20].decode())
    chunks: list[bytes] = []
    size = 0
    try:
        async with asyncio.timeout(bound.timeout_s):
            while True:
                message = await receive()
                if message["type"] != "http.request":
                    return None
                chunks.append(message.get("body", b""))
                size += len(chunks[-1])
                if size > bound.max_bytes:
                    raise _too_large(bound, f"{size} or more")
                if not message.get("more_body", False):
                    return b"".join(chunks)
    except TimeoutError:
        raise PeerError(
            f"expected the body whole within {bound.timeout_s:g} s, got {size} bytes of it; "
            "send it again over a faster connection, or raise server.body_timeout_s",
            code="body_too_slow",
            status=408,
        ) from None


def _check_text(body: bytes) -> None:
    """Refuse what JSON can say and no answer could say again: half of a character.

    RFC 8259, section 8.2, warns of them. Labels, names of models and of fields come back in
    answers, and UTF-8 has no form for half of a pair. Other encodings, which section 8.1 forbids
    and Python's `json` reads all the same, could hide one.
    """
    try:
        if b"\0" in body[:4]:  # how `json.detect_encoding` knows UTF-16 and UTF-32
            raise UnicodeError
        if not body.isascii():
            body.decode()
    except UnicodeError:
        raise PeerError(
            "expected JSON in UTF-8, got another encoding, or half of a character in it",
            code="invalid_request",
        ) from None
    if _SURROGATE.search(body) is None:
        return
    try:
        json.dumps(json.loads(body), ensure_ascii=False).encode()
    except UnicodeEncodeError:
        raise PeerError(
            "expected text of whole characters, got half of one: a \\ud800 … \\udfff without its "
            "other half",
            code="invalid_request",
        ) from None
    except (ValueError, RecursionError):  # not JSON: whoever wants JSON says so
        return


def _too_large(bound: Bound, got: str) -> PeerError:
    return PeerError(
        f"expected a body of at most {bound.max_bytes} bytes, got {got}; the bound is {bound.key}",
        code="body_too_large",
        status=413,
    )
