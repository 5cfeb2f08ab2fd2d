"""Errors in the body that OpenAI's clients read: `{"error": {message, type, param, code}}`.

The status chooses the client's exception, and whether it tries again: 408, 409, 429 and every 5xx
it does, at once or after `Retry-After`; so what would fail again is a 4xx.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any

from fastapi import Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from fastapi.routing import APIRoute
from starlette.exceptions import HTTPException

from rtseg.errors import PeerError, RtsegError
from rtseg.server import errors

_TYPES = {401: "authentication_error", 403: "permission_error", 429: "rate_limit_error"}


class RequestError(PeerError):
    """A chat completion that cannot be answered as it was asked.

    Parameters
    ----------
    message, code, status : as of `PeerError`.
    param : the place in the request's body that is wrong; empty: no single one.
    """

    def __init__(
        self,
        message: str,
        *,
        code: str = "invalid_request",
        status: int = 400,
        param: str = "",
    ) -> None:
        super().__init__(message, code=code, status=status)
        self.param = param


def shown(value: object) -> str:
    """Return what came as it stands in a message."""
    text = repr(value)
    return text if len(text) <= 80 else text[:79] + "…"


def body(message: str, *, kind: str, code: str, param: str = "") -> dict[str, Any]:
    """Return the body of an error."""
    return {"error": {"message": message, "type": kind, "param": param or None, "code": code}}


def explain(error: RtsegError) -> tuple[int, dict[str, Any]]:
    """Return the status and the body of any of our errors."""
    status, code, message = errors.explain(error)
    kind = "server_error" if status >= 500 else _TYPES.get(status, "invalid_request_error")
    param = error.param if isinstance(error, RequestError) else ""
    return status, body(message, kind=kind, code=code, param=param)


class OpenAIRoute(APIRoute):
    """A route whose errors have OpenAI's body, those of its dependencies included."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handle = super().get_route_handler()

        async def handle_in_their_form(request: Request) -> Response:
            try:
                return await handle(request)
            except RtsegError as error:
                status, content = explain(error)
                return JSONResponse(content, status, errors.headers_of(error))
            except RequestValidationError as error:
                first = error.errors()[0]
                is_text = first["type"] == "json_invalid"
                place = "" if is_text else ".".join(str(part) for part in first["loc"][1:])
                return _not_valid(errors.problem_text(first).removeprefix("body."), param=place)
            except HTTPException as error:
                if error.status_code != 400:
                    raise
                return _not_valid(errors.UNREADABLE)

        return handle_in_their_form


def _not_valid(message: str, *, param: str = "") -> Response:
    content = body(
        f"the request is not valid: {message}",
        kind="invalid_request_error",
        code="invalid_request",
        param=param,
    )
    return JSONResponse(content, 400)
