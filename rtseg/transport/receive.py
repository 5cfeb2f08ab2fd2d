"""What aiortc knows of a received frame and does not tell: its RTP timestamp, when it was whole,
and the sender's reports.

aiortc rebases `frame.pts` to zero for each connection, while the sender's own RTP timestamp is the
name by which both sides know a frame. The names used here are private, so they stand in this one
module, which is tested against the pinned version; where one is gone, frames still flow, numbered
by `pts`, after one warning.

Tested with aiortc 1.16.0.
"""

from __future__ import annotations

import logging
import queue
import time
from collections import OrderedDict
from collections.abc import Callable
from typing import Any

from aiortc import RTCRtpReceiver
from aiortc.rtp import RtcpSrPacket

logger = logging.getLogger(__name__)

_RTP_MASK = 0xFFFFFFFF
_REMEMBERED_FRAMES = 256
"""Frames between the jitter buffer and us; at camera rate there are one or two."""


class _StampedQueue(queue.Queue[Any]):
    """The queue to aiortc's decoder thread, noting when each coded frame was handed over."""

    def __init__(self) -> None:
        super().__init__()
        self.handed_ns: OrderedDict[int, int] = OrderedDict()

    def put(self, item: Any, block: bool = True, timeout: float | None = None) -> None:
        if item is not None:
            _, coded = item
            self.handed_ns[coded.timestamp] = time.time_ns()
            if len(self.handed_ns) > _REMEMBERED_FRAMES:
                self.handed_ns.popitem(last=False)
        super().put(item, block, timeout)


class ReceiverTap:
    """Reads frame identity off a video receiver; attach it before the first packet.

    Parameters
    ----------
    receiver : the receiver of a video track, not yet started.
    on_sender_report : called with (rtp u32, ntp u64) of each RTCP sender report.
    """

    def __init__(
        self, receiver: RTCRtpReceiver, on_sender_report: Callable[[int, int], None]
    ) -> None:
        self._mapper: Any = None
        self._queue: _StampedQueue | None = None
        inner: Any = receiver  # its private names are unknown to the type checker
        try:
            self._mapper = inner._RTCRtpReceiver__timestamp_mapper
            _ = self._mapper._origin
            _ = inner._RTCRtpReceiver__decoder_queue
            handle_rtcp = inner._handle_rtcp_packet
        except AttributeError as error:
            logger.warning(
                "this version of aiortc has no %s: masks cannot be matched to camera frames; "
                "rtseg was tested with aiortc 1.16",
                error.name,
            )
            return
        self._queue = _StampedQueue()
        inner._RTCRtpReceiver__decoder_queue = self._queue

        async def handle(packet: Any) -> None:
            if isinstance(packet, RtcpSrPacket):
                info = packet.sender_info
                on_sender_report(info.rtp_timestamp, info.ntp_timestamp)
            await handle_rtcp(packet)

        inner._handle_rtcp_packet = handle

    def rtp_timestamp(self, pts: int) -> int:
        """Give the sender's 32-bit RTP timestamp of a decoded frame."""
        origin = self._mapper._origin if self._mapper is not None else 0
        return (pts + (origin or 0)) & _RTP_MASK

    def handed_ns(self, pts: int) -> int | None:
        """Give the wall clock at which the whole coded frame went to the decoder, if noted."""
        return self._queue.handed_ns.pop(pts, None) if self._queue is not None else None
