"""`POST /v1/segment`, `/v1/detect` and `/v1/point`: docs/images.md."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import partial
from typing import Annotated, Any
from urllib.parse import quote

from fastapi import APIRouter, Body, Depends, Request, Response
from fastapi.responses import JSONResponse

from rtseg.errors import PeerError, UsageError
from rtseg.formats import Outlined, bbox_record
from rtseg.formats.exporting import FORMATS, Picture, export
from rtseg.geometry import inmost
from rtseg.server.access import admit
from rtseg.server.events import EventStream
from rtseg.server.moondream import answers
from rtseg.server.moondream.bodies import AskBody, SegmentBody
from rtseg.server.moondream.streams import events, messages
from rtseg.server.moondream.writing import write
from rtseg.server.pictures import Pictures, ThePictures, hold_place
from rtseg.server.waiting import while_here
from rtseg.types import Image, Prompt

routes = APIRouter(prefix="/v1", tags=["images"])
_guarded = [Depends(admit), Depends(hold_place)]


@routes.post(
    "/segment",
    summary="Outline something in a picture",
    dependencies=_guarded,
    response_class=JSONResponse,
    responses=answers.SEGMENT_RESPONSES,
)
async def segment(
    request: Request,
    body: Annotated[SegmentBody, Body(openapi_examples=answers.SEGMENT_EXAMPLES)],
    pictures: ThePictures,
) -> Response:
    """A smooth path and a box; the exact mask or a file where asked for; in parts as it is made."""
    prompts = _asked(body, pictures)
    _check_format(body)
    return await while_here(request, _segment(request, body, prompts, pictures))


async def _segment(
    request: Request, body: SegmentBody, prompts: Sequence[Prompt], pictures: Pictures
) -> Response:
    image = await pictures.open(body.image_url)
    tell = partial(write, request, pictures, words=body.words, mask=body.mask)
    if body.stream:
        parts = messages(pictures, image, prompts, tell, body.max_objects)
        return EventStream(events(await anext(parts), parts), parts)
    objects = (await pictures.find(image, prompts))[: body.max_objects]
    if body.format is not None:
        return await _file(pictures, image, objects, body)
    return JSONResponse(await tell(objects))


@routes.post(
    "/detect",
    summary="Find the boxes of all such things",
    dependencies=_guarded,
    response_class=JSONResponse,
    responses={200: {"model": answers.DetectAnswer}, **answers.ERRORS},
)
async def detect(
    request: Request,
    body: Annotated[AskBody, Body(openapi_examples=answers.WORD_EXAMPLES)],
    pictures: ThePictures,
) -> Response:
    """Put a box around each thing that words name."""
    prompts = _asked(body, pictures)

    async def answer() -> Response:
        found = await pictures.detect(await pictures.open(body.image_url), prompts)
        objects = [
            {
                **bbox_record((one.box.x_min, one.box.y_min, one.box.x_max, one.box.y_max), (1, 1)),
                "label": one.label,
                "score": round(one.score, 4),
            }
            for one in found[: body.max_objects]
        ]
        return JSONResponse({"objects": objects})

    return await while_here(request, answer())


@routes.post(
    "/point",
    summary="Find a place on each of all such things",
    dependencies=_guarded,
    response_class=JSONResponse,
    responses={200: {"model": answers.PointAnswer}, **answers.ERRORS},
)
async def point(
    request: Request,
    body: Annotated[AskBody, Body(openapi_examples=answers.WORD_EXAMPLES)],
    pictures: ThePictures,
) -> Response:
    """Point at each thing that words name: the place on it that is furthest from its edge."""
    prompts = _asked(body, pictures)

    async def answer() -> Response:
        image = await pictures.open(body.image_url)
        objects = (await pictures.find(image, prompts))[: body.max_objects]
        with pictures.stage("outline"):
            points = await pictures.run(lambda: [_point_on(one) for one in objects])
        return JSONResponse({"points": points})

    return await while_here(request, answer())


@routes.post("/query", include_in_schema=False)
@routes.post("/caption", include_in_schema=False)
@routes.post("/chat/completions", include_in_schema=False)
async def talk(request: Request) -> None:
    """Say what rtseg does instead of what the service's language model does."""
    raise PeerError(
        f"{request.url.path} wants a model that talks, and rtseg outlines: POST /v1/segment, "
        "/v1/detect and /v1/point are here; a request in plain words for masks in a schema goes to "
        "/v1/openai/chat/completions",
        code="not_offered",
        status=501,
    )


def _asked(body: AskBody, pictures: Pictures) -> tuple[Prompt, ...]:
    prompts = body.asked(pictures.catalogue)
    pictures.check(prompts)
    return prompts


def _check_format(body: SegmentBody) -> None:
    """Refuse a format that there is not, before anything is looked at."""
    if body.format is None:
        return
    if body.format not in FORMATS:
        raise UsageError(
            f"format: no format is called {body.format[:80]!r}; there is: {', '.join(FORMATS)}"
        )
    if body.stream:
        raise UsageError("format: a file does not come in parts; leave out stream or format")


async def _file(
    pictures: Pictures, image: Image, objects: Sequence[Outlined], body: SegmentBody
) -> Response:
    name = re.sub(r"[^\w-]+", "-", body.words).strip("-")[:60] or "outline"
    with pictures.stage("outline"):
        made = await pictures.run(export, body.format or "", Picture(name, image, objects))
    # Six formats end in .json or .png: side by side in a folder they have names of their own.
    kind = "" if made.suffix == f".{body.format}" else f"-{body.format}"
    file = f"{name}{kind}{made.suffix}"
    plain = file.encode("ascii", "replace").decode().replace("?", "_")
    # RFC 6266: the second is for names that are not ASCII.
    disposition = f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(file)}"
    headers = {"Content-Disposition": disposition}
    return Response(made.content, headers=headers, media_type=made.media_type)


def _point_on(one: Outlined) -> dict[str, Any]:
    height, width = one.mask.shape
    x, y = inmost(one.mask)
    return {
        "x": round(x / width, 6),
        "y": round(y / height, 6),
        "label": one.label,
        "score": round(one.score, 4),
    }
