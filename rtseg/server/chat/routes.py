"""`/v1/openai/*` and `/v1/health`: what OpenAI's and VLM Run's clients call."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import JSONResponse

from rtseg.server.access import admit
from rtseg.server.chat.answering import answer, stream, understand
from rtseg.server.chat.body import ChatBody
from rtseg.server.chat.choosing import no_such_model
from rtseg.server.chat.errors import OpenAIRoute
from rtseg.server.events import EventStream
from rtseg.server.masks.routes import TheMasks
from rtseg.server.model_names import names_here
from rtseg.server.pictures import ThePictures, hold_place
from rtseg.server.waiting import while_here

routes = APIRouter(tags=["chat"], dependencies=[Depends(admit)], route_class=OpenAIRoute)


@routes.post(
    "/v1/openai/chat/completions",
    summary="Ask in plain words, answered in your schema",
    response_model=None,
    dependencies=[Depends(hold_place)],
)
async def complete(
    body: ChatBody, request: Request, pictures: ThePictures, masks: TheMasks
) -> Response:
    """Outline what the newest message of the user names, and answer in the caller's schema."""
    base_url = str(request.base_url)
    question = await while_here(request, understand(body, pictures))
    if body.stream:
        with_usage = body.stream_options is not None and body.stream_options.include_usage
        return EventStream(stream(question, pictures, masks, base_url, with_usage=with_usage))
    return JSONResponse(await while_here(request, answer(question, pictures, masks, base_url)))


@routes.get("/v1/openai/models", summary="List the models that are here")
async def list_models(pictures: ThePictures) -> dict[str, Any]:
    """What `model` may be: the models that are on this machine, and `auto`."""
    return {"object": "list", "data": [_model(name) for name in names_here(pictures.engine.store)]}


@routes.get("/v1/openai/models/{name:path}", summary="Look up one model")
async def get_model(name: str, pictures: ThePictures) -> dict[str, Any]:
    """One of those that are on this machine, by its name."""
    if name not in names_here(pictures.engine.store):
        raise no_such_model(name, pictures.engine.store)
    return _model(name)


@routes.head("/v1/health", include_in_schema=False)
@routes.get("/v1/health", summary="Check the address and the key")
async def health() -> dict[str, str]:
    """The server answers, and the key is right."""
    return {"status": "ok"}


def _model(name: str) -> dict[str, Any]:
    # A catalogue says nothing of when a model was made, and clients want a number.
    return {"id": name, "object": "model", "created": 0, "owned_by": "rtseg"}
