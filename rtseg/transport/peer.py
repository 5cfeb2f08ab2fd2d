"""One WebRTC peer that sends us its camera: video in, a data channel out."""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import Callable
from typing import Protocol, cast

import numpy as np
from aiortc import (
    RTCConfiguration,
    RTCDataChannel,
    RTCPeerConnection,
    RTCRtpTransceiver,
    RTCSessionDescription,
)
from aiortc.mediastreams import MediaStreamTrack
from aiortc.sdp import SessionDescription
from aiortc.stats import RTCTransportStats
from av import VideoFrame

from rtseg.errors import PeerError
from rtseg.transport import receiving
from rtseg.types import Frame, Image

logger = logging.getLogger(__name__)

MENDS_AIORTC = True
"""`rtseg bench live --stock` sets this to False before the first peer, to compare: frames then take
aiortc's own way."""

CHANNEL_LABEL = "rtseg.v1"
TEXT_LABEL = "rtseg.v1.text"
"""Of a second, reliable channel for text messages; the first may lose what is sent on it."""

START_BITRATE_KBPS = 2_000
"""Where Chromium's sender starts instead of 300 kbit/s: 640×360 is sharp in the first second."""

CHANNEL_HIGH_WATER_BYTES = 65_536
"""More than this unsent on a data channel: frames are dropped, not queued."""


class PeerEvents(Protocol):
    """Whoever owns the peer; all calls come on the event loop."""

    def on_frame(self, frame: Frame) -> None:
        """A frame was decoded."""

    def on_sender_report(self, rtp: int, ntp: int) -> None:
        """The sender told at which of its times an RTP timestamp was."""

    def on_dropped(self, why: receiving.Dropped, count: int) -> None:
        """So many frames went no further; the one call that may come on any thread."""

    def on_failed(self, why: str) -> None:
        """The video cannot be decoded, and it does not get better."""

    def on_channel(self, channel: Channel) -> None:
        """The peer opened the data channel `rtseg.v1` or `rtseg.v1.text`."""

    def on_gone(self) -> None:
        """The connection failed or was closed by the other side."""


class Channel:
    """An open data channel."""

    def __init__(self, channel: RTCDataChannel) -> None:
        self._channel = channel

    @property
    def is_for_text(self) -> bool:
        """Whether it is the one that loses nothing."""
        return bool(self._channel.label == TEXT_LABEL)

    @property
    def is_open(self) -> bool:
        """Whether something can be sent."""
        return bool(self._channel.readyState == "open")

    @property
    def is_full(self) -> bool:
        """Whether so much waits to be sent that more would only be late."""
        return bool(self._channel.bufferedAmount > CHANNEL_HIGH_WATER_BYTES)

    def send(self, message: str | bytes) -> None:
        """Send a text or binary message; nothing if the channel is closed."""
        if self.is_open:
            self._channel.send(message)

    def close(self) -> None:
        """End it: nothing more is sent, and the other side is told."""
        self._channel.close()

    def listen(
        self, on_message: Callable[[str | bytes], None], on_close: Callable[[], None]
    ) -> None:
        """Call these for each message that comes, and at the channel's end."""
        self._channel.on("message", on_message)
        self._channel.on("close", on_close)


class Peer:
    """Answers an offer, drains its video into `events`, and can be closed.

    Make it with `Peer.answer`.
    """

    def __init__(self, events: PeerEvents) -> None:
        self._events = events
        # No ICE servers: aiortc's default would ask a public STUN server before it answers.
        self._connection = RTCPeerConnection(RTCConfiguration(iceServers=[]))
        self._receiving: asyncio.Task[None] | None = None
        self._is_closed = False
        self._connection.on("track", self._on_track)
        self._connection.on("datachannel", self._on_datachannel)
        self._connection.on("connectionstatechange", self._on_state)

    @classmethod
    async def answer(cls, offer: str, events: PeerEvents) -> tuple[Peer, str]:
        """Take an SDP offer; give the peer and the SDP answer.

        Raises
        ------
        PeerError
            `invalid_sdp` if the offer cannot be read, `no_video` if it sends no video.
        """
        check_offer(offer)
        peer = cls(events)
        try:
            await peer._connection.setRemoteDescription(RTCSessionDescription(offer, "offer"))
            peer._refuse_all_but_first_video()
            await peer._connection.setLocalDescription(await peer._connection.createAnswer())
        except Exception as error:
            await peer.close()
            raise _invalid_sdp(error) from error
        return peer, with_start_bitrate(peer._connection.localDescription.sdp)

    async def packets_received(self) -> int:
        """How many packets came from the peer so far: media, reports and messages."""
        for transceiver in self._connection.getTransceivers():
            for stats in (await transceiver.receiver.getStats()).values():
                if isinstance(stats, RTCTransportStats):
                    return int(stats.packetsReceived)
        return 0

    async def close(self) -> None:
        """End the connection; may be called twice."""
        if self._is_closed:
            return
        self._is_closed = True
        if self._receiving is not None:
            self._receiving.cancel()
            await asyncio.gather(self._receiving, return_exceptions=True)
        await self._connection.close()

    def _refuse_all_but_first_video(self) -> None:
        has_video = False
        transceivers: list[RTCRtpTransceiver] = self._connection.getTransceivers()
        for transceiver in transceivers:
            if transceiver.kind == "video" and not has_video:
                has_video = True
                transceiver.direction = "recvonly"
            else:
                transceiver.direction = "inactive"

    def _on_track(self, track: MediaStreamTrack) -> None:
        if track.kind != "video" or self._receiving is not None:
            return
        receiver = next(
            t.receiver for t in self._connection.getTransceivers() if t.receiver.track is track
        )
        options = receiving.Options(is_mended=MENDS_AIORTC)
        self._receiving = receiving.receive(receiver, _Pictures(self._events), options)
        self._receiving.add_done_callback(self._on_end_of_track)

    def _on_end_of_track(self, task: asyncio.Task[None]) -> None:
        if not task.cancelled() and not self._is_closed:
            self._events.on_gone()

    def _on_datachannel(self, channel: RTCDataChannel) -> None:
        if channel.label in {CHANNEL_LABEL, TEXT_LABEL}:
            self._events.on_channel(Channel(channel))
        else:
            logger.info("data channel %r is not %r: closed", channel.label, CHANNEL_LABEL)
            channel.close()

    def _on_state(self) -> None:
        if self._connection.connectionState in {"failed", "closed"} and not self._is_closed:
            self._events.on_gone()


class _Pictures:
    """Turns what is received into frames."""

    def __init__(self, events: PeerEvents) -> None:
        self._events = events
        self.on_sender_report = events.on_sender_report
        self.on_dropped = events.on_dropped
        self.on_failed = events.on_failed

    def on_picture(self, picture: receiving.Picture) -> None:
        decoded = picture.picture
        self._events.on_frame(
            Frame(
                picture.rtp,
                decoded.width,
                decoded.height,
                _pixels_of(decoded),
                picture.handed_ns,
                picture.decoded_ns,
            )
        )


def _pixels_of(decoded: VideoFrame) -> Callable[[], Image]:
    def pixels() -> Image:
        return cast(Image, np.ascontiguousarray(decoded.to_ndarray(format="bgr24")))

    return pixels


def check_offer(offer: str) -> None:
    """Refuse what is not an SDP offer that sends video.

    Raises
    ------
    PeerError
        `invalid_sdp` or `no_video`.
    """
    try:
        description = SessionDescription.parse(offer)
    except Exception as error:  # the parser raises whatever its line splitting runs into
        raise _invalid_sdp(error) from error
    if not description.media:
        raise PeerError(
            "expected an SDP offer with a video section, got one without any media",
            code="invalid_sdp" if "m=" not in offer else "no_video",
        )
    if not any(
        media.kind == "video" and media.port and media.direction in {"sendonly", "sendrecv"}
        for media in description.media
    ):
        kinds = ", ".join(f"{media.kind} {media.direction}" for media in description.media)
        raise PeerError(
            f"expected an offer that sends video, got {kinds}; add the camera's track to the peer "
            "connection before you make the offer",
            code="no_video",
        )


def with_start_bitrate(sdp: str) -> str:
    """Ask a Chromium sender to start at `START_BITRATE_KBPS`; others ignore the parameter."""
    video = re.findall(r"^a=rtpmap:(\d+) (?:VP8|VP9|H264|AV1)/90000\r?$", sdp, re.MULTILINE)
    parameter = f"x-google-start-bitrate={START_BITRATE_KBPS}"
    for payload_type in video:
        fmtp = re.compile(rf"^(a=fmtp:{payload_type} [^\r\n]*)", re.MULTILINE)
        if fmtp.search(sdp):
            sdp = fmtp.sub(rf"\1;{parameter}", sdp)
        else:
            sdp = re.sub(
                rf"^(a=rtpmap:{payload_type} [^\r\n]*)(\r?\n)",
                rf"\1\2a=fmtp:{payload_type} {parameter}\2",
                sdp,
                flags=re.MULTILINE,
            )
    return sdp


def _invalid_sdp(error: Exception) -> PeerError:
    what = str(error) or type(error).__name__
    return PeerError(
        f"expected an SDP offer, as RTCPeerConnection.createOffer makes it; it cannot be read: "
        f"{what[:200]}",
        code="invalid_sdp",
    )
