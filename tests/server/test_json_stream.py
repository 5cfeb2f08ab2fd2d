"""`rtseg.v1+json` by a real server, a real camera and real sockets."""

from __future__ import annotations

import ast
import asyncio
import contextlib
import itertools
import json
import os
import re
import sys
import threading
from collections.abc import AsyncIterator
from pathlib import Path as FilePath
from types import SimpleNamespace
from typing import Any

import numpy as np
from websockets.asyncio.client import ClientConnection, connect
from websockets.asyncio.server import Server, ServerConnection, serve

from rtseg import client
from rtseg.client import Live
from rtseg.engine import Outbox, SessionCore
from rtseg.geometry import Path, box_of
from rtseg.models import Answer, Detection, Request
from rtseg.server import stream
from rtseg.server.json_view import JsonView
from rtseg.tracking import Tracker
from rtseg.types import Box
from rtseg.wire import Decoder, Encoder, FrameMessage
from tests.engine.fakes import THINGS, FakeSegmenter, bright_things, entry_of, store_of
from tests.server.json_reader import KEYS, JsonReader
from tests.server.running import CLIP_SIZE, SQUARE_PX, Running, running, square_x

TIMEOUT_S = 20
DOCS = FilePath(__file__).parents[2] / "docs"


@contextlib.asynccontextmanager
async def looking(live: Live, *protocols: str, **options: Any) -> AsyncIterator[ClientConnection]:
    names = [*(protocols or ["rtseg.v1+json"]), f"rtseg.token.{live.token}"]
    async with (
        connect(live.stream_url, subprotocols=names, proxy=None, **options) as socket,  # type: ignore[arg-type]
        asyncio.timeout(TIMEOUT_S),
    ):
        yield socket


async def test_it_tells_the_outlines_of_the_binary_stream(server: Running, clip: FilePath) -> None:
    """Vertex by vertex, frame by frame; what is no frame stands there as well."""
    reader, decoder = JsonReader(), Decoder()
    in_json: dict[int, Any] = {}
    in_bytes: dict[int, Any] = {}
    others: list[dict[str, Any]] = []

    async def read_json(socket: ClientConnection) -> None:
        async for line in socket:
            assert isinstance(line, str)
            if json.loads(line)["type"] not in KEYS:
                others.append(json.loads(line))
            elif (frame := reader.take(line)) is not None:
                in_json[frame["frame_id"]] = reader.paths(frame)
                assert (frame["width"], frame["height"]) == CLIP_SIZE

    async def read_bytes(socket: ClientConnection) -> None:
        async for packet in socket:
            if isinstance(packet, bytes) and isinstance(
                frame := decoder.read(packet), FrameMessage
            ):
                in_bytes[frame.frame_id] = {one.track_id: one.path for one in frame.objects}
            common = in_json.keys() & in_bytes.keys()
            has_clock = any(other["type"] == "clock" for other in others)
            if has_clock and sum(len(in_bytes[n]) for n in common) >= 20:
                return

    async with (
        client.connect(server.url, clip, loop=True) as live,
        looking(live, "rtseg.v1") as binary,
        looking(live) as plain,
    ):
        assert (binary.subprotocol, plain.subprotocol) == ("rtseg.v1", "rtseg.v1+json")
        reading = asyncio.create_task(read_json(plain))
        await read_bytes(binary)
        reading.cancel()
    common = in_json.keys() & in_bytes.keys()
    assert {n: in_json[n] for n in common} == {n: in_bytes[n] for n in common}
    assert others[0]["type"] == "hello"
    assert [prompt["text"] for prompt in others[0]["prompts"]] == ["person"]
    clock = next(other for other in others if other["type"] == "clock")
    assert clock.keys() == {"type", "rtp", "unix_s"}
    assert {kind for kind, _ in reader.types} >= {"bbox", "final"}


async def test_prompts_are_taken_on_it_and_an_end_says_so(server: Running, clip: FilePath) -> None:
    async with client.connect(server.url, clip, loop=True) as live, looking(live) as socket:

        async def until(kind: str) -> dict[str, Any]:
            async for line in socket:
                message: dict[str, Any] = json.loads(line)
                if message["type"] == kind:
                    return message
            raise AssertionError(f"no {kind} came")

        assert (await until("final"))["label"] == "person"
        await socket.send('{"type": "ping", "id": [1]}')
        assert await until("pong") == {"type": "pong", "id": [1]}
        await socket.send('{"type": "prompts", "prompts": [{"text": "unicorn"}]}')
        assert (await until("error"))["code"] == "unknown_prompt"
        await socket.send('{"type": "prompts", "prompts": []}')
        assert (await until("prompts"))["prompts"] == []
        assert (await until("gone"))["track_id"] == 1
        assert (await until("frame"))["objects"] == []
        await live.end()
        assert (await until("end"))["reason"] == "closed"
        assert [message async for message in socket] == []
        assert socket.close_code == 1000


async def test_of_both_protocols_the_first_is_taken(server: Running, clip: FilePath) -> None:
    async with client.connect(server.url, clip, loop=True) as live:
        for offered in (["rtseg.v1+json", "rtseg.v1"], ["rtseg.v1", "rtseg.v1+json"]):
            async with looking(live, *offered) as socket:
                assert socket.subprotocol == offered[0]
                assert json.loads(await socket.recv())["type"] == "hello"


async def test_timing_stands_with_each_frame_where_the_session_asked(
    server: Running, clip: FilePath
) -> None:
    async with (
        client.connect(server.url, clip, loop=True, timing=True) as live,
        looking(live) as socket,
    ):
        async for line in socket:
            if (message := json.loads(line))["type"] == "frame":
                assert message["timing"]["track_us"] > 0
                break


async def test_what_a_detector_found_has_its_box_until_the_outline_is_there(clip: FilePath) -> None:
    gate = threading.Event()

    def slowly(request: Request) -> Answer:
        if request.on_boxes is not None and not gate.is_set():
            height, width = request.image.shape[:2]
            x0, y0, x1, y1 = box_of(request.image[..., 0] > 127)
            box = Box(x0 / width, y0 / height, x1 / width, y1 / height)
            request.on_boxes((Detection(0, "thing", 0.9, box),))
            assert gate.wait(TIMEOUT_S)
        return bright_things(request)

    reader = JsonReader()
    with running(
        lambda _: FakeSegmenter(slowly, info=THINGS), store_of(entry_of(THINGS))
    ) as server:
        try:
            async with (
                client.connect(server.url, clip, ["thing"], loop=True) as live,
                looking(live) as socket,
            ):
                async for line in socket:
                    if json.loads(line)["type"] not in KEYS:
                        continue
                    if reader.take(str(line)) is not None and reader.objects:
                        (one,) = reader.objects.values()
                        if "path" in one:
                            break
                        assert one["label"] == "thing"
                        gate.set()
        finally:
            gate.set()
    kinds = [kind for kind, _ in reader.types]
    assert kinds[0] == "bbox"
    assert kinds[-1] == "final"
    assert "gone" not in kinds, "the outline is of the object that the box was of"


class SlowSocket:
    """A WebSocket whose every message waits until the test lets it through."""

    def __init__(self) -> None:
        self.sent: list[str] = []
        self.is_sending = asyncio.Event()
        self.may_send = asyncio.Semaphore(0)

    async def send_text(self, text: str) -> None:
        self.is_sending.set()
        await self.may_send.acquire()
        self.sent.append(text)

    async def receive(self) -> dict[str, Any]:
        await asyncio.Event().wait()
        raise AssertionError

    async def close(self, code: int, reason: str) -> None:
        self.sent.append(f"closed {code}")


async def test_a_slow_reader_misses_frames_and_is_never_behind() -> None:
    outbox, socket = Outbox(), SlowSocket()
    session = SimpleNamespace(subscribe=lambda: outbox, unsubscribe=lambda _: None)
    live: Any = SimpleNamespace(session=session, on_text=None)  # it says nothing
    web_socket: Any = socket
    core = SessionCore(Tracker(), Encoder(), itertools.count(1).__next__)
    rings = [np.array([[n, 0], [0, 10], [10, 10]], np.int32) for n in range(8)]

    def put(n: int) -> None:
        outbox.put_frame(n, outbox.written(core.pack(n, (20, 20), {1: Path((rings[n],))})))

    serving = asyncio.create_task(stream._serve(web_socket, live, stream._in_json(web_socket)))
    async with asyncio.timeout(TIMEOUT_S):
        put(1)
        await socket.is_sending.wait()
        for n in range(2, 8):
            put(n)
        outbox.close()
        for _ in range(20):
            socket.may_send.release()
        await serving
    lines = [json.loads(line) for line in socket.sent[:-1]]
    assert [(line["type"], line["frame_id"]) for line in lines] == [
        ("bbox", 1), ("final", 1), ("frame", 1), ("final", 7), ("frame", 7),
    ]  # fmt: skip
    reader = JsonReader()
    *_, last = [reader.take(line) for line in socket.sent[:-1]]
    assert last is not None
    assert reader.paths(last) == {1: Path((rings[7],))}
    assert socket.sent[-1] == "closed 1000"


def example() -> str:
    """The client that stands in docs/http.md."""
    text = (DOCS / "http.md").read_text(encoding="utf-8")
    (code,) = re.findall(r"```python\n(# look\.py.*?)```", text, re.DOTALL)
    return str(code)


@contextlib.asynccontextmanager
async def running_example(folder: FilePath, address: str) -> AsyncIterator[asyncio.StreamReader]:
    """Run it and give what it prints; it must end well by itself."""
    script = folder / "look.py"
    script.write_text(example(), encoding="utf-8")
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-u", script, *address.split(),
        stdout=asyncio.subprocess.PIPE, env={**os.environ, "NO_PROXY": "127.0.0.1"},
    )  # fmt: skip
    assert process.stdout is not None
    try:
        async with asyncio.timeout(TIMEOUT_S):
            yield process.stdout
            assert await process.wait() == 0
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.kill()


async def test_the_example_of_the_documentation_works(
    server: Running, clip: FilePath, tmp_path: FilePath
) -> None:
    async with (
        client.connect(server.url, clip, loop=True) as live,
        running_example(tmp_path, f"{live.stream_url} {live.token}") as printed,
    ):
        while "person" not in (line := (await printed.readline()).decode()):
            assert line, "it ended"
        await live.end()
        assert "closed" in (await printed.read()).decode()
    ((label, bbox),) = ast.literal_eval(line.partition(" ")[2])
    x0, x1 = (bbox[side] * CLIP_SIZE[0] for side in ("x_min", "x_max"))
    assert label == "person"
    assert abs(x1 - x0 - SQUARE_PX) < 6
    assert square_x(0) - 3 <= x0 <= square_x(90)


async def test_the_example_has_the_boxes_of_every_frame(tmp_path: FilePath) -> None:
    """Of objects that come, move, change, stay and go."""
    encoder, view, reader = Encoder(), JsonView(), JsonReader()
    shown = [[(1, 10, 40)], [(1, 13, 40)], [(1, 13, 40), (2, 90, 8)], [(1, 13, 50), (2, 90, 8)],
             [(2, 90, 8)], [], [(1, 20, 30)]]  # fmt: skip
    lines: list[str] = []
    want: list[str] = []
    for n, objects in enumerate(shown):
        masks = {i: np.zeros((100, 200), np.bool_) for i, _, _ in objects}
        for i, x, side in objects:
            masks[i][20 : 20 + side, x : x + side] = True
            masks[i][20, x] = side != 50
        told = view.lines(encoder.encode(n, masks, size=(100, 200), labels={1: "cat", 2: "dog"}))
        *_, _ = [reader.take(line) for line in told]
        lines += told
        want.append(f"{n} {[(one['label'], one['bbox']) for one in reader.objects.values()]}")
    assert {json.loads(line)["type"] for line in lines} == set(KEYS) - {"path_delta"}

    async def play(socket: ServerConnection) -> None:
        for line in lines:
            await socket.send(line)

    protocol: Any = "rtseg.v1+json"
    async with (
        serve(play, "127.0.0.1", 0, subprotocols=[protocol]) as player,
        running_example(tmp_path, f"ws://127.0.0.1:{port_of(player)} token") as printed,
    ):
        assert (await printed.read()).decode().splitlines() == want


def port_of(server: Server) -> int:
    (socket,) = server.sockets
    return int(socket.getsockname()[1])
