"""One WebRTC peer that sends us its camera: video in, a data channel out."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable, Sequence
from typing import Protocol, cast

import numpy as np
from aiortc import (
    RTCDataChannel,
    RTCPeerConnection,
    RTCRtpTransceiver,
    RTCSessionDescription,
)
from aiortc.mediastreams import MediaStreamTrack
from aiortc.sdp import candidate_from_sdp
from aiortc.stats import RTCTransportStats
from av import VideoFrame

from rtseg.errors import PeerError
from rtseg.transport import receiving
from rtseg.transport.reach import Reach
from rtseg.transport.sdp import (
    check_offer,
    invalid_sdp,
    with_addresses,
    with_bitrates,
    with_codec_first,
    without_mdns,
)
from rtseg.types import Frame, Image

logger = logging.getLogger(__name__)

MENDS_AIORTC = True
"""`rtseg bench live --stock` sets this to False before the first peer, to compare: frames then take
aiortc's own way."""

CHANNEL_LABEL = "rtseg.v1"
TEXT_LABEL = "rtseg.v1.text"
"""Of a second, reliable channel for text messages; the first may lose what is sent on it."""

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

    def __init__(self, events: PeerEvents, reach: Reach) -> None:
        self._events = events
        self._reach = reach
        self._connection = RTCPeerConnection(reach.configuration())
        self._receiving: asyncio.Task[None] | None = None
        self._resolving: asyncio.Task[None] | None = None
        self._is_closed = False
        self._connection.on("track", self._on_track)
        self._connection.on("datachannel", self._on_datachannel)
        self._connection.on("connectionstatechange", self._on_state)

    @classmethod
    async def answer(
        cls, offer: str, events: PeerEvents, reach: Reach | None = None
    ) -> tuple[Peer, str]:
        """Take an SDP offer; give the peer and the SDP answer.

        Raises
        ------
        PeerError
            `invalid_sdp` if the offer cannot be read, `no_video` if it sends no video,
            `too_many_sessions` if no port is left for it.
        """
        check_offer(offer)
        reach = reach or Reach()
        peer = cls(events, reach)
        connection = peer._connection
        offer, names = without_mdns(offer)
        try:
            await connection.setRemoteDescription(RTCSessionDescription(offer, "offer"))
            peer._refuse_all_but_first_video()
            with reach.gathering():
                await connection.setLocalDescription(await connection.createAnswer())
        except PeerError:
            await peer.close()
            raise
        except Exception as error:
            await peer.close()
            raise invalid_sdp(error) from error
        if names:
            peer._resolving = asyncio.create_task(peer._resolve(names), name="resolve mDNS")
        answer = with_addresses(connection.localDescription.sdp, reach.addresses)
        return peer, with_bitrates(with_codec_first(answer, reach.codec), reach.bitrates)

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
        tasks = [task for task in (self._receiving, self._resolving) if task is not None]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self._connection.close()

    async def _resolve(self, names: Sequence[str]) -> None:
        """Ask the local network for candidates that hide behind names, beside the connecting."""
        with contextlib.suppress(Exception):  # no multicast here; the browser finds us by itself
            await asyncio.gather(*(self._add_candidate(name) for name in names))
        if not self._is_closed:
            await self._connection.addIceCandidate(None)

    async def _add_candidate(self, text: str) -> None:
        candidate = candidate_from_sdp(text.removeprefix("candidate:"))
        candidate.sdpMLineIndex = 0
        await self._connection.addIceCandidate(candidate)

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
        options = receiving.Options(
            is_mended=MENDS_AIORTC,
            most_wait_ms=self._reach.loss_wait_ms,
            least_kbps=self._reach.bitrates.least_kbps,
        )
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
