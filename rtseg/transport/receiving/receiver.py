"""Puts the mended parts into an `RTCRtpReceiver`. All that touches a private name stands here."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol, cast

from aiortc import RTCRtpReceiver
from aiortc.codecs import get_decoder
from aiortc.mediastreams import MediaStreamError
from aiortc.rtcrtpparameters import RTCRtpCodecParameters
from aiortc.rtp import RtcpSrPacket
from av import VideoFrame
from av.codec.context import Flags

from rtseg.transport.receiving.bitrate import SteadyEstimator
from rtseg.transport.receiving.decoding import Decoder, DecodingQueue, Dropped, Picture
from rtseg.transport.receiving.newest import Newest
from rtseg.transport.receiving.reassembly import Outcome, Packet, Reassembly
from rtseg.transport.receiving.resends import MS

logger = logging.getLogger(__name__)

_CLOCK_HZ = 90_000


class Sink(Protocol):
    """Takes what is received. All calls come on the event loop but `on_dropped`."""

    def on_picture(self, picture: Picture) -> None:
        """The newest picture."""

    def on_sender_report(self, rtp: int, ntp: int) -> None:
        """The sender told at which of its times (64 bits, NTP) an RTP timestamp was."""

    def on_dropped(self, why: Dropped, count: int) -> None:
        """So many frames went no further; may come on any thread."""

    def on_failed(self, why: str) -> None:
        """Nothing can be decoded any more."""


@dataclass(frozen=True, slots=True)
class Options:
    """How to receive.

    Parameters
    ----------
    is_mended : False leaves aiortc as it is, to compare with; frames are named nonetheless.
    most_wait_ms : for a lost packet; then it is done without. Less where answers come sooner.
    least_kbps : the sender is never told to send less.
    """

    is_mended: bool = True
    most_wait_ms: float = 250.0
    least_kbps: int = 300


def receive(
    receiver: RTCRtpReceiver, sink: Sink, options: Options | None = None
) -> asyncio.Task[None]:
    """Receive video into `sink`; call it in `on("track")`, before the first packet.

    Parameters
    ----------
    receiver : of a video track, not yet started.
    sink : takes the pictures.

    Returns
    -------
    A task that ends with the track. Cancel it to let go of the pictures; the receiver itself ends
    with its connection.
    """
    options = options or Options()
    mapper: Any = None
    try:
        mapper = _read_names(receiver, sink)
        if options.is_mended:
            _Mended(receiver, sink, options)
    except AttributeError as error:
        logger.warning(
            "this version of aiortc has no %s: frames come later, lost packets stall the picture, "
            "and masks may not be matched to camera frames; tested with aiortc 1.16",
            error.name,
        )
    return asyncio.create_task(_drain(receiver, sink, mapper), name="receive video")


def _read_names(receiver: Any, sink: Sink) -> Any:
    """Have sender reports told, and give what knows a stock frame's RTP timestamp."""
    handle = receiver._handle_rtcp_packet
    mapper = receiver._RTCRtpReceiver__timestamp_mapper
    _ = mapper._origin

    async def handle_rtcp(packet: Any) -> None:
        if isinstance(packet, RtcpSrPacket):
            info = packet.sender_info
            sink.on_sender_report(info.rtp_timestamp, info.ntp_timestamp)
        await handle(packet)

    receiver._handle_rtcp_packet = handle_rtcp
    return mapper


async def _drain(receiver: RTCRtpReceiver, sink: Sink, mapper: Any) -> None:
    """Take what stock aiortc decodes; where it is mended, only the end comes this way."""
    with contextlib.suppress(MediaStreamError):
        while True:
            decoded = cast(VideoFrame, await receiver.track.recv())
            now_ns = time.time_ns()
            origin = mapper._origin or 0 if mapper is not None else 0
            rtp = ((decoded.pts or 0) + origin) & 0xFFFFFFFF
            sink.on_picture(Picture(rtp, decoded, now_ns, now_ns))


class _Mended:
    """The parts, joined to each other and to one receiver.

    Raises
    ------
    AttributeError
        This aiortc has other names; nothing is changed then.
    """

    def __init__(self, receiver: RTCRtpReceiver, sink: Sink, options: Options) -> None:
        self._loop = asyncio.get_running_loop()
        self._sink = sink
        self._reassembly = Reassembly(int(options.most_wait_ms * MS))
        self._newest = Newest(
            self._loop, sink.on_picture, lambda: sink.on_dropped(Dropped.UNSEEN, 1)
        )
        self._queue = DecodingQueue(make_decoder, self)
        self._timer: asyncio.TimerHandle | None = None
        self._requests: set[asyncio.Task[None]] = set()
        self._ssrc = 0
        self._is_resent = False

        inner: Any = receiver  # its private names are unknown to the type checker
        self._codecs: dict[int, RTCRtpCodecParameters] = inner._RTCRtpReceiver__codecs
        self._send_nack = inner._send_rtcp_nack
        self._send_pli = inner._send_rtcp_pli
        self._handle_rtp = inner._handle_rtp_packet
        estimator = inner._RTCRtpReceiver__remote_bitrate_estimator
        for name in ("decoder_queue", "jitter_buffer", "nack_generator", "decoder_thread"):
            getattr(inner, f"_RTCRtpReceiver__{name}")

        inner._RTCRtpReceiver__decoder_queue = self._queue
        inner._RTCRtpReceiver__jitter_buffer = self
        inner._RTCRtpReceiver__nack_generator = _NoNacks()
        inner._RTCRtpReceiver__remote_bitrate_estimator = SteadyEstimator(
            type(estimator), options.least_kbps * 1000
        )
        inner._handle_rtp_packet = self._handle

    # In the places of aiortc's own parts.

    async def _handle(self, packet: Any, arrival_time_ms: int) -> None:
        """Take a packet off the network: aiortc unwraps it, and calls `add` with it."""
        codec = self._codecs.get(packet.payload_type)
        self._is_resent = codec is not None and codec.name.lower() == "rtx"
        await self._handle_rtp(packet, arrival_time_ms)

    def add(self, packet: Any) -> tuple[bool, None]:
        """Stand in for `JitterBuffer.add`; frames go to the decoder from here."""
        self._ssrc = packet.ssrc
        outcome = self._reassembly.add(
            Packet(
                packet.ssrc,
                packet.sequence_number,
                packet.timestamp,
                bool(packet.marker),
                self._codecs[packet.payload_type].name,
                packet.payload,
                packet._data,
                self._is_resent,
            ),
            time.monotonic_ns(),
        )
        self._do(outcome)
        return False, None

    # What the decoder tells (`decoding.Listener`), on its thread or the loop.

    def on_picture(self, picture: Picture) -> None:
        self._newest.put(picture)

    def on_dropped(self, why: Dropped, count: int) -> None:
        self._sink.on_dropped(why, count)

    def on_broken(self, index: int) -> None:
        self._call(lambda: self._do(self._reassembly.broken(index, time.monotonic_ns())))

    def on_failed(self, why: str) -> None:
        self._call(lambda: self._sink.on_failed(why))

    def _call(self, what: Callable[[], None]) -> None:
        with contextlib.suppress(RuntimeError):  # the loop is closed
            self._loop.call_soon_threadsafe(what)

    # Doing.

    def _do(self, outcome: Outcome) -> None:
        for frame in outcome.frames:
            self._queue.hand(frame)
        if outcome.dropped:
            self._sink.on_dropped(Dropped.NETWORK, outcome.dropped)
        if outcome.ask_for:
            self._send(self._send_nack(self._ssrc, sorted(outcome.ask_for)))
        if outcome.asks_keyframe:
            self._send(self._send_pli(self._ssrc))
        self._set_timer()

    def _set_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        wake_ns = self._reassembly.wake_ns()
        if wake_ns is not None:
            delay_s = max(0.001, (wake_ns - time.monotonic_ns()) / 1e9)
            self._timer = self._loop.call_later(delay_s, self._poll)

    def _poll(self) -> None:
        self._timer = None
        self._do(self._reassembly.poll(time.monotonic_ns()))

    def _send(self, request: Any) -> None:
        task = self._loop.create_task(request)
        self._requests.add(task)
        task.add_done_callback(self._requests.discard)


class _NoNacks:
    """In the place of aiortc's `NackGenerator`: `resends` asks."""

    missing: frozenset[int] = frozenset()

    def add(self, packet: Any) -> bool:
        return False


def make_decoder(codec: str) -> Decoder:
    """Make aiortc's decoder of a codec.

    Raises
    ------
    ValueError
        There is none.
    """
    decoder: Any = get_decoder(
        RTCRtpCodecParameters(mimeType=f"video/{codec}", clockRate=_CLOCK_HZ)
    )
    # No picture is kept back for one that might have to be shown before it.
    decoder.codec.flags |= Flags.low_delay
    return cast(Decoder, decoder)
