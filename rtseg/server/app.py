"""The application: every route, and what lives as long as the server."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Callable

from fastapi import FastAPI
from fastapi.middleware.cors import CORSMiddleware
from fastapi.responses import JSONResponse, Response
from starlette.datastructures import Headers
from starlette.types import Scope

from rtseg import models
from rtseg.config import Config
from rtseg.engine import Engine
from rtseg.errors import PeerError, RtsegError
from rtseg.models import Segmenter
from rtseg.server import chat, errors, moondream, operations, page, sessions, stream
from rtseg.server.access import Access
from rtseg.server.chat import errors as chat_errors
from rtseg.server.intake import Fetcher
from rtseg.server.limits import BodyLimit, Bound
from rtseg.server.live import LiveManager
from rtseg.server.masks import Masks
from rtseg.server.masks import routes as mask_routes
from rtseg.server.metrics import Metrics
from rtseg.server.paths import OneSlash
from rtseg.server.pictures import Pictures
from rtseg.server.timing import Timed
from rtseg.transport.reach import Reach
from rtseg.version import __version__

logger = logging.getLogger(__name__)

_WITH_PICTURES = frozenset(
    {"/v1/segment", "/v1/detect", "/v1/point", "/v1/openai/chat/completions"}
)
"""Routes whose bodies hold pictures: bodies may be large, and what becomes of them is measured."""


_TAGS = {
    "sessions": "Live cameras: video in by WebRTC, outlines out on a WebSocket (docs/http.md).",
    "images": "Single pictures, as Moondream's clients ask (docs/images.md).",
    "chat": "Single pictures, as OpenAI's and VLM Run's clients ask.",
    "masks": "What an answer named by address or id.",
    "models": "What can be asked for.",
    "operations": "How the server is doing (docs/operations.md).",
}
"""Of routes, in the order in which `/docs` shows them."""


def create_app(
    config: Config,
    *,
    store: models.Store | None = None,
    load: Callable[[str], Segmenter] | None = None,
) -> FastAPI:
    """Make the ASGI application.

    Parameters
    ----------
    config : all of it.
    store : where weights are; by default the user's.
    load : makes a segmenter by name, in place of `rtseg.models.load`.

    Raises
    ------
    ConfigError
        A file that the configuration names, of keys or of certificates, is not there or not what
        it should be; cameras cannot be reached as it says (section `transport`); or masks should
        lie in a bucket, and the package for that is not installed.
    """
    metrics = Metrics()
    access = Access.of(config.api)
    masks = Masks(config.masks, on_held=metrics.masks)
    fetcher = Fetcher(config.api)
    reach = Reach.of(config.transport, cameras=config.server.max_sessions)

    @contextlib.asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        engine = Engine(config, store=store, load=load, observer=metrics)
        manager = LiveManager(engine, metrics, reach)
        app.state.manager = manager
        app.state.pictures = Pictures(engine, fetcher, metrics)
        app.state.masks = masks
        try:
            await engine.ready()
        except RtsegError as error:
            logger.error("%s", error)  # told by /readyz and to every session, until it is mended
        watch = asyncio.create_task(manager.watch(), name="watch peers")
        sweep = asyncio.create_task(masks.sweep(), name="sweep masks")
        try:
            yield
        finally:
            for task in (watch, sweep):
                task.cancel()
            await asyncio.gather(watch, sweep, return_exceptions=True)
            await manager.close()
            app.state.pictures.close()
            await masks.close()
            await engine.close()

    app = FastAPI(
        title="rtseg",
        version=__version__,
        summary="Object outlines for live cameras and single pictures, as vector paths.",
        lifespan=lifespan,
        openapi_tags=[{"name": name, "description": text} for name, text in _TAGS.items()],
        docs_url=None,
        redoc_url=None,
    )
    app.state.access = access
    app.add_middleware(BodyLimit, bound_of=_bounds(config, access), refusal=_refusal)
    if config.server.allowed_origins:
        app.add_middleware(
            CORSMiddleware,
            allow_origins=list(config.server.allowed_origins),
            allow_methods=["*"],
            allow_headers=["*"],
        )
    app.add_middleware(Timed, metrics=metrics, paths=_WITH_PICTURES)
    app.add_middleware(OneSlash)  # the outermost: the others see paths as they are meant
    errors.install(app)
    app.include_router(sessions.routes)
    app.include_router(stream.routes)
    app.include_router(moondream.routes)
    app.include_router(mask_routes.routes)
    app.include_router(chat.routes)
    app.include_router(operations.routes)
    page.install(app)  # last: it answers whatever path is left
    return app


def _bounds(config: Config, access: Access) -> Callable[[str], Bound]:
    """Say what request bodies may be, by path."""

    def check(scope: Scope) -> None:
        # Routes check it too. But a body with a picture is not even read from just anybody.
        access.caller(Headers(scope=scope), scope["client"][0] if scope.get("client") else "")

    timeout_s = config.server.body_timeout_s
    small = Bound(config.server.max_body_bytes, timeout_s, "server.max_body_bytes")
    large = Bound(config.api.max_body_bytes, timeout_s, "api.max_body_bytes", check)
    return lambda path: large if path.rstrip("/") in _WITH_PICTURES else small


def _refusal(path: str, error: PeerError) -> Response:
    """Answer before any route does, in the form that the path's clients read."""
    if not path.startswith("/v1/openai/"):
        return errors.response(error)
    status, content = chat_errors.explain(error)
    return JSONResponse(content, status, errors.headers_of(error))
