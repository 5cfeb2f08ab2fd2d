"""aiortc's receive path, mended where it costs latency or keeps a secret.

Stock aiortc ignores the RTP marker bit, the last packet of a frame: a frame is released by the
first packet of the next one, a whole frame time late (33 ms at 30 frames a second). It also rebases
`frame.pts` to zero for each connection, while the sender's own RTP timestamp is the name by which
both sides know a frame, and keeps the sender's reports to itself.

What is touched is private, so it stands in this one module, which is tested against the version
below. Where a name is gone, frames still flow as stock aiortc gives them, numbered by `pts`, after
one warning.

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
from aiortc.jitterbuffer import JitterBuffer, JitterFrame
from aiortc.rtp import RtcpSrPacket, RtpPacket

logger = logging.getLogger(__name__)

_RTP_MASK = 0xFFFFFFFF
_REMEMBERED_FRAMES = 256
"""Frames between the jitter buffer and us; at camera rate there are one or two."""

_CAPACITY_PACKETS = 2048
"""A power of two. Holds a keyframe of 2.4 MB; 4K at a high bitrate stays under that."""


_GIVE_UP_TICKS = 90_000 // 5
"""A fifth of a second of RTP time: long enough for a packet to be asked for and sent again."""


class MarkerJitterBuffer(JitterBuffer):
    """Releases a frame with its own last packet, which carries the marker bit (RFC 3550, 5.1).

    Where the marker is missing the next frame's first packet releases it, as in stock aiortc. A
    packet that fills a gap may complete several frames at once: all are released then, or the
    stream would stay behind by those that were not, for ever. A gap that is not filled within
    `_GIVE_UP_TICKS` of what came after it is skipped, with a request for a keyframe; stock aiortc
    stands still until the buffer is full, which takes seconds. Time is the sender's: no clock is
    read here.

    Parameters
    ----------
    emit : takes the frames but the last that one packet completed, in order, and that packet.
    """

    def __init__(self, capacity: int, emit: Callable[[JitterFrame, RtpPacket], None]) -> None:
        super().__init__(capacity, is_video=True)
        self._emit = emit

    def add(self, packet: RtpPacket) -> tuple[bool, JitterFrame | None]:
        """Take a packet; give whether to ask for a keyframe, and the newest complete frame."""
        wants_keyframe, frame = super().add(packet)
        if frame is None and self._skip_gap(packet):
            wants_keyframe = True
            frame = self._remove_frame(packet.sequence_number)
        if frame is not None:
            while (after := self._remove_frame(packet.sequence_number)) is not None:
                self._emit(frame, packet)
                frame = after
        return wants_keyframe, frame

    def _skip_gap(self, newest: RtpPacket) -> bool:
        """Go on with the first whole frame behind a gap that has been open for too long."""
        origin = self._origin or 0
        length = min((newest.sequence_number - origin) % 65536 + 1, self._capacity)
        waiting = [self._packets[(origin + n) % self._capacity] for n in range(length)]
        gap = next((n for n, packet in enumerate(waiting) if packet is None), None)
        behind = None if gap is None else next(filter(None, waiting[gap:]), None)
        if gap is None or behind is None:  # nothing is missing, or this packet itself is too late
            return False
        waited_ticks = (newest.timestamp - behind.timestamp) & _RTP_MASK
        if not _GIVE_UP_TICKS < waited_ticks < 1 << 31:
            return False
        for n in range(gap + 1, length):
            before, packet = waiting[n - 1], waiting[n]
            if before and packet and (before.marker or before.timestamp != packet.timestamp):
                self.remove(n)
                return True
        return False

    def _remove_frame(self, sequence_number: int) -> JitterFrame | None:
        """Take the oldest frame out if it is complete."""
        packets: list[Any] = []  # RtpPacket, with the payload that aiortc hangs on as `_data`
        is_complete = False
        origin = self._origin or 0
        for count in range(self._capacity):
            packet = self._packets[(origin + count) % self._capacity]
            if packet is None:
                break
            if packets and packet.timestamp != packets[0].timestamp:
                is_complete = True
                break
            packets.append(packet)
            if packet.marker:
                is_complete = True
                break
        if not is_complete:
            return None
        self.remove(len(packets))
        return JitterFrame(
            data=b"".join(packet._data for packet in packets), timestamp=packets[0].timestamp
        )


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
    """Mends a video receiver and reads frame identity off it; attach it before the first packet.

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
            mapper = inner._RTCRtpReceiver__timestamp_mapper
            _ = mapper._origin
            codecs = inner._RTCRtpReceiver__codecs
            stock_buffer = inner._RTCRtpReceiver__jitter_buffer
            _ = stock_buffer._packets, stock_buffer._origin, stock_buffer._remove_frame
            _ = inner._RTCRtpReceiver__decoder_queue
            handle_rtcp = inner._handle_rtcp_packet
        except AttributeError as error:
            logger.warning(
                "this version of aiortc has no %s: frames come later, and masks cannot be matched "
                "to camera frames; rtseg was tested with aiortc 1.16",
                error.name,
            )
            return
        decoder_queue = _StampedQueue()

        def emit(frame: JitterFrame, packet: RtpPacket) -> None:
            frame.timestamp = mapper.map(frame.timestamp)
            decoder_queue.put((codecs[packet.payload_type], frame))

        async def handle(packet: Any) -> None:
            if isinstance(packet, RtcpSrPacket):
                info = packet.sender_info
                on_sender_report(info.rtp_timestamp, info.ntp_timestamp)
            await handle_rtcp(packet)

        self._mapper, self._queue = mapper, decoder_queue
        inner._RTCRtpReceiver__decoder_queue = decoder_queue
        inner._RTCRtpReceiver__jitter_buffer = MarkerJitterBuffer(_CAPACITY_PACKETS, emit)
        inner._handle_rtcp_packet = handle

    def rtp_timestamp(self, pts: int) -> int:
        """Give the sender's 32-bit RTP timestamp of a decoded frame."""
        origin = self._mapper._origin if self._mapper is not None else 0
        return (pts + (origin or 0)) & _RTP_MASK

    def handed_ns(self, pts: int) -> int | None:
        """Give the wall clock at which the whole coded frame went to the decoder, if noted."""
        return self._queue.handed_ns.pop(pts, None) if self._queue is not None else None
