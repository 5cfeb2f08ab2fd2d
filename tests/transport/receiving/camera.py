"""A camera and a sender of aiortc's own parts, and a real receiver without a network."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any

import numpy as np
from aiortc import RTCRtpReceiver
from aiortc.codecs import get_encoder
from aiortc.rtcrtpparameters import RTCRtpCodecParameters, RTCRtpReceiveParameters
from aiortc.rtcrtpreceiver import RemoteStreamTrack
from aiortc.rtp import (
    RTCP_PSFB_PLI,
    RTCP_RTPFB_NACK,
    RtcpPacket,
    RtcpPsfbPacket,
    RtcpRtpfbPacket,
    RtpPacket,
)
from av import VideoFrame

from rtseg.transport.receiving import Dropped, Options, Picture, receive

PAYLOAD_TYPES = {"VP8": 97, "H264": 99}
TICKS = 3000


def picture(number: int, *, width: int = 320, height: int = 240) -> VideoFrame:
    """Draw noise that moves, so that frames have several packets, with a bright block."""
    dice = np.random.default_rng(3)
    image = np.roll(dice.integers(0, 120, (height, width, 3), np.uint8), number, axis=1)
    image[40:80, 40:80] = 250
    frame = VideoFrame.from_ndarray(image, format="bgr24").reformat(format="yuv420p")
    frame.pts = number * TICKS
    frame.time_base = _time_base()
    return frame


def _time_base() -> Any:
    from aiortc.mediastreams import VIDEO_TIME_BASE

    return VIDEO_TIME_BASE


class Sender:
    """Encodes and packs frames as aiortc does it."""

    def __init__(self, codec: str = "VP8", first: int = 65_500) -> None:
        self.codec = codec
        self._encoder = get_encoder(
            RTCRtpCodecParameters(mimeType=f"video/{codec}", clockRate=90_000)
        )
        self._number = first

    def frame(
        self, number: int, *, is_key: bool = False, width: int = 320, height: int = 240
    ) -> list[RtpPacket]:
        """Make one frame's packets."""
        payloads, _ = self._encoder.encode(
            picture(number, width=width, height=height), force_keyframe=is_key
        )
        timestamp = number * TICKS  # the encoder's own is rounded by a tick
        return [self._packet(payload, timestamp, payload is payloads[-1]) for payload in payloads]

    def _packet(self, payload: bytes, timestamp: int, is_last: bool) -> RtpPacket:
        packet = RtpPacket(
            payload_type=PAYLOAD_TYPES[self.codec],
            sequence_number=self._number,
            timestamp=timestamp,
            ssrc=1234,
            payload=payload,
            marker=int(is_last),
        )
        self._number = (self._number + 1) & 0xFFFF
        return packet


class _Transport:
    """Takes what the receiver sends."""

    state = "connected"

    def __init__(self) -> None:
        self.sent: list[Any] = []
        self._stats_id = "transport"

    def _register_rtp_receiver(self, receiver: Any, parameters: Any) -> None:
        pass

    def _unregister_rtp_receiver(self, receiver: Any) -> None:
        pass

    async def _send_rtp(self, data: bytes) -> None:
        self.sent += RtcpPacket.parse(data)


class Received:
    """A real `RTCRtpReceiver`, and all that came out of it.

    Use it as a context; frames are fed with `feed`.
    """

    def __init__(self, options: Options | None = None) -> None:
        self.pictures: list[Picture] = []
        self.drops: dict[Dropped, int] = {}
        self.failures: list[str] = []
        self.transport = _Transport()
        # It uses no more of an `RTCDtlsTransport` than this one has.
        self.receiver = RTCRtpReceiver("video", self.transport)  # type: ignore[arg-type]
        self.receiver._track = RemoteStreamTrack(kind="video")
        self.receiver._set_rtcp_ssrc(1)
        self._came = asyncio.Event()
        self.task = receive(self.receiver, self, options)

    async def __aenter__(self) -> Received:
        codecs = [
            RTCRtpCodecParameters(
                mimeType=f"video/{name}", clockRate=90_000, payloadType=payload_type
            )
            for name, payload_type in PAYLOAD_TYPES.items()
        ]
        await self.receiver.receive(RTCRtpReceiveParameters(codecs=codecs))
        return self

    async def __aexit__(self, *error: object) -> None:
        await self.receiver.stop()
        await self.task

    @property
    def decoder_queue(self) -> Any:
        inner: Any = self.receiver
        return inner._RTCRtpReceiver__decoder_queue

    async def feed(self, *packets: RtpPacket) -> None:
        for packet in packets:
            await self.receiver._handle_rtp_packet(packet, arrival_time_ms=0)

    async def until(self, rtp: int) -> Picture:
        """Wait for a picture."""
        return await self.wait_for(lambda: (found := self._find(rtp)) and found)

    async def wait_for(self, condition: Any) -> Any:
        async with asyncio.timeout(20):
            while not (found := condition()):
                self._came.clear()
                try:
                    await asyncio.wait_for(self._came.wait(), 0.02)
                except TimeoutError:
                    continue
            return found

    def _find(self, rtp: int) -> Picture | None:
        return next((one for one in self.pictures if one.rtp == rtp), None)

    @property
    def keyframes_asked(self) -> int:
        return sum(
            isinstance(one, RtcpPsfbPacket) and one.fmt == RTCP_PSFB_PLI
            for one in self.transport.sent
        )

    @property
    def asked(self) -> list[int]:
        return [number for one in self._nacks() for number in one.lost]

    def _nacks(self) -> Iterator[RtcpRtpfbPacket]:
        for one in self.transport.sent:
            if isinstance(one, RtcpRtpfbPacket) and one.fmt == RTCP_RTPFB_NACK:
                yield one

    def on_picture(self, picture: Picture) -> None:
        self.pictures.append(picture)
        self._came.set()

    def on_sender_report(self, rtp: int, ntp: int) -> None:
        pass

    def on_dropped(self, why: Dropped, count: int) -> None:
        self.drops[why] = self.drops.get(why, 0) + count

    def on_failed(self, why: str) -> None:
        self.failures.append(why)
        self._came.set()
