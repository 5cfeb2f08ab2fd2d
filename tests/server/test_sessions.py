"""Sessions by a real WebRTC client over loopback."""

from __future__ import annotations

import asyncio
import json
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
from aiortc import RTCConfiguration, RTCPeerConnection, RTCSessionDescription
from aiortc.mediastreams import VideoStreamTrack
from av import VideoFrame

from rtseg import client
from rtseg.client import Live, ServerError, Update
from rtseg.geometry import fill
from rtseg.server.conversation import MAX_MALFORMED
from rtseg.transport.source import SourceTrack
from rtseg.types import Box, Point, Prompt
from rtseg.wire import Decoder, FrameMessage, pack_ack
from tests.server.running import CLIP_SIZE, SQUARE_PX, Running, draw, running, square_x

TIMEOUT_S = 20


async def until(condition: Callable[[], bool], timeout_s: float = TIMEOUT_S) -> None:
    async with asyncio.timeout(timeout_s):
        while not condition():
            await asyncio.sleep(0.02)


async def first(live: Live, good: Callable[[Update], bool]) -> Update:
    """Read until an update is as wished."""
    async with asyncio.timeout(TIMEOUT_S):
        async for update in live:
            if good(update):
                return update
    raise AssertionError("the stream ended")


def has_outline(update: Update) -> bool:
    return any(not thing.path.is_empty for thing in update.message.objects)


async def begin(server: Running, peer: RTCPeerConnection) -> dict[str, Any]:
    """Offer what the peer sends and opens, take the answer, and give the server's whole reply."""
    await peer.setLocalDescription(await peer.createOffer())
    offer = {"type": "offer", "sdp": peer.localDescription.sdp}
    async with httpx.AsyncClient(base_url=server.url, trust_env=False) as http:
        reply: dict[str, Any] = (await http.post("/v1/sessions", json={"offer": offer})).json()
    await peer.setRemoteDescription(RTCSessionDescription(reply["answer"]["sdp"], "answer"))
    return reply


async def test_the_outline_lies_on_the_object_of_its_own_frame(server: Running, clip: Path) -> None:
    """Every update names its frame; there, and not where it is by now, is the square."""
    checked = 0
    async with client.connect(server.url, clip, ["person"]) as live, asyncio.timeout(TIMEOUT_S):
        async for update in live:
            if update.position_s is None or not has_outline(update):
                continue
            n = round(update.position_s * 30)
            x0, y0, x1, y1 = update.message.objects[0].path.bbox
            assert abs(x0 - square_x(n)) <= 3, f"frame {n}"
            assert abs(x1 - square_x(n) - SQUARE_PX) <= 3
            assert abs(y0 - 50) <= 3
            assert abs(y1 - 50 - SQUARE_PX) <= 3
            assert update.message.objects[0].label == "person"
            checked += 1
            if checked == 30:
                break
    assert checked == 30
    await until(lambda: server.session_count == 0)


async def test_prompts_change_while_it_runs(server: Running, clip: Path) -> None:
    async with client.connect(server.url, clip, loop=True) as live:
        assert [prompt["text"] for prompt in live.prompts] == ["person"]
        await first(live, has_outline)
        assert await live.set_prompts([]) == []
        await first(live, lambda update: not update.message.objects)
        with pytest.raises(ServerError, match="you can ask for: person") as caught:
            await live.set_prompts(["unicorn"])
        assert (caught.value.code, caught.value.status) == ("unknown_prompt", 400)
        assert (await live.status())["prompts"] == []
        await live.set_prompts(["humans"])
        again = await first(live, has_outline)
        assert again.message.objects[0].track_id == 2


async def test_a_click_is_answered_on_its_frame_and_the_object_keeps_its_id(
    server: Running, clip: Path
) -> None:
    async with client.connect(server.url, clip, [], loop=True) as live:
        seen = await first(live, lambda update: update.position_s is not None)
        assert seen.position_s is not None
        x = (square_x(round(seen.position_s * 30)) + SQUARE_PX / 2) / CLIP_SIZE[0]
        frame = seen.message.frame_id
        click = Point(x, 80 / CLIP_SIZE[1], frame_id=frame)
        (prompt,) = await live.set_prompts([Prompt(points=(click,), id="mine")])
        assert prompt == {
            "id": "mine",
            "text": "",
            "points": [{"x": x, "y": 80 / CLIP_SIZE[1], "positive": True, "frame": frame}],
            "box": None,
            "label": "object",
            "model": "touch",
            "objects": [1],
        }
        on_it = await first(live, has_outline)
        assert on_it.position_s is not None
        x0, _, x1, _ = on_it.message.objects[0].path.bbox
        assert abs((x0 + x1 - SQUARE_PX) / 2 - square_x(round(on_it.position_s * 30))) < 6
        box = Box(0, 0, 1, 1, frame_id=on_it.message.frame_id)
        (prompt,) = await live.set_prompts([Prompt(points=(click,), box=box, id="mine")])
        assert prompt["objects"] == [1]
        both = await live.set_prompts([Prompt(points=(click,), box=box, id="mine"), "person"])
        assert [(p["id"], p["text"]) for p in both] == [("mine", ""), ("1", "person")]
        two = await first(live, lambda update: len(update.message.objects) == 2)
        assert {thing.track_id for thing in two.message.objects} == {1, 2}
        assert [p["objects"] for p in live.prompts] == [[1], [2]], "told on the stream"
        await live.set_prompts(["person"])
        one = await first(live, lambda update: len(update.message.objects) == 1)
        assert one.message.objects[0].track_id == 2


async def test_a_session_says_how_it_is_doing(server: Running, clip: Path) -> None:
    async with client.connect(server.url, clip, loop=True, timing=True) as live:
        update = await first(live, has_outline)
        assert update.message.timing is not None
        assert update.message.timing.track_us > 0
        status = await live.status()
        assert status["state"] == "live"
        assert status["streams"] == 1
        assert status["frames"]["tracked"] > 0


async def test_several_cameras_at_once_are_served_fairly(server: Running, clip: Path) -> None:
    async def watch() -> int:
        seen = 0
        async with client.connect(server.url, clip, loop=True) as live, asyncio.timeout(TIMEOUT_S):
            async for update in live:
                seen += has_outline(update)
                if seen >= 20:
                    return (await live.status())["frames"]["model_runs"]
        raise AssertionError

    runs = await asyncio.gather(watch(), watch(), watch())
    assert min(runs) > 5
    await until(lambda: server.session_count == 0)


class ScalingTrack(VideoStreamTrack):
    """A sender that changes its resolution in mid-stream, as browsers do."""

    def __init__(self) -> None:
        super().__init__()
        self.count = 0

    async def recv(self) -> VideoFrame:
        pts, time_base = await self.next_timestamp()
        frame = VideoFrame.from_ndarray(draw(0), format="bgr24")
        if self.count >= 20:
            frame = frame.reformat(width=CLIP_SIZE[0] // 2, height=CLIP_SIZE[1] // 2)
        self.count += 1
        frame.pts, frame.time_base = pts, time_base
        return frame


async def test_a_change_of_resolution_is_followed(server: Running) -> None:
    async with client.connect(server.url, ScalingTrack()) as live:
        large = await first(live, has_outline)
        assert (large.message.width_px, large.message.height_px) == CLIP_SIZE
        small = await first(live, lambda u: u.message.width_px < CLIP_SIZE[0] and has_outline(u))
        thing = small.message.objects[0]
        assert thing.path.bbox[0] == pytest.approx(square_x(0) / 2, abs=3)
        mask = fill(thing.path, (small.message.height_px, small.message.width_px))
        assert mask.sum() == pytest.approx((SQUARE_PX / 2) ** 2, rel=0.15)


async def test_data_channel_and_socket_carry_the_same_outlines(server: Running, clip: Path) -> None:
    peer = RTCPeerConnection(RTCConfiguration(iceServers=[]))
    track = SourceTrack(clip, loop=True)
    peer.addTransceiver(track, direction="sendonly")
    channel = peer.createDataChannel("rtseg.v1", ordered=False, maxRetransmits=0)
    other = peer.createDataChannel("something else")
    by_channel: dict[int, FrameMessage] = {}
    channel_decoder, socket_decoder = Decoder(), Decoder()
    texts: list[str] = []

    @channel.on("message")
    def _(message: str | bytes) -> None:
        if isinstance(message, str):
            texts.append(message)
        elif isinstance(decoded := channel_decoder.read(message), FrameMessage):
            by_channel[decoded.frame_id] = decoded

    answer = await begin(server, peer)

    from websockets.asyncio.client import connect

    by_socket: dict[int, FrameMessage] = {}
    address = server.url.replace("http", "ws") + answer["stream"]["url"]
    protocols = ["rtseg.v1", f"rtseg.token.{answer['stream']['token']}"]
    async with connect(address, subprotocols=protocols) as socket, asyncio.timeout(TIMEOUT_S):  # type: ignore[arg-type]
        async for message in socket:
            if isinstance(message, bytes) and isinstance(
                decoded := socket_decoder.read(message), FrameMessage
            ):
                by_socket[decoded.frame_id] = decoded
            if len(by_socket.keys() & by_channel.keys()) >= 10:
                break
    common = by_socket.keys() & by_channel.keys()
    assert all(by_socket[n].objects == by_channel[n].objects for n in common)
    assert not socket_decoder.is_stale
    assert not channel_decoder.is_stale
    channel.send('{"type": "ping", "id": 7}')
    channel.send("nonsense")
    channel.send('{"type": "prompts", "prompts": []}')
    await until(lambda: len(texts) >= 4)
    assert '"hello"' in texts[0]
    assert any('"pong"' in text for text in texts)
    assert any('"bad_message"' in text for text in texts)
    assert any('"prompts": []' in text for text in texts[1:])
    await until(lambda: other.readyState == "closed")
    await peer.close()
    track.stop()
    await until(lambda: server.session_count == 0)


async def test_a_page_on_the_data_channel_builds_upon_what_it_acknowledged(
    server: Running, clip: Path
) -> None:
    """Every third packet is lost, and so is what is said before there is a channel for text."""
    peer = RTCPeerConnection(RTCConfiguration(iceServers=[]))
    track = SourceTrack(clip, loop=True)
    peer.addTransceiver(track, direction="sendonly")
    channel = peer.createDataChannel("rtseg.v1", ordered=False, maxRetransmits=0)
    decoder = Decoder()
    kinds: list[int] = []
    texts: list[dict[str, object]] = []
    came = 0

    @channel.on("message")
    def _(message: str | bytes) -> None:
        nonlocal came
        if isinstance(message, str):
            return
        came += 1
        if message[1] not in (0, 3) or came % 3 == 0:
            return
        kinds.append(message[1])
        decoder.read(message)
        assert not decoder.is_stale
        assert decoder.whole_id is not None
        channel.send(pack_ack(decoder.whole_id))

    await begin(server, peer)
    await until(lambda: kinds.count(3) >= 10)
    assert kinds.count(0) <= 5, "whole frames only until the first was acknowledged"
    assert server.metrics()["rtseg_ack_behind_seconds_count"] >= 10
    await until(lambda: server.metrics()["rtseg_packets_repeated_total"] >= 5)

    text = peer.createDataChannel("rtseg.v1.text")
    text.on("message", lambda message: texts.append(json.loads(message)))
    await until(lambda: bool(texts))
    assert texts[0]["type"] == "hello"
    text.send('{"type": "prompts", "prompts": []}')
    channel.send(b"\x01\x05\x00")
    channel.send('{"type": "ping", "id": 1}')
    await until(lambda: {"prompts", "error"} <= {str(message["type"]) for message in texts})
    (error,) = (message for message in texts if message["type"] == "error")
    assert error["code"] == "bad_message"
    for _ in range(MAX_MALFORMED):
        text.send("nonsense")
    await until(lambda: text.readyState == "closed")
    kinds.clear()
    await until(lambda: len(kinds) >= 3)  # outlines go on
    await peer.close()
    track.stop()
    await until(lambda: server.session_count == 0)


async def test_of_several_channels_with_one_label_the_newest_is_used(
    server: Running, clip: Path
) -> None:
    peer = RTCPeerConnection(RTCConfiguration(iceServers=[]))
    track = SourceTrack(clip, loop=True)
    peer.addTransceiver(track, direction="sendonly")
    came: list[int] = []

    def open_another(number: int) -> None:
        channel = peer.createDataChannel("rtseg.v1", ordered=False, maxRetransmits=0)
        channel.on("message", lambda _: came.append(number))

    open_another(0)
    await begin(server, peer)
    await until(lambda: came.count(0) >= 5)
    for number in range(1, 4):
        open_another(number)
        await until(lambda number=number: came.count(number) >= 5)  # type: ignore[misc]
    came.clear()
    await until(lambda: len(came) >= 5)
    assert set(came) == {3}
    (live,) = server.manager._live.values()
    assert live.session.stream_count == 1
    await peer.close()
    track.stop()
    await until(lambda: server.session_count == 0)


async def test_a_camera_that_ends_gives_everything_back(server: Running, clip: Path) -> None:
    def decoders() -> int:
        return sum("decoder" in thread.name for thread in threading.enumerate())

    before = decoders()
    async with client.connect(server.url, clip, loop=True) as live:
        await first(live, has_outline)
        assert decoders() == before + 1
    await until(lambda: server.session_count == 0 and decoders() == before)
    assert not server.manager._live


async def test_a_peer_that_vanishes_is_noticed(clip: Path) -> None:
    """No goodbye of any kind: its packets just stop."""
    with running(session={"peer_timeout_s": 1.5}) as server:
        async with client.connect(server.url, clip, loop=True) as live:
            await first(live, has_outline)
            started = time.monotonic()
            silence(server)
            with pytest.raises(AssertionError, match="the stream ended"):
                await first(live, lambda _: False)
            assert time.monotonic() - started < 5
        assert server.session_count == 0
        assert server.metrics()['rtseg_sessions_ended_total{reason="peer_gone"}'] == 1


def silence(server: Running) -> None:
    """Make the server deaf to its peers, as if the network between them were cut."""
    for live in server.manager._live.values():
        assert live.peer is not None
        for transceiver in live.peer._connection.getTransceivers():
            transport = transceiver.receiver.transport.transport

            async def never() -> bytes:
                await asyncio.Event().wait()
                raise AssertionError

            transport._recv = never


async def test_a_peer_that_never_connects_is_forgotten(clip: Path) -> None:
    with running(session={"connect_timeout_s": 0.5}) as server:
        peer = RTCPeerConnection(RTCConfiguration(iceServers=[]))
        track = SourceTrack(clip)
        peer.addTransceiver(track, direction="sendonly")
        await peer.setLocalDescription(await peer.createOffer())
        offer = {"type": "offer", "sdp": peer.localDescription.sdp}
        async with httpx.AsyncClient(base_url=server.url, trust_env=False) as http:
            assert (await http.post("/v1/sessions", json={"offer": offer})).status_code == 201
        assert server.session_count == 1
        await until(lambda: server.session_count == 0, 5)
        await peer.close()
        track.stop()


async def test_a_server_that_goes_down_says_so_on_every_stream(clip: Path) -> None:
    with running() as server:
        async with client.connect(server.url, clip, loop=True) as live:
            await first(live, has_outline)
            assert live._socket is not None
            stopping = asyncio.create_task(asyncio.to_thread(server.stop))
            async with asyncio.timeout(TIMEOUT_S):
                messages = [message async for message in live._socket]
            end = json.loads(next(m for m in reversed(messages) if isinstance(m, str)))
            assert (end["type"], end["reason"]) == ("end", "server_shutdown")
            assert live._socket.close_code == 1000
            await stopping
