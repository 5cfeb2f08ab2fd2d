"""One camera: the shell around `SessionCore`.

::

    offer(frame) ─▶ slot ─▶ worker: step ─▶ outline ─▶ pack ─▶ every outbox
                                     │                             │ it is on its way
                                     ▼ touched or newest frame     ▼
                              device threads ◀───────────────── worker: settle
                                     └─▶ late ─▶ worker: what models said

The event loop only moves references. One thing of a session is in work at a time: a frame, or what
a model said of an earlier one. While it is, the slot holds the newest of the frames that came
since. What models said is taken between frames, as soon as it comes, so that a frame finds the
tracker set right already and its outline does not wait for that; where both wait, they take turns.
What a frame leaves to be learned for later ones is done when its outline has been sent.
"""

from __future__ import annotations

import asyncio
import enum
import json
import logging
import time
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Executor
from dataclasses import asdict, dataclass, replace
from functools import partial
from typing import Any, TypeVar

from rtseg.engine.devices import Devices
from rtseg.engine.failures import Failures
from rtseg.engine.history import FrameHistory
from rtseg.engine.lanes import Ask, Lane
from rtseg.engine.observer import Drop, Observer
from rtseg.engine.outbox import Outbox
from rtseg.engine.prompts import Routed, Wanted, merge
from rtseg.engine.session_core import SessionCore
from rtseg.engine.slot import Slot
from rtseg.engine.streams import Streams
from rtseg.engine.work import Outcome, Work
from rtseg.errors import RtsegError
from rtseg.models import Detection
from rtseg.tracking import TrackState
from rtseg.types import Frame, FrameId, TrackId
from rtseg.wire import Timing

logger = logging.getLogger(__name__)

R = TypeVar("R")

_Said = Outcome | tuple[Detection, ...]
"""What a model said of a frame: how a run ended, or before that where it has found things."""


class EndReason(enum.StrEnum):
    """Why a session ended."""

    CLOSED = "closed"
    PEER_GONE = "peer_gone"
    SERVER_SHUTDOWN = "server_shutdown"
    FAILED = "failed"


@dataclass(slots=True)
class Counts:
    """Frames of one session, since it began."""

    received: int = 0
    tracked: int = 0
    model_runs: int = 0
    replaced_before_tracker: int = 0

    def as_json(self) -> dict[str, int]:
        """The form that clients see."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class _Told:
    """A frame that is ready to be sent.

    Parameters
    ----------
    frame_id : the camera frame.
    packets : for each stream that was open when it was written.
    oldest_ms : age of the oldest evidence in it; None without objects.
    states : of its objects.
    asks : what models on this processor are to look at when it has been sent.
    """

    frame_id: FrameId
    packets: dict[Outbox, tuple[bytes, ...]]
    oldest_ms: int | None
    states: tuple[TrackState, ...]
    asks: tuple[Ask, ...]


class Session:
    """Takes frames, gives packets.

    Methods are for the event loop's thread, save those whose names or docstrings say otherwise.

    Parameters
    ----------
    session_id : unguessable name.
    core : this session's own.
    new_id : the core's giver of track ids.
    devices : where its models run.
    workers : where pixels are converted and the tracker runs.
    observer : told of every frame.
    with_timing : put the timing record in every packet.
    """

    def __init__(
        self,
        session_id: str,
        core: SessionCore,
        new_id: Callable[[], TrackId],
        devices: Devices,
        workers: Executor,
        observer: Observer,
        *,
        with_timing: bool = False,
    ) -> None:
        self.id = session_id
        self.counts = Counts()
        self.opened_ns = time.monotonic_ns()
        self.last_frame_ns: int | None = None
        self._core = core
        self._new_id = new_id
        self._devices = devices
        self._workers = workers
        self._observer = observer
        self._with_timing = with_timing
        self._slot: Slot[Frame] = Slot()
        self._frames = FrameHistory()
        self._late: deque[tuple[Ask, _Said]] = deque()
        self._wanted: tuple[Wanted, ...] = ()
        self._objects: dict[str, tuple[TrackId, ...]] = {}
        self._streams = Streams(observer)
        self._model_us = 0
        self._failures = Failures()
        self._job: asyncio.Future[Any] | None = None
        self._ended: EndReason | None = None
        self._loop = asyncio.get_running_loop()
        self._task = asyncio.create_task(self._work(), name=f"session {session_id}")

    # Prompts.

    @property
    def wanted(self) -> tuple[Wanted, ...]:
        """The prompts that are followed now."""
        return self._wanted

    def follow(self, routed: Sequence[Routed]) -> None:
        """Outline these from now on, and tell every stream; see `prompts.merge` for what stays."""
        self._wanted = merge(self._wanted, routed, self._new_id)
        for key in self._objects.keys() - {wanted.key for wanted in self._wanted}:
            del self._objects[key]
        self._streams.tell({"type": "prompts", "prompts": self.prompts_json()})

    def prompts_json(self) -> list[dict[str, Any]]:
        """The prompts as clients see them."""
        return [
            wanted.as_json(
                self._objects.get(wanted.key, ()) if wanted.track_id is None else (wanted.track_id,)
            )
            for wanted in self._wanted
        ]

    def _objects_are(self, objects: dict[str, tuple[TrackId, ...]]) -> None:
        """Tell every stream when words have other objects than before."""
        objects = {w.key: objects[w.key] for w in self._wanted if w.key in objects}
        if objects != self._objects and self._ended is None:
            self._objects = objects
            self._streams.tell({"type": "prompts", "prompts": self.prompts_json()})

    # Frames in.

    def offer(self, frame: Frame) -> None:
        """Leave the newest camera frame. Never waits."""
        if self._ended is not None:
            return
        self.counts.received += 1
        self.last_frame_ns = time.monotonic_ns()
        self._observer.frame_in()
        if self._slot.put(frame):
            self.counts.replaced_before_tracker += 1
            self._observer.dropped(Drop.TRACKER_BUSY)

    def sender_report(self, rtp: int, ntp: int) -> None:
        """Pass on what joins the camera's RTP time to its clock."""
        self._streams.sender_report(rtp, ntp)

    # Packets out.

    def subscribe(self, *, is_reliable: bool = True) -> Outbox:
        """Open a stream of this session's messages; `unsubscribe` it at its end.

        Parameters
        ----------
        is_reliable : whether all that is taken arrives, in its order. If not, its reader says with
            `acknowledge` what did.
        """
        outbox = self._streams.open(self.hello(), is_reliable=is_reliable)
        if self._ended is not None:
            self._streams.close(outbox)
        return outbox

    def hello(self) -> str:
        """Return the first message of every stream: all that a page has to know."""
        return json.dumps({"type": "hello", "session": self.id, "prompts": self.prompts_json()})

    def acknowledge(self, outbox: Outbox, frame_id: FrameId) -> None:
        """Take that the reader of a stream has a frame, which others may then build upon."""
        self._streams.acknowledge(outbox, frame_id)

    def unsubscribe(self, outbox: Outbox) -> None:
        """Forget a stream; may be called twice."""
        self._streams.close(outbox)

    @property
    def stream_count(self) -> int:
        """How many streams watch this session."""
        return len(self._streams)

    def age_s(self) -> float:
        """How long the session has been open, seconds."""
        return (time.monotonic_ns() - self.opened_ns) / 1e9

    @property
    def ended(self) -> EndReason | None:
        """Why the session ended; None while it runs."""
        return self._ended

    async def close(self, reason: EndReason, message: str) -> None:
        """End the session and give back everything it holds; may be called twice."""
        if self._ended is not None:
            return
        self._ended = reason
        self._task.cancel()
        self._streams.tell({"type": "end", "reason": reason.value, "message": message})
        self._streams.close_all()
        await asyncio.gather(self._task, return_exceptions=True)
        if self._job is not None:  # cancelling did not stop the worker: it may still offer a frame
            await asyncio.wait([self._job])
        self._devices.forget(self.id)
        self._observer.session_ended(reason.value)

    def _publish(self, frame: _Told) -> None:
        self.counts.tracked += 1
        self._observer.frame_out(frame.oldest_ms)
        self._observer.tracked(frame.states)
        self._streams.publish(frame.frame_id, frame.packets)

    # The loop.

    async def _work(self) -> None:
        while True:
            if not self._late:
                await self._slot.wait()
            frame = self._slot.take_nowait()
            if frame is not None:
                await self._advance(frame)
            if self._late:
                await self._take_answer()

    async def _advance(self, frame: Frame) -> None:
        """Let a frame through, and send what came of it."""
        try:
            told = await self._on_worker(partial(self._advance_on_worker, frame, self._wanted))
        except Exception as error:
            # One frame is lost, not the session: the next one starts afresh.
            logger.exception("session %s: frame %d failed", self.id, frame.frame_id)
            self._observer.dropped(Drop.FRAME_FAILED)
            self._report_failure("frame_failed", f"{type(error).__name__}: {error}")
            return
        self._objects_are(self._core.objects())
        for code, message, key in self._core.problems():
            self._streams.tell({"type": "error", "code": code, "message": message, "prompt": key})
        self._publish(told)
        await asyncio.sleep(0)  # streams send now, before a worker wants the interpreter again
        try:
            await self._on_worker(partial(self._settle_on_worker, told.asks))
        except Exception as error:
            logger.exception("session %s: after frame %d", self.id, frame.frame_id)
            self._report_failure("frame_failed", f"{type(error).__name__}: {error}")
        else:
            self._failures.ends("frame_failed")

    async def _take_answer(self) -> None:
        """Give the core the oldest of what models said; the rest waits until a frame had its turn.

        No more can wait than models are asked at once: a lane asks anew when the core has heard
        what became of its last question.
        """
        ask, outcome = self._late.popleft()
        try:
            await self._on_worker(partial(self._take_on_worker, ask, outcome))
        except Exception as error:
            logger.exception("session %s: an answer of %s failed", self.id, ask.model)
            self._report_failure("frame_failed", f"{type(error).__name__}: {error}", ask.model)
        else:
            self._failures.ends("frame_failed", ask.model)

    async def _on_worker(self, work: Callable[[], R]) -> R:
        """Run something on a worker; `close` waits for it."""
        job = self._loop.run_in_executor(self._workers, work)
        self._job = job
        return await asyncio.shield(job)

    def _advance_on_worker(self, frame: Frame, wanted: tuple[Wanted, ...]) -> _Told:
        """One frame through the session."""
        taken_ns = time.time_ns()
        self._core.follow(wanted)
        image = frame.pixels()
        self._frames.put(frame)
        masks = self._core.step(frame.frame_id, image)
        asks = list(
            self._core.asks(
                frame,
                image,
                self._frames,
                time.monotonic_ns(),
                is_behind=not self._slot.is_empty,
            )
        )
        here = {ask.model for ask in asks if self._devices.shares_processor(ask.model)}
        self._offer(ask for ask in asks if ask.model not in here)
        tracked_ns = time.time_ns()
        outlines = self._core.outline(masks)
        outlined_ns = time.time_ns()
        timing = Timing(
            handed_us=frame.handed_ns // 1000,
            decode_us=_us(frame.handed_ns, frame.decoded_ns),
            wait_us=_us(frame.decoded_ns, taken_ns),
            track_us=_us(taken_ns, tracked_ns),
            path_us=_us(tracked_ns, outlined_ns),
            model_us=self._model_us,
        )

        def timing_at_the_end() -> Timing:
            return replace(timing, encode_us=_us(outlined_ns, time.time_ns()))

        writer = self._core.pack(
            frame.frame_id,
            (frame.height_px, frame.width_px),
            outlines,
            timing_at_the_end if self._with_timing else None,
        )
        # What each reader has is asked as late as can be. That it has a newer frame before this one
        # is sent does not matter: it keeps those before.
        packets = self._streams.written(writer)
        for stage, took_us in (
            ("decode", timing.decode_us),
            ("wait", timing.wait_us),
            ("track", timing.track_us),
            ("path", timing.path_us),
            ("encode", _us(outlined_ns, time.time_ns())),
        ):
            self._observer.stage(stage, took_us / 1e6)
        oldest_ms = max(self._core.ages_ms(frame.frame_id).values(), default=None)
        states = tuple(track.state for track in self._core.tracks().values())
        here_asks = tuple(ask for ask in asks if ask.model in here)
        return _Told(frame.frame_id, packets, oldest_ms, states, here_asks)

    def _settle_on_worker(self, asks: Iterable[Ask]) -> None:
        """What no outline waits for."""
        try:
            self._core.settle()
        finally:
            # A model on the same processor starts when a frame is through: side by side on two
            # cores both take longer, and the outline left 4 ms later (`rtseg bench live`).
            self._offer(asks)

    def _take_on_worker(self, ask: Ask, outcome: _Said) -> None:
        """Give the core what a model said of an earlier frame, or that it could not."""
        if isinstance(outcome, tuple):
            self._core.detected(ask, outcome)
        elif outcome.answer is not None:
            self._core.answered(ask, outcome.answer)
        else:
            self._core.failed(ask)

    def _offer(self, asks: Iterable[Ask]) -> None:
        """Leave these with their models; runs on the worker."""
        for ask in asks:
            done = partial(self._done_on_device, ask)
            request = ask.request
            if ask.lane is Lane.LOOK:
                request = replace(request, on_boxes=partial(self._boxes_on_device, ask))
            self._devices.offer(
                Work(self.id, ask.model, ask.lane, ask.frame_id, request, time.time_ns(), done)
            )

    def _boxes_on_device(self, ask: Ask, boxes: tuple[Detection, ...]) -> None:
        """Keep what is about to be outlined; runs on the device thread."""
        self._keep_on_device(ask, boxes, self._slot.wake)

    def _done_on_device(self, ask: Ask, outcome: Outcome) -> None:
        """Keep an answer; runs on the device thread."""
        self._model_us = round(outcome.seconds * 1e6)
        self._keep_on_device(ask, outcome, partial(self._has_run, ask.model, outcome.error))

    def _keep_on_device(self, ask: Ask, said: _Said, then: Callable[[], None]) -> None:
        """Leave something for `_work`, and call `then` on the event loop, which wakes it."""
        self._late.append((ask, said))
        if not self._loop.is_closed():
            self._loop.call_soon_threadsafe(then)

    def _has_run(self, model: str, error: RtsegError | None) -> None:
        """Count a run, wake `_work` for what came of it, and tell if it failed."""
        # Here and not on the device thread: a session's models may have several.
        self.counts.model_runs += 1
        self._slot.wake()
        if error is None:
            self._failures.ends("model_failed", model)
        else:
            self._report_failure("model_failed", str(error), model)

    def _report_failure(self, code: str, message: str, model: str = "") -> None:
        """Tell the streams once; a failure that goes on is not told again until one run worked."""
        if self._failures.begins(code, model):
            logger.warning("session %s: %s: %s", self.id, code, message)
            self._streams.tell({"type": "error", "code": code, "message": message})


def _us(start_ns: int, end_ns: int) -> int:
    """Microseconds between two wall-clock times, 0 if the clock was set back meanwhile."""
    return max(0, end_ns - start_ns) // 1000
