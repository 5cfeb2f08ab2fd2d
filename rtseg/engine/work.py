"""What a device is asked, and what became of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from rtseg.errors import RtsegError
from rtseg.models import Answer, Request
from rtseg.types import FrameId


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one session's frame; exactly one of `answer` and `error` is there."""

    frame_id: FrameId
    answer: Answer | None
    error: RtsegError | None
    seconds: float


@dataclass(frozen=True, slots=True, eq=False)
class Work:
    """One session's frame for one model; a newer one of the same lane takes its place."""

    session_id: str
    model: str
    lane: str
    frame_id: FrameId
    request: Request
    offered_ns: int
    done: Callable[[Outcome], None]
    """Called on the device thread, or on the one that closes it; must be quick and not raise."""

    remembers: bool = True
    """The session has a memory in this model, kept by the thread; a single picture has none."""

    @property
    def key(self) -> tuple[str, str, str]:
        """The place that it waits in."""
        return self.session_id, self.model, self.lane
