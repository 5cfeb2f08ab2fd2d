"""The routes that say what the server has and how it is doing."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Response
from fastapi.responses import JSONResponse

from rtseg.errors import BackendError
from rtseg.server import errors
from rtseg.server.sessions import Manager
from rtseg.version import __version__

routes = APIRouter()


@routes.head("/v1/models", include_in_schema=False)
@routes.get("/v1/models", tags=["models"], summary="List what can be asked for")
async def list_models(manager: Manager) -> dict[str, Any]:
    """Models with the words that they know, and how to get what is missing to run them."""
    engine = manager.engine
    return {
        "models": [
            {
                "name": entry.name,
                "title": entry.title,
                "labels": list(entry.labels),
                "takes": sorted(entry.takes - {"mask"}),
                "open_vocabulary": entry.open_vocabulary,
                "speed": entry.speed,
                "licence": entry.licence,
                "state": engine.store.state(entry.name).value,
                "get": entry.pull_command,
            }
            for entry in engine.store.catalogue
        ],
        "default_prompts": [{"text": text} for text in engine.config.models.default_prompts],
    }


@routes.head("/healthz", include_in_schema=False)
@routes.get("/healthz", tags=["operations"], summary="Does the process live?")
async def healthz() -> dict[str, str]:
    """Answers as long as it does; whether models are here says `/readyz`."""
    return {"status": "ok", "version": __version__}


@routes.head("/readyz", include_in_schema=False)
@routes.get("/readyz", tags=["operations"], summary="Would a session be served?")
async def readyz(manager: Manager) -> JSONResponse:
    """503 with the reason, and what to do about it, where it would not."""
    try:
        await manager.engine.ready()
    except BackendError as error:
        return errors.response(error)
    return JSONResponse({"status": "ready"})


@routes.head("/metrics", include_in_schema=False)
@routes.get(
    "/metrics", tags=["operations"], summary="Metrics for Prometheus", response_class=Response
)
async def metrics(manager: Manager) -> Response:
    """Counters and times since the start, in Prometheus' text format."""
    return Response(manager.metrics.text(), media_type="text/plain; version=0.0.4; charset=utf-8")
