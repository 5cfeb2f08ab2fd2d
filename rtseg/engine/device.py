"""The thread that owns a device.

All models of a device are loaded, run and closed on its one thread; nothing else touches them.
Work is offered from any thread and never waits: each session has one place per model, which holds
its newest frame. Sessions are served in the order in which they began to wait, so none can starve
another, however fast its camera is.
"""

from __future__ import annotations

import logging
import threading
import time
from collections import OrderedDict, deque
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from typing import TypeAlias

from rtseg.engine.observer import Drop, Observer
from rtseg.errors import BackendError, RtsegError
from rtseg.models import Answer, ModelInfo, Request, Segmenter
from rtseg.types import FrameId

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one session's frame; exactly one of `answer` and `error` is there."""

    frame_id: FrameId
    answer: Answer | None
    error: RtsegError | None
    seconds: float


@dataclass(frozen=True, slots=True, eq=False)
class Work:
    """One session's newest frame for one model."""

    session_id: str
    model: str
    frame_id: FrameId
    request: Request
    offered_ns: int
    done: Callable[[Outcome], None]
    """Called on the device thread; must be quick and must not raise."""


_Key: TypeAlias = tuple[str, str]


class DeviceThread:
    """Runs models for all sessions of one device.

    Parameters
    ----------
    load : makes a segmenter by its catalogue name; called on the thread.
    observer : told of every run.
    name : of the thread.
    """

    def __init__(
        self, load: Callable[[str], Segmenter], observer: Observer, *, name: str = "rtseg-device"
    ) -> None:
        self._load = load
        self._observer = observer
        self._wake = threading.Condition()
        self._waiting: OrderedDict[_Key, Work] = OrderedDict()
        self._loads: deque[tuple[str, Future[ModelInfo]]] = deque()
        self._segmenters: dict[str, Segmenter] = {}
        self._is_closed = False
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._thread.start()

    def ensure(self, model: str) -> Future[ModelInfo]:
        """Load and warm up a model if that has not been done; the future tells what it is."""
        future: Future[ModelInfo] = Future()
        with self._wake:
            if self._is_closed:
                future.set_exception(BackendError("the device thread is closed"))
            else:
                self._loads.append((model, future))
                self._wake.notify()
        return future

    def offer(self, work: Work) -> None:
        """Leave a session's newest frame; an older one of the same session and model goes."""
        key = (work.session_id, work.model)
        with self._wake:
            if self._is_closed:
                return
            replaced = key in self._waiting
            self._waiting[key] = work  # a key that is there keeps its place in the order
            self._wake.notify()
        if replaced:
            self._observer.dropped(Drop.MODEL_BUSY)

    def shares_processor(self, model: str) -> bool:
        """Say whether a loaded model runs on the processor, where it competes with the trackers."""
        segmenter = self._segmenters.get(model)
        return segmenter is not None and segmenter.info.device == "cpu"

    def forget(self, session_id: str) -> None:
        """Drop whatever of a session is waiting."""
        with self._wake:
            for key in [key for key in self._waiting if key[0] == session_id]:
                del self._waiting[key]

    def close(self, timeout_s: float = 10.0) -> None:
        """End the thread after the run in progress, and close its models."""
        with self._wake:
            self._is_closed = True
            self._waiting.clear()
            self._wake.notify()
        self._thread.join(timeout_s)

    # Everything below runs on the thread.

    def _run(self) -> None:
        while True:
            with self._wake:
                while not (self._is_closed or self._loads or self._waiting):
                    self._wake.wait()
                if self._is_closed:
                    break
                load = self._loads.popleft() if self._loads else None
                batch = [] if load else self._next_batch()
            if load:
                self._ensure_loaded(*load)
            elif batch:
                self._serve(batch)
        for _, future in self._loads:
            future.set_exception(BackendError("the device thread was closed"))
        for segmenter in self._segmenters.values():
            segmenter.close()

    def _next_batch(self) -> list[Work]:
        """Take the longest waiting work, and others for the same model up to its batch size."""
        _, first = self._waiting.popitem(last=False)
        segmenter = self._segmenters.get(first.model)
        room = segmenter.info.max_batch - 1 if segmenter else 0
        more = [key for key in self._waiting if key[1] == first.model][:room]
        return [first, *(self._waiting.pop(key) for key in more)]

    def _ensure_loaded(self, model: str, future: Future[ModelInfo]) -> None:
        try:
            if model not in self._segmenters:
                segmenter = self._load(model)
                segmenter.warm_up()
                self._segmenters[model] = segmenter
            future.set_result(self._segmenters[model].info)
        except Exception as error:
            future.set_exception(_as_backend_error(model, error))

    def _serve(self, batch: list[Work]) -> None:
        model = batch[0].model
        started_ns = time.perf_counter_ns()
        queued_s = (time.time_ns() - min(work.offered_ns for work in batch)) / 1e9
        answers: list[Answer] = []
        error: RtsegError | None = None
        try:
            segmenter = self._segmenters.get(model)
            if segmenter is None:
                raise BackendError(f"model {model!r} is not loaded")
            answers = segmenter.segment([work.request for work in batch])
        except Exception as raised:
            error = _as_backend_error(model, raised)
            logger.debug("model %s raised", model, exc_info=True)
        if error is not None and len(batch) > 1:
            # One session's frame may be what the model choked on: the others still get theirs.
            for work in batch:
                self._serve([work])
            return
        seconds = (time.perf_counter_ns() - started_ns) / 1e9
        if error is None:
            self._observer.model_run(model, seconds, len(batch), queued_s)
        else:
            self._observer.model_failed(model)
        for index, work in enumerate(batch):
            answer = answers[index] if error is None else None
            work.done(Outcome(work.frame_id, answer, error, seconds))


def _as_backend_error(model: str, error: Exception) -> RtsegError:
    if isinstance(error, RtsegError):
        return error
    return BackendError(f"model {model!r} failed: {type(error).__name__}: {error}")
