"""The thread that owns a device.

All models of a device are loaded, run and closed on its one thread; nothing else touches them.
Work is offered from any thread and never waits: each session has one place per model and lane,
which holds its newest frame. Sessions and single pictures take turns (`turns.py`), so that none can
starve another. What a model remembers of a session lives here too.
"""

from __future__ import annotations

import gc
import logging
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import replace

from rtseg.engine.observer import Drop, Observer
from rtseg.engine.turns import Turns
from rtseg.engine.work import Outcome, Work
from rtseg.errors import BackendError, RtsegError
from rtseg.models import Answer, Memory, ModelInfo, Request, Segmenter

logger = logging.getLogger(__name__)


class DeviceThread:
    """Runs models for all sessions of one device.

    Parameters
    ----------
    load : makes a segmenter by its catalogue name; called on the thread. Two names may give one
        segmenter.
    observer : told of every run.
    name : of the thread.
    """

    def __init__(
        self, load: Callable[[str], Segmenter], observer: Observer, *, name: str = "rtseg-device"
    ) -> None:
        self._load = load
        self._observer = observer
        self._wake = threading.Condition()
        self._waiting = Turns()
        self._loads: deque[tuple[str, Future[ModelInfo]]] = deque()
        self._segmenters: dict[str, Segmenter] = {}
        self._memories: dict[tuple[str, str], Memory | None] = {}
        self._forgotten: deque[str] = deque()
        self._is_closed = False
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._thread.start()

    def ensure(self, model: str) -> Future[ModelInfo]:
        """Load and warm up a model if that has not been done; the future tells what it is."""
        future: Future[ModelInfo] = Future()
        with self._wake:
            if self._is_closed:
                future.set_exception(BackendError("the device thread is closed"))
            elif segmenter := self._segmenters.get(model):
                future.set_result(segmenter.info)  # at once, whatever the thread is busy with
            else:
                self._loads.append((model, future))
                self._wake.notify()
        return future

    def offer(self, work: Work) -> None:
        """Leave a session's newest frame; an older one of the same session and model goes."""
        with self._wake:
            is_closed = self._is_closed
            replaced = not is_closed and self._waiting.offer(work)
            self._wake.notify()
        if is_closed:
            work.done(_closed(work))
        elif replaced:
            self._observer.dropped(Drop.MODEL_BUSY)

    def shares_processor(self, model: str) -> bool:
        """Say whether a loaded model runs on the processor, where it competes with the trackers."""
        segmenter = self._segmenters.get(model)
        return segmenter is not None and segmenter.info.device == "cpu"

    def forget(self, session_id: str) -> None:
        """Drop whatever of a session is waiting, and what models remember of it."""
        with self._wake:
            self._waiting.forget(session_id)
            self._forgotten.append(session_id)
            self._wake.notify()

    def close(self, timeout_s: float = 10.0) -> None:
        """End the thread after the run in progress, and close its models."""
        with self._wake:
            self._is_closed = True
            waiting = self._waiting.drain()
            self._wake.notify()
        for work in waiting:
            work.done(_closed(work))
        self._thread.join(timeout_s)

    # Everything below runs on the thread.

    def _run(self) -> None:
        while True:
            with self._wake:
                while not (self._is_closed or self._loads or self._waiting or self._forgotten):
                    self._wake.wait()
                if self._is_closed:
                    break
                forgotten = [self._forgotten.popleft() for _ in range(len(self._forgotten))]
                load = self._loads.popleft() if self._loads else None
                batch = [] if load else self._waiting.take(self._max_batch)
            self._close_memories(forgotten)
            if load:
                self._ensure_loaded(*load)
            elif batch:
                self._serve(batch)
        for _, future in self._loads:
            if future.set_running_or_notify_cancel():
                future.set_exception(BackendError("the device thread was closed"))
        self._close_memories([session_id for session_id, _ in self._memories])
        for segmenter in self._segmenters.values():
            segmenter.close()

    def _max_batch(self, model: str) -> int:
        segmenter = self._segmenters.get(model)
        return segmenter.info.max_batch if segmenter else 1

    def _close_memories(self, sessions: Sequence[str]) -> None:
        for key in [key for key in self._memories if key[0] in sessions]:
            memory = self._memories.pop(key)
            if memory is not None:
                memory.close()

    def _with_memory(self, work: Work, segmenter: Segmenter) -> Request:
        if not work.remembers:
            return work.request
        key = (work.session_id, work.model)
        if key not in self._memories:
            self._memories[key] = segmenter.new_memory()
        return replace(work.request, memory=self._memories[key])

    def _ensure_loaded(self, model: str, future: Future[ModelInfo]) -> None:
        if not future.set_running_or_notify_cancel():
            return  # who asked has gone; from here on it cannot be cancelled any more
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
            answers = segmenter.segment([self._with_memory(work, segmenter) for work in batch])
        except Exception as raised:
            error = _as_backend_error(model, raised)
            logger.debug("model %s raised", model, exc_info=True)
            if "memory" in str(raised).lower() or isinstance(raised, MemoryError):
                _give_memory_back()
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


def _closed(work: Work) -> Outcome:
    return Outcome(work.frame_id, None, BackendError("the device thread is closed"), 0.0)


def _give_memory_back() -> None:
    """After a model ran out of memory: what it had reached must not stay reserved."""
    gc.collect()
    if (torch := sys.modules.get("torch")) is not None and torch.cuda.is_available():
        torch.cuda.empty_cache()


def _as_backend_error(model: str, error: Exception) -> RtsegError:
    if isinstance(error, RtsegError):
        return error
    return BackendError(f"model {model!r} failed: {type(error).__name__}: {error}")
