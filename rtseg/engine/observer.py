"""What the engine tells whoever counts. The server turns it into Prometheus metrics."""

from __future__ import annotations

import enum


class Drop(enum.StrEnum):
    """Why a frame, or its packet, went no further. Each is by design: the newest wins."""

    TRACKER_BUSY = "tracker_busy"
    MODEL_BUSY = "model_busy"
    STREAM_SLOW = "stream_slow"
    FRAME_FAILED = "frame_failed"


class Observer:
    """Does nothing; override what you count. Calls may come from any thread."""

    def frame_in(self) -> None:
        """A decoded camera frame reached a session."""

    def packet_out(self, size_bytes: int, age_ms: float | None) -> None:
        """A frame's packet left; `age_ms` is the oldest evidence in it, None without objects."""

    def dropped(self, cause: Drop) -> None:
        """Something was replaced by something newer, or failed."""

    def stage(self, name: str, seconds: float) -> None:
        """A frame spent this long in a stage: decode, wait, track, path, encode."""

    def model_run(self, model: str, seconds: float, batch: int, queue_seconds: float) -> None:
        """A model answered a batch; its oldest request had waited `queue_seconds`."""

    def model_failed(self, model: str) -> None:
        """A model raised."""

    def sessions(self, running: int) -> None:
        """The number of sessions changed."""

    def session_ended(self, reason: str) -> None:
        """A session ended."""
