"""The engine: owns the device thread, the workers and the sessions."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

import cv2

from rtseg import models
from rtseg.config import Config
from rtseg.engine.device import DeviceThread
from rtseg.engine.observer import Observer
from rtseg.engine.session import EndReason, Session
from rtseg.engine.session_core import SessionCore
from rtseg.errors import PeerError
from rtseg.models import ModelInfo, Route, Segmenter
from rtseg.tracking import Tracker
from rtseg.types import Prompt
from rtseg.wire import Encoder


class Engine:
    """Opens and closes sessions; make it inside a running event loop.

    Parameters
    ----------
    config : all of it.
    store : where weights are.
    load : makes a segmenter from its name and a device; by default `rtseg.models.load` with
        `store`.
    observer : told of what happens.
    """

    def __init__(
        self,
        config: Config,
        *,
        store: models.Store | None = None,
        load: Callable[[str], Segmenter] | None = None,
        observer: Observer | None = None,
    ) -> None:
        self.config = config
        self.store = store or models.Store()
        self.observer = observer or Observer()
        self.sessions: dict[str, Session] = {}
        cv2.setNumThreads(config.engine.opencv_threads)
        self._device = DeviceThread(load or self._load, self.observer)
        self._workers = ThreadPoolExecutor(
            config.engine.track_threads, thread_name_prefix="rtseg-track"
        )

    def _load(self, name: str) -> Segmenter:
        return models.load(name, device=self.config.engine.device, store=self.store)

    async def ready(self) -> list[ModelInfo]:
        """Load the models of the default prompts.

        Raises
        ------
        RtsegError
            A model is missing, corrupt or does not load.
        """
        prompts = [Prompt(text) for text in self.config.models.default_prompts]
        routes = [models.route(prompt) for prompt in prompts]
        return [await self._ensure(name) for name in dict.fromkeys(r.model for r in routes)]

    async def _ensure(self, model: str) -> ModelInfo:
        return await asyncio.wrap_future(self._device.ensure(model))

    async def route(self, prompts: Sequence[Prompt]) -> list[tuple[Prompt, Route]]:
        """Find who answers each prompt, and load those that are not loaded.

        Raises
        ------
        PeerError
            A prompt is empty, too long, one of too many, or no model can answer it.
        BackendError
            The model that could answer is missing, corrupt or does not load.
        """
        bounds = self.config.session
        if len(prompts) > bounds.max_prompts:
            raise PeerError(
                f"expected at most {bounds.max_prompts} prompts, got {len(prompts)}",
                code="invalid_request",
            )
        routes = []
        for prompt in prompts:
            if not prompt.text.strip() or len(prompt.text) > bounds.max_text_chars:
                raise PeerError(
                    f"expected a prompt of 1 to {bounds.max_text_chars} characters, "
                    f"got {len(prompt.text)}; say what to outline, such as 'person'",
                    code="invalid_request",
                )
            routes.append((prompt, models.route(prompt)))
        for name in dict.fromkeys(route.model for _, route in routes):
            await self._ensure(name)
        return routes

    async def open(
        self, prompts: Sequence[Prompt] | None = None, *, with_timing: bool = False
    ) -> Session:
        """Open a session that outlines `prompts`, by default those of the configuration.

        Raises
        ------
        PeerError
            As `route`, and when `server.max_sessions` are running.
        BackendError
            As `route`.
        """
        if prompts is None:
            prompts = [Prompt(text) for text in self.config.models.default_prompts]
        routes = await self.route(prompts)
        if len(self.sessions) >= self.config.server.max_sessions:
            raise PeerError(
                f"all {self.config.server.max_sessions} sessions of this server are taken; "
                "try again in a moment, or raise server.max_sessions",
                code="too_many_sessions",
                status=503,
            )
        rate_hz = self.config.engine.max_model_rate_hz
        session = Session(
            secrets.token_urlsafe(12),
            SessionCore(
                Tracker(flow_px=self.config.engine.tracker_px),
                Encoder(min_iou=self.config.wire.min_iou),
            ),
            self._device,
            self._workers,
            self.observer,
            with_timing=with_timing,
            model_interval_s=1 / rate_hz if rate_hz else 0.0,
        )
        session.follow(routes)
        self.sessions[session.id] = session
        self.observer.sessions(len(self.sessions))
        return session

    async def end(self, session: Session, reason: EndReason, message: str) -> None:
        """Close a session and forget it; may be called twice."""
        if self.sessions.pop(session.id, None) is not None:
            self.observer.sessions(len(self.sessions))
        await session.close(reason, message)

    async def close(self) -> None:
        """End every session, the workers and the device thread; may be called twice."""
        for session in list(self.sessions.values()):
            await self.end(session, EndReason.SERVER_SHUTDOWN, "the server is shutting down")
        self._workers.shutdown(wait=False, cancel_futures=True)
        await asyncio.to_thread(self._device.close)
