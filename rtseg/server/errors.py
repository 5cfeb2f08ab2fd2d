"""Every error of the HTTP side in one body: ``{"error": {"code", "message"}}``; and on streams."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from math import ceil
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from rtseg.errors import (
    BackendError,
    ImageError,
    ImageTooLargeError,
    ModelCorruptError,
    ModelMissingError,
    PeerError,
    RtsegError,
    StorageError,
)

logger = logging.getLogger(__name__)

RETRY_AFTER_S = 5

UNREADABLE = "the body cannot be read as JSON; it is nested too deeply, or not JSON at all"


def body(code: str, message: str) -> dict[str, Any]:
    """Give the body that says what went wrong."""
    return {"error": {"code": code, "message": message}}


def problem_text(problem: Mapping[str, Any]) -> str:
    """Say what is wrong with a request, and where: one of a `RequestValidationError`'s errors."""
    place = [str(part) for part in problem["loc"]]
    if problem["type"] == "json_invalid":
        return f"the body is not JSON: {problem['ctx']['error']} at character {place[-1]}"
    return f"{'.'.join(place)}: {problem['msg']}"


def explain(error: RtsegError) -> tuple[int, str, str]:
    """Give (status, code, message) of any of our errors."""
    if isinstance(error, PeerError):
        return error.status, error.code, str(error)
    if isinstance(error, ModelMissingError):
        return 503, "model_missing", str(error)
    if isinstance(error, ModelCorruptError):
        return 503, "model_corrupt", str(error)
    if isinstance(error, BackendError):
        return 503, "model_failed", str(error)
    if isinstance(error, StorageError):
        return 503, "storage_failed", str(error)
    if isinstance(error, ImageTooLargeError):
        return 413, "image_too_large", str(error)
    if isinstance(error, ImageError):
        return 400, "bad_image", str(error)
    return 400, "invalid_request", str(error)


def error_message(error: RtsegError) -> dict[str, Any]:
    """Give an error the form that it has on a stream."""
    _, code, message = explain(error)
    return {"type": "error", "code": code, "message": message}


def response(error: RtsegError) -> JSONResponse:
    """Give the response for any of our errors."""
    status, code, message = explain(error)
    return JSONResponse(body(code, message), status, headers_of(error))


def headers_of(error: RtsegError) -> dict[str, str]:
    """Give the headers that go with an error, whatever its body looks like."""
    status, _, _ = explain(error)
    if status == 401:
        return {"WWW-Authenticate": "Bearer"}
    if status in {429, 503}:
        wait_s = getattr(error, "retry_after_s", None)
        # Whole seconds, rounded up: who waits as long as this is served.
        return {"Retry-After": str(RETRY_AFTER_S if wait_s is None else max(1, ceil(wait_s)))}
    if status == 408:
        return {"Connection": "close"}  # RFC 9110, 15.5.9: the rest of the body is not waited for
    return {}


def unforeseen(error: Exception, what: str) -> PeerError:
    """Log an error that nobody thought of, and give what its caller is told instead."""
    logger.error("%s failed", what, exc_info=error)
    return PeerError(
        "the server ran into something unforeseen; its log has the details",
        code="internal",
        status=500,
    )


def install(app: FastAPI) -> None:
    """Give the application these bodies for its own errors, its framework's and unforeseen ones."""

    @app.exception_handler(RtsegError)
    async def ours(_: Request, error: RtsegError) -> JSONResponse:
        return response(error)

    @app.exception_handler(RequestValidationError)
    async def validation(request: Request, error: RequestValidationError) -> JSONResponse:
        problems = "; ".join(problem_text(problem) for problem in error.errors()[:5])
        if "json" not in request.headers.get("content-type", ""):
            problems += "; a body of JSON is sent with Content-Type: application/json"
        return JSONResponse(body("invalid_request", f"the request is not valid: {problems}"), 400)

    @app.exception_handler(HTTPException)
    async def http(request: Request, error: HTTPException) -> JSONResponse:
        path = request.url.path
        match error.status_code:
            case 404:
                code, message = "not_found", f"nothing is at {path}; /docs shows what there is"
            case 405:
                code = "method_not_allowed"
                message = f"{path} does not take {request.method}; /docs shows what it takes"
            case 400:  # the framework's word for a body that its parser gave up
                code = "invalid_request"
                message = f"the request is not valid: {UNREADABLE}"
            case _:
                code, message = "http_error", str(error.detail)
        return JSONResponse(body(code, message), error.status_code, error.headers)

    @app.exception_handler(Exception)
    async def any_other(request: Request, error: Exception) -> JSONResponse:
        return response(unforeseen(error, f"{request.method} {request.url.path}"))
