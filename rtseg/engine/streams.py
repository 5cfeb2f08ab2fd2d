"""Who watches a session: each stream has an outbox of its own, and all are told the same."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from rtseg.engine.observer import Observer
from rtseg.engine.outbox import Outbox
from rtseg.engine.rtp import rtp_age_ms
from rtseg.types import FrameId
from rtseg.wire import FrameWriter, pack_clock


class Streams:
    """The open streams of one session.

    For the event loop's thread; `written` may be called on any.

    Parameters
    ----------
    observer : told of packets, and of how late they are acknowledged.
    """

    def __init__(self, observer: Observer) -> None:
        self._observer = observer
        self._outboxes: tuple[Outbox, ...] = ()  # replaced, never changed: workers read it too
        self._latest_id: FrameId | None = None
        self._clock: bytes | None = None

    def __len__(self) -> int:
        return len(self._outboxes)

    def open(self, hello: str, *, is_reliable: bool) -> Outbox:
        """Open a stream that begins with `hello` and with what is known of the camera's clock.

        Parameters
        ----------
        is_reliable : whether all that is taken arrives, in its order.
        """
        outbox = Outbox(self._observer, is_reliable=is_reliable)
        outbox.put_message(hello)
        if self._clock is not None:
            outbox.put_message(self._clock)
        self._outboxes += (outbox,)
        return outbox

    def close(self, outbox: Outbox) -> None:
        """Forget a stream; may be called twice."""
        self._outboxes = tuple(other for other in self._outboxes if other is not outbox)
        outbox.close()

    def close_all(self) -> None:
        """Forget every stream; what was put is still taken."""
        for outbox in self._outboxes:
            outbox.close()
        self._outboxes = ()

    def tell(self, message: Mapping[str, Any]) -> None:
        """Put a text message, JSON-ready, into every stream."""
        text = json.dumps(message)
        for outbox in self._outboxes:
            outbox.put_message(text)

    def sender_report(self, rtp: int, ntp: int) -> None:
        """Tell what joins the camera's RTP time (32 bits) to its clock (64 bits, NTP)."""
        self._clock = pack_clock(rtp, ntp)
        for outbox in self._outboxes:
            outbox.put_message(self._clock)

    def written(self, writer: FrameWriter) -> dict[Outbox, tuple[bytes, ...]]:
        """Write a frame for each stream, upon what its reader has."""
        return {outbox: outbox.written(writer) for outbox in self._outboxes}

    def publish(self, frame_id: FrameId, packets: Mapping[Outbox, tuple[bytes, ...]]) -> None:
        """Put a frame that was `written` into the streams that it was written for."""
        self._latest_id = frame_id
        for outbox in self._outboxes:
            of_frame = packets.get(outbox)
            if of_frame is not None:  # else it joined meanwhile, and begins with the next frame
                self._observer.packet_out(sum(map(len, of_frame)))
                outbox.put_frame(frame_id, of_frame)

    def acknowledge(self, outbox: Outbox, frame_id: FrameId) -> None:
        """Take that the reader of a stream has a frame, which others may then build upon."""
        if outbox.acknowledge(frame_id) and self._latest_id is not None:
            self._observer.acknowledged(rtp_age_ms(self._latest_id, frame_id))
