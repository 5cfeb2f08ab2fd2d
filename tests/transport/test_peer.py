"""A camera that is a real aiortc peer, and the answer it gets."""

from __future__ import annotations

import asyncio
import contextlib
import fractions
import re
from collections.abc import AsyncIterator
from typing import Any

import numpy as np
import pytest
from aioice import mdns
from aiortc import RTCConfiguration, RTCPeerConnection, RTCSessionDescription
from aiortc.mediastreams import MediaStreamTrack
from av import VideoFrame

from rtseg.errors import PeerError
from rtseg.transport.peer import Channel, Peer
from rtseg.transport.ports import PortRange
from rtseg.transport.reach import Reach
from rtseg.transport.receiving import Dropped
from rtseg.types import Frame
from tests.transport.test_reach import free_range


class Camera(MediaStreamTrack):
    """Sends as fast as it is asked, 30 times a second at most; can be turned."""

    kind = "video"

    def __init__(self) -> None:
        super().__init__()
        self.size = (160, 120)
        self._count = 0

    async def recv(self) -> VideoFrame:
        await asyncio.sleep(1 / 30)
        width, height = self.size
        image = np.full((height, width, 3), self._count % 200, np.uint8)
        frame = VideoFrame.from_ndarray(image, format="bgr24")
        frame.pts, frame.time_base = self._count * 3000, fractions.Fraction(1, 90_000)
        self._count += 1
        return frame


class Events:
    """What a peer tells."""

    def __init__(self) -> None:
        self.frames: list[Frame] = []
        self.gone = asyncio.Event()

    def on_frame(self, frame: Frame) -> None:
        self.frames.append(frame)

    def on_sender_report(self, rtp: int, ntp: int) -> None: ...

    def on_dropped(self, why: Dropped, count: int) -> None: ...

    def on_failed(self, why: str) -> None: ...

    def on_channel(self, channel: Channel) -> None: ...

    def on_gone(self) -> None:
        self.gone.set()

    async def until(self, condition: Any) -> Frame:
        async with asyncio.timeout(30):
            while True:
                for frame in self.frames:
                    if condition(frame):
                        return frame
                await asyncio.sleep(0.01)


@contextlib.asynccontextmanager
async def offering(camera: Camera | None = None) -> AsyncIterator[RTCPeerConnection]:
    connection = RTCPeerConnection(RTCConfiguration(iceServers=[]))
    connection.addTrack(camera or Camera())
    connection.createDataChannel("rtseg.v1")
    await connection.setLocalDescription(await connection.createOffer())
    try:
        yield connection
    finally:
        await connection.close()


@contextlib.asynccontextmanager
async def answered(
    connection: RTCPeerConnection, events: Events, reach: Reach | None = None
) -> AsyncIterator[str]:
    peer, answer = await Peer.answer(connection.localDescription.sdp, events, reach)
    try:
        yield answer
    finally:
        await peer.close()


def ports_of(answer: str) -> set[int]:
    return {int(port) for port in re.findall(r"^a=candidate:\S+ 1 udp \d+ \S+ (\d+)", answer, re.M)}


async def test_frames_come_and_a_camera_that_is_turned_goes_on() -> None:
    camera, events = Camera(), Events()
    async with offering(camera) as connection, answered(connection, events) as answer:
        await connection.setRemoteDescription(RTCSessionDescription(answer, "answer"))
        await events.until(lambda frame: frame.width_px == 160)
        camera.size = (120, 160)
        turned = await events.until(lambda frame: frame.width_px == 120)
        assert turned.pixels().shape == (160, 120, 3)
        assert turned.handed_ns <= turned.decoded_ns
        await connection.close()
        await asyncio.wait_for(events.gone.wait(), 20)


async def test_every_candidate_is_of_the_range_and_of_the_addresses() -> None:
    with free_range(2) as ports:
        reach = Reach(ports, addresses=("203.0.113.5",))
        events = Events()
        async with offering() as first, offering() as second, offering() as third:
            async with (
                answered(first, events, reach) as one,
                answered(second, events, reach) as two,
            ):
                assert ports_of(one) | ports_of(two) == {ports.first, ports.last}
                assert len(ports_of(one)) == len(ports_of(two)) == 1
                assert f" 203.0.113.5 {ports_of(one).pop()} typ host" in one
                with pytest.raises(PeerError) as caught:
                    await Peer.answer(third.localDescription.sdp, events, reach)
                assert caught.value.code == "too_many_sessions"
            async with answered(third, events, reach) as three:  # a port is given back
                assert ports_of(three) <= {ports.first, ports.last}


async def test_a_camera_is_received_on_the_range() -> None:
    events = Events()
    with free_range(1) as ports:
        reach = Reach(PortRange(str(ports)))
        async with offering() as connection, answered(connection, events, reach) as answer:
            await connection.setRemoteDescription(RTCSessionDescription(answer, "answer"))
            await events.until(lambda frame: True)


async def test_names_that_nobody_knows_are_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """aiortc waits a second for each before it answers; here the test would wait for ever."""
    asked = []

    async def resolve(self: Any, name: str) -> str | None:
        asked.append(name)
        await asyncio.Event().wait()
        return None

    monkeypatch.setattr(mdns.MDnsProtocol, "resolve", resolve)
    events = Events()
    async with offering() as connection:
        sdp = re.sub(
            r"(a=candidate:\S+ 1 udp \d+) \S+", r"\1 nobody.local", connection.localDescription.sdp
        )
        peer, answer = await asyncio.wait_for(Peer.answer(sdp, events), 20)
        await connection.setRemoteDescription(RTCSessionDescription(answer, "answer"))
        await events.until(lambda frame: True)  # the camera finds us
        assert set(asked) == {"nobody.local"}
        await peer.close()
