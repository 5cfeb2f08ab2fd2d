"""The routes of masks and artifacts: docs/images.md."""

from __future__ import annotations

import re
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from fastapi.responses import RedirectResponse, Response

from rtseg.errors import PeerError, RtsegError
from rtseg.server import errors
from rtseg.server.access import admit
from rtseg.server.masks import ranges
from rtseg.server.masks.masks import Kept, Masks
from rtseg.server.masks.names import MEDIA_TYPE

routes = APIRouter(tags=["masks"])

_HEADERS = {
    # The address itself is the permission: no cookie and no key stands behind it. So a page of any
    # origin that has it may read the mask, into a canvas too, which would otherwise be tainted.
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Expose-Headers": "Accept-Ranges, Content-Length, Content-Range, ETag",
    "Cross-Origin-Resource-Policy": "cross-origin",
    "X-Content-Type-Options": "nosniff",
}
_ETAG = re.compile(r'(?:W/)?("[^"]*")')


def masks_of(request: Request) -> Masks:
    """Give the server's masks."""
    masks = request.app.state.masks
    assert isinstance(masks, Masks)
    return masks


TheMasks = Annotated[Masks, Depends(masks_of)]


_PICTURE: dict[int | str, dict[str, Any]] = {
    200: {"content": {MEDIA_TYPE: {}}, "description": "The file"},
    206: {"description": "The part of it that was asked for"},
    304: {"description": "The caller has it already"},
    404: {"description": "Not there, or not any more"},
    416: {"description": "The range begins behind the file's end"},
}


@routes.head("/v1/masks/{name}", include_in_schema=False)
@routes.get(
    "/v1/masks/{name}",
    summary="Download a mask",
    response_class=Response,
    responses=_PICTURE
    | {
        307: {"description": "It lies in a bucket, and this is its address there"},
        403: {"description": "Not an address that was given out, or expired"},
    },
)
async def mask(
    name: str, request: Request, masks: TheMasks, expires: str = "", signature: str = ""
) -> Response:
    """A mask, by the address that an answer named: anybody who has it may open it for a time."""
    try:
        left_s = await masks.check(name, expires, signature)
        elsewhere = await masks.elsewhere(name, method=request.method, lifetime_s=max(1, left_s))
        if elsewhere is not None:
            return RedirectResponse(elsewhere, 307, {**_HEADERS, "Cache-Control": "no-store"})
        kept = await masks.get(name)
        if kept is None:
            raise _gone("this mask is not there any more: it had to make room for newer ones")
    except RtsegError as error:
        refusal = errors.response(error)  # here, so that a page elsewhere can read why
        refusal.headers.update({**_HEADERS, "Cache-Control": "no-store"})
        return refusal
    return _answer(request, kept, {**_HEADERS, "Cache-Control": _cached(left_s)})


@routes.head("/v1/artifacts", include_in_schema=False, dependencies=[Depends(admit)])
@routes.get(
    "/v1/artifacts",
    summary="Download an artifact",
    response_class=Response,
    dependencies=[Depends(admit)],
    responses=_PICTURE,
)
async def artifact(
    request: Request,
    masks: TheMasks,
    session_id: str = "",
    object_id: str = "",
    execution_id: str | None = None,
    filename: str | None = None,
) -> Response:
    """A picture that an answer named by an id (`img_…`), with the id of the answer's session."""
    if execution_id is not None or filename is not None or not (session_id and object_id):
        raise PeerError(
            "expected session_id and object_id, as they were in an answer", code="invalid_request"
        )
    kept = await masks.artifact(session_id, object_id)
    if kept is None:
        raise _gone(f"there is no artifact {object_id[:80]!r} in that session, or not any more")
    response = _answer(
        request, kept, {"Cache-Control": "private, no-cache", "X-Content-Type-Options": "nosniff"}
    )
    # vlmrun 0.9.2 looks headers up by `Content-Type`, in that spelling.
    response.raw_headers = [
        (b"Content-Type" if key == b"content-type" else key, value)
        for key, value in response.raw_headers
    ]
    return response


def _answer(request: Request, kept: Kept, headers: dict[str, str]) -> Response:
    """Answer with a file or a part of it, or say that the caller has it already."""
    etag = f'"{kept.name}"'
    headers |= {"Accept-Ranges": "bytes", "ETag": etag}
    known = request.headers.get("if-none-match")
    if known is not None and (known.strip() == "*" or etag in _ETAG.findall(known)):
        return Response(status_code=304, headers=headers)
    size_bytes = len(kept.content)
    asked = request.headers.get("range") if request.method == "GET" else None  # RFC 9110, 14.2
    if request.headers.get("if-range", etag).strip() != etag:
        asked = None
    try:
        part = ranges.wanted(asked, size_bytes)
    except ranges.NotSatisfiable:
        headers["Content-Range"] = f"bytes */{size_bytes}"
        error = PeerError(
            f"expected a range within {size_bytes} bytes, got {asked}",
            code="range_not_satisfiable",
            status=416,
        )
        refusal = errors.response(error)
        refusal.headers.update(headers)
        return refusal
    if part is None:
        return Response(kept.content, 200, headers, MEDIA_TYPE)
    start, stop = part
    headers["Content-Range"] = f"bytes {start}-{stop - 1}/{size_bytes}"
    return Response(kept.content[start:stop], 206, headers, MEDIA_TYPE)


def _cached(left_s: int) -> str:
    # Private: the address is a secret between whoever asked and whoever they gave it to.
    return f"private, max-age={left_s}, immutable"


def _gone(message: str) -> PeerError:
    return PeerError(message, code="no_such_mask", status=404)
