"""One camera: the shell around `SessionCore`.

::

    offer(frame) ─▶ slot ─▶ worker: pixels ─┬─▶ device thread (newest frame, answers late)
                                            └─▶ corrections that came ─▶ step ─▶ outline ─▶ pack
                                                                                   │
                                                                   every outbox ◀──┘

The event loop only moves references. One frame of a session is in work at a time; while it is, the
slot holds the newest of those that came since.
"""

from __future__ import annotations

import asyncio
import enum
import json
import logging
import time
from collections import deque
from collections.abc import Sequence
from concurrent.futures import Executor
from dataclasses import asdict, dataclass, replace
from functools import partial
from typing import Any

from rtseg.engine.device import DeviceThread, Outcome, Work
from rtseg.engine.observer import Drop, Observer
from rtseg.engine.outbox import Outbox
from rtseg.engine.session_core import PromptTrack, SessionCore
from rtseg.engine.slot import Slot
from rtseg.models import Request, Route
from rtseg.types import Frame, Image, Prompt, TrackId
from rtseg.wire import Timing, pack_clock

logger = logging.getLogger(__name__)


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
class _Late:
    """An answer that waits for the tracker's next step."""

    tracks: tuple[PromptTrack, ...]
    outcome: Outcome
    shape: tuple[int, int]


class Session:
    """Takes frames, gives packets.

    Methods are for the event loop's thread, save those whose names or docstrings say otherwise.

    Parameters
    ----------
    session_id : unguessable name.
    core : this session's own.
    device : the thread that runs its models.
    workers : where pixels are converted and the tracker runs.
    observer : told of every frame.
    with_timing : put the timing record in every packet.
    model_interval_s : least time between two model runs; 0 = whenever the device is free.
    """

    def __init__(
        self,
        session_id: str,
        core: SessionCore,
        device: DeviceThread,
        workers: Executor,
        observer: Observer,
        *,
        with_timing: bool = False,
        model_interval_s: float = 0.0,
    ) -> None:
        self.id = session_id
        self.counts = Counts()
        self.opened_ns = time.monotonic_ns()
        self.last_frame_ns: int | None = None
        self._core = core
        self._device = device
        self._workers = workers
        self._observer = observer
        self._with_timing = with_timing
        self._model_interval_ns = int(model_interval_s * 1e9)
        self._slot: Slot[Frame] = Slot()
        self._late: deque[_Late] = deque(maxlen=64)
        self._tracks: tuple[PromptTrack, ...] = ()
        self._next_track_id: TrackId = 1
        self._outboxes: set[Outbox] = set()
        self._clock: bytes | None = None
        self._model_us = 0
        self._last_offer_ns: dict[str, int] = {}
        self._has_failed = False
        self._ended: EndReason | None = None
        self._loop = asyncio.get_running_loop()
        self._task = asyncio.create_task(self._work(), name=f"session {session_id}")

    # Prompts.

    @property
    def tracks(self) -> tuple[PromptTrack, ...]:
        """The prompts that are followed now."""
        return self._tracks

    def follow(self, routes: Sequence[tuple[Prompt, Route]]) -> None:
        """Outline these from now on, and tell every stream.

        A prompt that means what an earlier one meant keeps that one's object.
        """
        known = {(track.model, track.label): track for track in self._tracks}
        tracks: dict[tuple[str, str], PromptTrack] = {}
        for prompt, route in routes:
            key = (route.model, route.label)
            if key in tracks:
                continue
            if (track := known.get(key)) is None:
                track = PromptTrack(prompt, self._next_track_id, route.label, route.model)
                self._next_track_id += 1
            tracks[key] = replace(track, prompt=prompt)
        self._tracks = tuple(tracks.values())
        self._tell({"type": "prompts", "prompts": self.prompts_json()})

    def prompts_json(self) -> list[dict[str, str | int]]:
        """The prompts as clients see them."""
        return [track.as_json() for track in self._tracks]

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
        self._clock = pack_clock(rtp, ntp)
        for outbox in self._outboxes:
            outbox.put_message(self._clock)

    # Packets out.

    def subscribe(self) -> Outbox:
        """Open a stream of this session's messages; `unsubscribe` it at its end."""
        outbox = Outbox()
        outbox.put_message(
            json.dumps({"type": "hello", "session": self.id, "prompts": self.prompts_json()})
        )
        if self._clock is not None:
            outbox.put_message(self._clock)
        if self._ended is not None:
            outbox.close()
        else:
            self._outboxes.add(outbox)
        return outbox

    def unsubscribe(self, outbox: Outbox) -> None:
        """Forget a stream; may be called twice."""
        self._outboxes.discard(outbox)
        outbox.close()

    @property
    def stream_count(self) -> int:
        """How many streams watch this session."""
        return len(self._outboxes)

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
        self._device.forget(self.id)
        self._tell({"type": "end", "reason": reason.value, "message": message})
        for outbox in self._outboxes:
            outbox.close()
        self._outboxes.clear()
        await asyncio.gather(self._task, return_exceptions=True)
        self._observer.session_ended(reason.value)

    def _tell(self, message: dict[str, Any]) -> None:
        text = json.dumps(message)
        for outbox in self._outboxes:
            outbox.put_message(text)

    def _publish(self, packet: bytes, oldest_ms: int | None) -> None:
        self.counts.tracked += 1
        self._observer.packet_out(len(packet), oldest_ms)
        for outbox in self._outboxes:
            if outbox.put_frame(packet):
                self._observer.dropped(Drop.STREAM_SLOW)

    # The loop.

    async def _work(self) -> None:
        while True:
            frame = await self._slot.take()
            try:
                packet, oldest_ms = await self._loop.run_in_executor(
                    self._workers, self._advance_on_worker, frame, self._tracks
                )
            except Exception as error:
                # One frame is lost, not the session: the next one starts afresh.
                logger.exception("session %s: frame %d failed", self.id, frame.frame_id)
                self._observer.dropped(Drop.FRAME_FAILED)
                self._report_failure("frame_failed", f"{type(error).__name__}: {error}")
                continue
            self._publish(packet, oldest_ms)

    def _advance_on_worker(
        self, frame: Frame, tracks: tuple[PromptTrack, ...]
    ) -> tuple[bytes, int | None]:
        """One frame through the session; gives its packet and the age of its oldest evidence."""
        taken_ns = time.time_ns()
        self._core.follow(tracks)
        image = frame.pixels()
        # Late answers first: one for this very frame, from a model that is very quick, must find
        # the frame in the tracker's history, so it waits for the next step.
        while self._late:
            late = self._late.popleft()
            assert late.outcome.answer is not None
            self._core.correct(late.outcome.frame_id, late.tracks, late.outcome.answer, late.shape)
        wanted = {track.model for track in tracks}
        later = {model for model in wanted if self._device.shares_processor(model)}
        self._offer_to_models(frame, image, tracks, wanted - later)
        masks = self._core.step(frame.frame_id, image)
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

        packet = self._core.pack(
            frame.frame_id,
            (frame.height_px, frame.width_px),
            outlines,
            timing_at_the_end if self._with_timing else None,
        )
        # A model on the same processor starts when this frame is through: side by side on two cores
        # both take longer, and the outline left 4 ms later (`rtseg bench live`).
        self._offer_to_models(frame, image, tracks, later)
        for stage, took_us in (
            ("decode", timing.decode_us),
            ("wait", timing.wait_us),
            ("track", timing.track_us),
            ("path", timing.path_us),
            ("encode", _us(outlined_ns, time.time_ns())),
        ):
            self._observer.stage(stage, took_us / 1e6)
        return packet, max(self._core.ages_ms(frame.frame_id).values(), default=None)

    def _offer_to_models(
        self, frame: Frame, image: Image, tracks: tuple[PromptTrack, ...], models: set[str]
    ) -> None:
        """Leave this frame with each of these models; runs on the worker."""
        now_ns = time.time_ns()
        for model in sorted(models):
            if now_ns - self._last_offer_ns.get(model, 0) < self._model_interval_ns:
                continue
            self._last_offer_ns[model] = now_ns
            asked = tuple(track for track in tracks if track.model == model)
            request = Request(image, tuple(track.prompt for track in asked))
            shape = (frame.height_px, frame.width_px)
            self._device.offer(
                Work(
                    self.id,
                    model,
                    frame.frame_id,
                    request,
                    now_ns,
                    partial(self._done_on_device, asked, shape),
                )
            )

    def _done_on_device(
        self, asked: tuple[PromptTrack, ...], shape: tuple[int, int], outcome: Outcome
    ) -> None:
        """Keep an answer for the next step; runs on the device thread."""
        self._model_us = round(outcome.seconds * 1e6)
        if outcome.answer is not None:
            self._has_failed = False
            self._late.append(_Late(asked, outcome, shape))
        elif not self._loop.is_closed():
            self._loop.call_soon_threadsafe(
                self._report_failure, "model_failed", str(outcome.error)
            )
        self.counts.model_runs += 1

    def _report_failure(self, code: str, message: str) -> None:
        """Tell the streams once; a failure that goes on is not told again until one run worked."""
        if not self._has_failed:
            self._has_failed = True
            logger.warning("session %s: %s: %s", self.id, code, message)
            self._tell({"type": "error", "code": code, "message": message})


def _us(start_ns: int, end_ns: int) -> int:
    """Microseconds between two wall-clock times, 0 if the clock was set back meanwhile."""
    return max(0, end_ns - start_ns) // 1000
