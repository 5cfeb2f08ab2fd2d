"""The engine: owns the device threads, the workers and the sessions."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import secrets
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

import cv2

from rtseg import models
from rtseg.config import Config
from rtseg.engine.devices import Devices
from rtseg.engine.lanes import Pace
from rtseg.engine.memory import keep_freed_memory
from rtseg.engine.observer import Observer
from rtseg.engine.prompts import Routed, check
from rtseg.engine.session import EndReason, Session
from rtseg.engine.session_core import SessionCore
from rtseg.engine.work import Outcome, Work
from rtseg.errors import PeerError
from rtseg.models import Answer, Loader, ModelInfo, Request, Router, Segmenter
from rtseg.models.hardware import choose_device, has_gpu
from rtseg.tracking import Tracker
from rtseg.types import Prompt
from rtseg.wire import Encoder


class Engine:
    """Opens and closes sessions; make it inside a running event loop.

    Parameters
    ----------
    config : all of it.
    store : where weights are.
    load : makes a segmenter from its name; by default out of `store`.
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
        self.store = store or models.Store(catalogue=models.read_catalogue(config.models.catalogue))
        self.observer = observer or Observer()
        self.sessions: dict[str, Session] = {}
        cv2.setNumThreads(config.engine.opencv_threads)
        keep_freed_memory()
        self.router = Router(self.store, has_gpu=config.engine.device != "cpu" and has_gpu())
        self._loaders: dict[str, Loader] = {}
        self._devices = Devices(load or self._load, self._place, self.observer)
        self._workers = ThreadPoolExecutor(
            config.engine.track_threads, thread_name_prefix="rtseg-track"
        )

    def _place(self, model: str) -> str:
        """Return the device of a model: the configured one if the model knows it."""
        entry = self.store.catalogue.entry(model)
        wanted = self.config.engine.device
        if wanted.partition(":")[0] not in entry.devices:
            wanted = "auto"  # the small models know the processor only, whatever the others use
        needs_torch = "torch" in entry.requires
        return choose_device(wanted, entry.devices, model, needs_torch=needs_torch)

    def _load(self, model: str) -> Segmenter:
        device = self._place(model)
        loader = self._loaders.setdefault(device, Loader(self.store, device))
        return loader.load(model)

    async def ready(self) -> list[ModelInfo]:
        """Load the models of the default prompts, and the one that answers touches.

        Raises
        ------
        RtsegError
            A model is missing, corrupt or does not load.
        """
        routes = [self.router.route(Prompt(text)) for text in self.config.models.default_prompts]
        names = [*(route.model for route in routes), self.router.promptable()]
        return [await self._ensure(name) for name in dict.fromkeys(names)]

    async def _ensure(self, model: str) -> ModelInfo:
        return await asyncio.wrap_future(self._devices.ensure(model))

    async def route(self, prompts: Sequence[Prompt]) -> list[Routed]:
        """Find who answers each prompt, and load those that are not loaded.

        Raises
        ------
        PeerError
            A prompt is empty, too long, one of too many, or no model can answer it.
        BackendError
            The model that could answer is missing, corrupt or does not load.
        """
        check(prompts, self.config.session)
        routed = []
        for prompt in prompts:
            route = self.router.route(prompt)
            entry = self.store.catalogue.entry(route.model)
            info = await self._ensure(route.model)
            routed.append(Routed(prompt, route, info, entry))
        return routed

    async def _follower(self) -> ModelInfo | None:
        name = self.router.follower()
        return await self._ensure(name) if name else None

    async def answer(self, model: str, request: Request) -> tuple[Answer, ModelInfo]:
        """Let a model look at one picture, in turn with the sessions that it serves.

        Parameters
        ----------
        model : of the catalogue; loaded now if it has not been.
        request : without a memory.

        Raises
        ------
        RtsegError
            The model is missing, does not load or failed.
        """
        info = await self._ensure(model)
        loop = asyncio.get_running_loop()
        future: asyncio.Future[Outcome] = loop.create_future()

        def done(outcome: Outcome) -> None:
            with contextlib.suppress(RuntimeError):  # the loop has ended, and nobody waits
                loop.call_soon_threadsafe(_settle, future, outcome)

        name = f"picture-{secrets.token_urlsafe(9)}"
        work = Work(name, model, "picture", 0, request, time.time_ns(), done, remembers=False)
        self._devices.offer(work)
        try:
            outcome = await future
        except asyncio.CancelledError:
            self._devices.forget(name)  # the caller is gone: what still waits is not looked at
            raise
        if outcome.error is not None:
            raise outcome.error
        assert outcome.answer is not None  # of the two there is one
        return outcome.answer, info

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
        routed = await self.route(prompts)
        follower = await self._follower()
        if len(self.sessions) >= self.config.server.max_sessions:
            raise PeerError(
                f"all {self.config.server.max_sessions} sessions of this server are taken; "
                "try again in a moment, or raise server.max_sessions",
                code="too_many_sessions",
                status=503,
            )
        bounds = self.config.engine
        look_s = 1 / bounds.max_model_rate_hz if bounds.max_model_rate_hz else 0.0
        new_id = itertools.count(1).__next__
        core = SessionCore(
            Tracker(flow_px=bounds.tracker_px, plate_after=bounds.plate_after_frames),
            Encoder(min_iou=self.config.wire.min_iou),
            new_id,
            follower=follower,
            pace=Pace(
                look_ns=int(look_s * 1e9),
                slow_look_ns=int(bounds.look_interval_s * 1e9),
                hint_ns=int(bounds.follow_interval_s * 1e9),
            ),
            max_objects=self.config.session.max_objects,
        )
        session = Session(
            secrets.token_urlsafe(12),
            core,
            new_id,
            self._devices,
            self._workers,
            self.observer,
            with_timing=with_timing,
        )
        session.follow(routed)
        self.sessions[session.id] = session
        self.observer.sessions(len(self.sessions))
        return session

    async def end(self, session: Session, reason: EndReason, message: str) -> None:
        """Close a session and forget it; may be called twice."""
        if self.sessions.pop(session.id, None) is not None:
            self.observer.sessions(len(self.sessions))
        await session.close(reason, message)

    async def close(self) -> None:
        """End every session, the workers and the device threads; may be called twice."""
        for session in list(self.sessions.values()):
            await self.end(session, EndReason.SERVER_SHUTDOWN, "the server is shutting down")
        self._workers.shutdown(wait=False, cancel_futures=True)
        await asyncio.to_thread(self._devices.close)


def _settle(future: asyncio.Future[Outcome], outcome: Outcome) -> None:
    if not future.done():
        future.set_result(outcome)
