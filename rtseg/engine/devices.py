"""All devices of this machine that models run on: one thread for each."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future

from rtseg.engine.device import DeviceThread
from rtseg.engine.observer import Observer
from rtseg.engine.work import Work
from rtseg.models import ModelInfo, Segmenter


class Devices:
    """Sends each model's work to the thread of its device. Methods may be called from any thread.

    Parameters
    ----------
    load : makes a segmenter from its name in the catalogue; called on the device's thread.
    place : the device of a model, `"cpu"` or `"cuda:0"`; may raise `RtsegError`.
    observer : told of every run.
    """

    def __init__(
        self,
        load: Callable[[str], Segmenter],
        place: Callable[[str], str],
        observer: Observer,
    ) -> None:
        self._load = load
        self._place = place
        self._observer = observer
        self._threads: dict[str, DeviceThread] = {}
        self._of_model: dict[str, DeviceThread] = {}
        self._lock = threading.Lock()

    def ensure(self, model: str) -> Future[ModelInfo]:
        """Load and warm up a model if that has not been done; the future tells what it is.

        Raises
        ------
        RtsegError
            From `place`.
        """
        device = self._place(model)
        with self._lock:
            thread = self._threads.get(device)
            if thread is None:
                thread = self._threads[device] = DeviceThread(
                    self._load, self._observer, name=f"rtseg-{device.replace(':', '')}"
                )
            self._of_model[model] = thread
        return thread.ensure(model)

    def offer(self, work: Work) -> None:
        """Leave a session's frame with a model that was ensured."""
        self._of_model[work.model].offer(work)

    def shares_processor(self, model: str) -> bool:
        """Say whether a loaded model runs on the processor, where it competes with the trackers."""
        return self._of_model[model].shares_processor(model)

    def forget(self, session_id: str) -> None:
        """Drop whatever of a session is waiting, and what models remember of it."""
        for thread in list(self._threads.values()):
            thread.forget(session_id)

    def close(self, timeout_s: float = 10.0) -> None:
        """End all threads after the runs in progress, and close their models."""
        for thread in list(self._threads.values()):
            thread.close(timeout_s)
