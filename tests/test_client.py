"""The client when things go wrong; when they go right, it drives the tests of the server."""

from __future__ import annotations

import asyncio
import http.server
import threading
import time
from pathlib import Path

import pytest

from rtseg import client
from rtseg.client import ServerError
from rtseg.errors import UsageError
from tests.server.running import running, write_clip


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_clip(tmp_path_factory.mktemp("clip") / "square.mp4")


async def fails(url: str, source: object, **options: object) -> ServerError:
    with pytest.raises(ServerError) as caught:
        async with client.connect(url, source, **options):  # type: ignore[arg-type]
            raise AssertionError("it connected")
    return caught.value


async def test_no_server(clip: Path) -> None:
    error = await fails("http://127.0.0.1:9", clip)
    assert error.code == "no_server"
    assert "http://127.0.0.1:9" in str(error)


async def test_another_kind_of_server(clip: Path) -> None:
    other = http.server.HTTPServer(("127.0.0.1", 0), http.server.BaseHTTPRequestHandler)
    thread = threading.Thread(target=other.serve_forever, daemon=True)
    thread.start()
    error = await fails(f"http://127.0.0.1:{other.server_port}", clip)
    other.shutdown()
    other.server_close()
    assert error.code == "not_rtseg"


async def test_a_prompt_that_the_server_does_not_know(clip: Path) -> None:
    with running() as server:
        error = await fails(server.url, clip, prompts=["unicorn"])
        assert (error.status, error.code) == (400, "unknown_prompt")
        assert server.session_count == 0


async def test_a_source_that_is_not_there() -> None:
    with running() as server, pytest.raises(UsageError, match="cannot be opened"):
        async with client.connect(server.url, "nowhere.mp4"):
            pass


async def test_the_end_of_the_file_ends_the_updates(tmp_path: Path) -> None:
    short = write_clip(tmp_path / "short.mp4", frames=20)
    with running() as server:
        async with client.connect(server.url, short) as live:
            count = 0
            async for _ in live:
                count += 1
        assert 5 < count <= 20


async def test_whoever_does_not_read_may_leave_at_once(clip: Path) -> None:
    """With messages that nobody took, the stream's own goodbye never comes through."""
    with running() as server:
        async with asyncio.timeout(20), client.connect(server.url, clip, loop=True) as live:
            while (await live.status())["frames"]["tracked"] < 40:
                await asyncio.sleep(0.05)
            left_s = time.monotonic()
        assert time.monotonic() - left_s < 5
        assert server.session_count == 0
