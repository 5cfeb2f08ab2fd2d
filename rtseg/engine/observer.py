"""What the engine tells whoever counts. The server turns it into Prometheus metrics."""

from __future__ import annotations

import enum
from collections.abc import Iterable

from rtseg.tracking import TrackState


class Drop(enum.StrEnum):
    """Why a frame, or what is said of it, went no further. Each is by design: the newest wins."""

    TRACKER_BUSY = "tracker_busy"
    MODEL_BUSY = "model_busy"
    STREAM_SLOW = "stream_slow"
    MESSAGE_UNREAD = "message_unread"
    FRAME_FAILED = "frame_failed"
    NETWORK_LOST = "network_lost"
    DECODER_BUSY = "decoder_busy"
    DECODE_FAILED = "decode_failed"
    LOOP_BUSY = "loop_busy"


class Observer:
    """Does nothing; override what you count. Calls may come from any thread."""

    def frame_in(self) -> None:
        """A decoded camera frame reached a session."""

    def frame_out(self, age_ms: float | None) -> None:
        """A frame is outlined; `age_ms` is the oldest evidence in it, None without objects."""

    def tracked(self, states: Iterable[TrackState]) -> None:
        """The states of the objects of a frame that is outlined."""

    def packet_out(self, size_bytes: int) -> None:
        """A frame was left with a stream, in one packet or more of so many bytes together."""

    def packet_repeated(self) -> None:
        """A packet was sent once more, because many are lost on that stream."""

    def acknowledged(self, behind_ms: float) -> None:
        """A reader has a frame; `behind_ms` is how much newer the latest is by now."""

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
