"""The application: every route, and what lives as long as the server."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Callable

from fastapi import FastAPI
from fastapi.middleware.cors import CORSMiddleware

from rtseg import models
from rtseg.config import Config
from rtseg.engine import Engine
from rtseg.errors import RtsegError
from rtseg.models import Segmenter
from rtseg.server import errors, moondream, operations, page, sessions, stream
from rtseg.server.limits import BodyLimit
from rtseg.server.live import LiveManager
from rtseg.server.masks import Masks
from rtseg.server.masks import routes as mask_routes
from rtseg.server.metrics import Metrics
from rtseg.server.paths import OneSlash
from rtseg.server.pictures import Pictures
from rtseg.server.timing import Timed
from rtseg.version import __version__

logger = logging.getLogger(__name__)


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
        Masks should lie in a bucket, and the package for that is not installed.
    """
    metrics = Metrics()
    masks = Masks(config.masks, on_held=metrics.masks)

    @contextlib.asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        engine = Engine(config, store=store, load=load, observer=metrics)
        manager = LiveManager(engine, metrics)
        app.state.manager = manager
        app.state.pictures = Pictures(engine, metrics)
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
            watch.cancel()
            sweep.cancel()
            await manager.close()
            app.state.pictures.close()
            await masks.close()
            await engine.close()

    app = FastAPI(
        title="rtseg",
        version=__version__,
        summary="Live object outlines for any camera: WebRTC in, vector paths out.",
        lifespan=lifespan,
        docs_url=None,
        redoc_url=None,
    )
    app.add_middleware(BodyLimit, max_bytes=config.server.max_body_bytes)
    if config.server.allowed_origins:
        app.add_middleware(
            CORSMiddleware,
            allow_origins=list(config.server.allowed_origins),
            allow_methods=["*"],
            allow_headers=["*"],
        )
    app.add_middleware(Timed, metrics=metrics)
    app.add_middleware(OneSlash)  # the outermost: the others see paths as they are meant
    errors.install(app)
    app.include_router(sessions.routes)
    app.include_router(stream.routes)
    app.include_router(moondream.routes)
    app.include_router(mask_routes.routes)
    app.include_router(operations.routes)
    page.install(app)  # last: it answers whatever path is left
    return app
