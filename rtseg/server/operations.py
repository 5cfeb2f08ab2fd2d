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


@routes.get("/v1/models", tags=["models"])
async def list_models(manager: Manager) -> dict[str, Any]:
    """What can be asked for, and what is missing to answer it."""
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


@routes.get("/healthz", tags=["operations"])
async def healthz() -> dict[str, str]:
    """The process lives."""
    return {"status": "ok", "version": __version__}


@routes.get("/readyz", tags=["operations"])
async def readyz(manager: Manager) -> JSONResponse:
    """A session would be served."""
    try:
        await manager.engine.ready()
    except BackendError as error:
        return errors.response(error)
    return JSONResponse({"status": "ready"})


@routes.get("/metrics", tags=["operations"], response_class=Response)
async def metrics(manager: Manager) -> Response:
    """Prometheus text."""
    return Response(manager.metrics.text(), media_type="text/plain; version=0.0.4; charset=utf-8")
