"""`/v1/openai/*` and `/v1/health`: what OpenAI's and VLM Run's clients call."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import JSONResponse, StreamingResponse

from rtseg.models import Store
from rtseg.models.availability import is_available
from rtseg.server.access import admit
from rtseg.server.chat.answering import answer, stream, understand
from rtseg.server.chat.body import ChatBody
from rtseg.server.chat.errors import OpenAIRoute, RequestError
from rtseg.server.masks import Masks
from rtseg.server.pictures import ThePictures, in_turn
from rtseg.server.presence import while_here

routes = APIRouter(tags=["chat"], dependencies=[Depends(admit)], route_class=OpenAIRoute)


@routes.post("/v1/openai/chat/completions", response_model=None, dependencies=[Depends(in_turn)])
async def complete(body: ChatBody, request: Request, pictures: ThePictures) -> Response:
    """Outline what the newest message of the user names, and answer in the caller's schema."""
    masks: Masks = request.app.state.masks
    base_url = str(request.base_url)
    question = await understand(body, pictures)
    if body.stream:
        with_usage = body.stream_options is not None and body.stream_options.include_usage
        return StreamingResponse(
            stream(question, pictures, masks, base_url, with_usage=with_usage),
            media_type="text/event-stream",
            headers={"Cache-Control": "no-cache", "X-Accel-Buffering": "no"},
        )
    return JSONResponse(await while_here(request, answer(question, pictures, masks, base_url)))


@routes.get("/v1/openai/models")
async def list_models(pictures: ThePictures) -> dict[str, Any]:
    """What `model` may be: the models that are on this machine, and `auto`."""
    return {"object": "list", "data": [_model(name) for name in _names(pictures.engine.store)]}


@routes.get("/v1/openai/models/{name:path}")
async def get_model(name: str, pictures: ThePictures) -> dict[str, Any]:
    """One of them."""
    names = _names(pictures.engine.store)
    if name not in names:
        raise RequestError(
            f"no model here is called {name[:80]!r}; there is: {', '.join(names)}",
            code="model_not_found",
            status=404,
            param="model",
        )
    return _model(name)


@routes.get("/v1/health")
async def health() -> dict[str, str]:
    """The server answers, and the key is right."""
    return {"status": "ok"}


def _names(store: Store) -> list[str]:
    return ["auto", *(entry.name for entry in store.catalogue if is_available(entry, store))]


def _model(name: str) -> dict[str, Any]:
    # A catalogue says nothing of when a model was made, and clients want a number.
    return {"id": name, "object": "model", "created": 0, "owned_by": "rtseg"}
