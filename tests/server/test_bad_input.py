"""Bad input at every door: a clear error, and the server lives on."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from aiortc import RTCConfiguration, RTCPeerConnection
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from rtseg import client
from rtseg.client import Live, ServerError
from rtseg.errors import ModelMissingError
from rtseg.models import Segmenter
from tests.engine.fakes import FakeSegmenter
from tests.server.running import Running, running


@pytest.fixture
def http(server: Running) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=server.url, trust_env=False) as http:
        yield http
        assert http.get("/healthz").status_code == 200, "the server did not live on"


def error_of(response: httpx.Response) -> tuple[int, str]:
    body = response.json()
    assert set(body) == {"error"}
    assert set(body["error"]) == {"code", "message"}
    assert len(body["error"]["message"]) > 20
    return response.status_code, body["error"]["code"]


@pytest.mark.parametrize(
    "body",
    [
        r'{"object": "a\ud800b", "image_url": "data:,"}',
        r'{"image_url": "data:,", "model": "vlm\uDFFF"}',
        r'{"a\udbff": 1}',
        r'"\udc00\ud83d"',
    ],
)
@pytest.mark.parametrize("path", ["/v1/segment", "/v1/sessions", "/v1/openai/chat/completions"])
def test_half_a_character_is_refused(http: httpx.Client, path: str, body: str) -> None:
    answer = http.post(path, content=body, headers={"Content-Type": "application/json"})
    assert answer.status_code == 400
    assert answer.json()["error"]["code"] == "invalid_request"
    assert "whole characters" in answer.json()["error"]["message"]


@pytest.mark.parametrize("path", ["/v1/segment", "/v1/sessions", "/v1/openai/chat/completions"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-16-le", "utf-16-be", "utf-32"])
def test_half_a_character_in_plain_sight_is_refused(
    http: httpx.Client, path: str, encoding: str
) -> None:
    part = {"type": "text", "text": "Segment the \ud800unicorn"}
    picture = {"type": "image_url", "image_url": {"url": "data:,"}}
    body = {"messages": [{"role": "user", "content": [part, picture]}]}
    for escapes in (True, False):
        if escapes and encoding == "utf-8":
            continue  # as above
        content = json.dumps(body, ensure_ascii=escapes).encode(encoding, "surrogatepass")
        answer = http.post(path, content=content, headers={"Content-Type": "application/json"})
        assert (answer.status_code, answer.json()["error"]["code"]) == (400, "invalid_request")
        assert "UTF-8" in answer.json()["error"]["message"]


@pytest.mark.parametrize(
    "body", [r'{"object": "\ud83d\ude00"}', r"\ud800", "[" * 100_000 + r"\ud800"]
)
def test_whole_characters_and_what_is_no_json_are_left_to_others(
    http: httpx.Client, body: str
) -> None:
    answer = http.post("/v1/segment", content=body, headers={"Content-Type": "application/json"})
    assert 400 <= answer.status_code < 500
    assert "whole characters" not in answer.text


async def offer_of(*kinds: str, direction: str = "sendonly") -> str:
    peer = RTCPeerConnection(RTCConfiguration(iceServers=[]))
    for kind in kinds:
        if kind == "data":
            peer.createDataChannel("rtseg.v1")
        else:
            peer.addTransceiver(kind, direction=direction)
    await peer.setLocalDescription(await peer.createOffer())
    sdp: str = peer.localDescription.sdp
    await peer.close()
    return sdp


def post(http: httpx.Client, sdp: str, **more: Any) -> httpx.Response:
    return http.post("/v1/sessions", json={"offer": {"type": "offer", "sdp": sdp}, **more})


@pytest.mark.parametrize(
    "sdp",
    [
        "",
        "hello",
        "v=0\r\n",
        "v=0\r\nm=video\r\n",
        "v=0\r\nm=video x UDP/TLS/RTP/SAVPF 96\r\n",
        "v=0\r\nm=video 9 UDP/TLS/RTP/SAVPF 96\r\na=sendonly\r\n",
        "v=0\r\nm=video 9 UDP/TLS/RTP/SAVPF 96\r\na=rtpmap:96 VP8\r\na=sendonly\r\n",
        "\x00\x01\x02",
        "a=" + "x" * 10_000,
    ],
)
def test_broken_sdp(http: httpx.Client, sdp: str) -> None:
    status, code = error_of(post(http, sdp))
    assert status == 400
    assert code in {"invalid_sdp", "no_video"}


async def test_a_real_offer_cut_or_spoiled_anywhere(http: httpx.Client, server: Running) -> None:
    sdp = await offer_of("video")
    lines = sdp.splitlines(keepends=True)
    for n in range(len(lines)):
        for spoiled in ("".join(lines[:n]), "".join(lines[:n] + lines[n + 1 :])):
            response = post(http, spoiled)
            assert response.status_code in {201, 400}, response.text
            if response.is_success:  # nobody needs that line
                made = response.json()
                headers = {"Authorization": f"Bearer {made['stream']['token']}"}
                ended = http.delete(f"/v1/sessions/{made['id']}", headers=headers)
                assert ended.status_code == 204
    assert server.session_count == 0


@pytest.mark.parametrize(
    ("kinds", "direction"),
    [(["audio"], "sendonly"), (["data"], "sendonly"), (["video"], "recvonly")],
)
async def test_an_offer_without_video(http: httpx.Client, kinds: list[str], direction: str) -> None:
    response = post(http, await offer_of(*kinds, direction=direction))
    assert error_of(response) == (400, "no_video")
    assert "camera" in response.json()["error"]["message"]


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b'{"offer": 3}',
        b'{"offer": {"type": "answer", "sdp": "v=0"}}',
        b'{"offer": {"type": "offer", "sdp": "v=0"}, "prompts": "person"}',
        b'{"offer": {"type": "offer", "sdp": "v=0"}, "promts": []}',
        b"\xff\xfe",
    ],
)
def test_a_body_that_is_not_the_json_it_should_be(http: httpx.Client, body: bytes) -> None:
    response = http.post("/v1/sessions", content=body, headers={"Content-Type": "application/json"})
    assert error_of(response) == (400, "invalid_request")


def test_a_body_too_large_said_or_not(http: httpx.Client) -> None:
    huge = b"x" * 300_000
    assert error_of(http.post("/v1/sessions", content=huge)) == (413, "body_too_large")

    def chunks() -> Iterator[bytes]:
        for _ in range(300):
            yield b"x" * 1000

    assert error_of(http.post("/v1/sessions", content=chunks())) == (413, "body_too_large")


@pytest.mark.parametrize(
    ("prompts", "code"),
    [
        ([{"text": "unicorn"}], "unknown_prompt"),
        ([{"text": ""}], "invalid_request"),
        ([{"text": "a" * 300}], "invalid_request"),
        ([{"text": "person"}] * 33, "invalid_request"),
        ([{"word": "person"}], "invalid_request"),
        ([{}], "invalid_request"),
        ([{"points": [{"x": 1.5, "y": 0.5}]}], "invalid_request"),
        ([{"points": [{"x": 0.5}]}], "invalid_request"),
        ([{"points": [{"x": 0.5, "y": 0.5, "frame": -1}]}], "invalid_request"),
        ([{"points": [{"x": 0.5, "y": 0.5, "positive": False}]}], "invalid_request"),
        ([{"points": [{"x": 0.5, "y": 0.5}] * 65}], "invalid_request"),
        ([{"box": {"x_min": 0.9, "y_min": 0, "x_max": 0.1, "y_max": 1}}], "invalid_request"),
        ([{"box": {"x_min": 0, "y_min": 0, "x_max": 1, "y_max": 20}}], "invalid_request"),
        ([{"id": "x" * 65, "text": "person"}], "invalid_request"),
        ([{"id": "x", "text": "person"}, {"id": "x", "text": "people"}], "invalid_request"),
        ([{"text": "person", "model": "nonesuch"}], "invalid_request"),
        ([{"text": "person", "model": "touch"}], "unknown_prompt"),
    ],
)
async def test_prompts_that_cannot_be(
    http: httpx.Client, server: Running, prompts: list[Any], code: str
) -> None:
    response = post(http, await offer_of("video"), prompts=prompts)
    assert error_of(response) == (400, code)
    assert server.session_count == 0


async def test_too_many_sessions() -> None:
    with (
        running(server={"max_sessions": 1}) as server,
        httpx.Client(base_url=server.url, trust_env=False) as http,
    ):
        sdp = await offer_of("video")
        assert post(http, sdp).status_code == 201
        response = post(http, sdp)
        assert error_of(response) == (503, "too_many_sessions")
        assert int(response.headers["Retry-After"]) > 0


def test_unknown_paths_and_methods(http: httpx.Client) -> None:
    assert error_of(http.get("/v1/nothing")) == (404, "not_found")
    assert error_of(http.put("/v1/nothing")) == (404, "not_found")
    for odd in ("/images%00", "/" + "x" * 5000, "/" + "x/" * 3000, "/..%2f..%2fpage.py"):
        assert error_of(http.get(odd)) == (404, "not_found")
    for method, path, allowed in (
        ("PUT", "/v1/models", "GET"),
        ("GET", "/v1/segment", "POST"),
        ("GET", "/v1/openai/chat/completions", "POST"),
        ("HEAD", "/v1/detect", "POST"),
    ):
        response = http.request(method, path)
        assert (response.status_code, response.headers["Allow"]) == (405, allowed)
    assert error_of(http.get("/v1/segment")) == (405, "method_not_allowed")


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b'{"image_url": 1,}', "the body is not JSON: "),
        (b"[" * 100_000, "nested too deeply"),
        (b"\xff\xfe\x00", "expected JSON in UTF-8"),
        (b"", "body: Field required"),
    ],
    ids=("comma", "nested", "bytes", "empty"),
)
@pytest.mark.parametrize("path", ["/v1/segment", "/v1/openai/chat/completions"])
def test_bodies_that_are_no_json(http: httpx.Client, path: str, content: bytes, said: str) -> None:
    headers = {"Content-Type": "application/json"}
    response = http.post(path, content=content, headers=headers)
    error = response.json()["error"]
    assert (response.status_code, error["code"]) == (400, "invalid_request")
    assert said in error["message"]
    assert error.get("param") is None


async def test_tokens(http: httpx.Client, server: Running) -> None:
    made = post(http, await offer_of("video")).json()
    path = f"/v1/sessions/{made['id']}"
    for headers in ({}, {"Authorization": "Bearer wrong"}, {"Authorization": "Basic x"}):
        for response in (
            http.get(path, headers=headers),
            http.delete(path, headers=headers),
            http.put(f"{path}/prompts", headers=headers, json={"prompts": []}),
        ):
            assert error_of(response) == (401, "wrong_token")
    right = {"Authorization": f"Bearer {made['stream']['token']}"}
    assert http.get(path, headers=right).json()["state"] == "connecting"
    assert error_of(http.get("/v1/sessions/nobody", headers=right)) == (404, "no_such_session")
    assert http.delete(path, headers=right).status_code == 204
    assert error_of(http.delete(path, headers=right)) == (404, "no_such_session")


async def close_code(url: str, protocols: list[str]) -> int:
    async with connect(url, subprotocols=protocols or None) as socket:  # type: ignore[arg-type]
        with pytest.raises(ConnectionClosed) as closed:
            async with asyncio.timeout(10):
                while True:
                    await socket.recv()
    assert closed.value.rcvd is not None
    assert closed.value.rcvd.reason
    return closed.value.rcvd.code


async def test_streams_that_may_not_be(http: httpx.Client, server: Running) -> None:
    made = post(http, await offer_of("video")).json()
    base = server.url.replace("http", "ws")
    url = base + made["stream"]["url"]
    right = f"rtseg.token.{made['stream']['token']}"
    assert await close_code(url, ["rtseg.v1"]) == 4401
    assert await close_code(url, ["rtseg.v1", "rtseg.token.wrong"]) == 4401
    assert await close_code(url, ["rtseg.v9", right]) == 4400
    assert await close_code(f"{base}/v1/sessions/nobody/stream", ["rtseg.v1", right]) == 4404
    async with connect(url, subprotocols=["rtseg.v1", right]) as socket:  # type: ignore[list-item]
        assert json.loads(await socket.recv())["type"] == "hello"
        assert await close_code(url, ["rtseg.v1", "rtseg.token.second"]) == 4401
        await socket.send('{"type": "ping", "id": 1}')
        assert json.loads(await socket.recv()) == {"type": "pong", "id": 1}


async def test_more_streams_than_allowed(http: httpx.Client, server: Running) -> None:
    made = post(http, await offer_of("video")).json()
    url = server.url.replace("http", "ws") + made["stream"]["url"]
    protocols = ["rtseg.v1", f"rtseg.token.{made['stream']['token']}"]
    open_sockets: list[ClientConnection] = []
    for _ in range(8):
        open_sockets.append(await connect(url, subprotocols=protocols))  # type: ignore[arg-type]
        await open_sockets[-1].recv()
    assert await close_code(url, protocols) == 1013
    for socket in open_sockets:
        await socket.close()


async def test_garbage_on_the_stream(server: Running, clip: Path) -> None:
    async with client.connect(server.url, clip, loop=True) as live:
        socket = live._socket
        assert socket is not None
        garbage: list[str | bytes] = [
            b"\x01\x00binary",
            "",
            "nonsense",
            "[]",
            '{"type": "dance"}',
            '{"type": "prompts"}',
            '{"type": "prompts", "prompts": [3]}',
            '{"type": "prompts", "prompts": [{"text": null}]}',
            "[" * 50_000,
        ]
        for message in garbage:
            await socket.send(message)
            with pytest.raises(ServerError) as caught:
                await read_on(live)
            assert caught.value.code == "bad_message", message
        await socket.send('{"type": "prompts", "prompts": [{"text": "unicorn"}]}')
        with pytest.raises(ServerError) as caught:
            await read_on(live)
        assert caught.value.code == "unknown_prompt"
        for box in ("3", '{"x_min": 1, "y_min": 0, "x_max": 0, "y_max": 1}'):
            await socket.send(f'{{"type": "prompts", "prompts": [{{"box": {box}}}]}}')
            with pytest.raises(ServerError) as caught:
                await read_on(live)
        assert caught.value.code == "invalid_request"
        assert "x_min < x_max" in str(caught.value)
        for _ in range(6):  # sixteen in all
            await socket.send("nonsense")
        with pytest.raises(ServerError, match=r"1008|stream broke"):
            for _ in range(8):
                try:
                    await read_on(live)
                except ServerError as error:
                    if error.code != "bad_message":
                        raise


async def read_on(live: Live) -> None:
    async with asyncio.timeout(10):
        async for _ in live:
            pass


async def test_a_message_larger_than_any_prompt_ends_the_stream_alone(
    server: Running, clip: Path
) -> None:
    async with client.connect(server.url, clip, loop=True) as live:
        assert live._socket is not None
        await live._socket.send("x" * 1_000_000)
        with pytest.raises(ServerError, match="stream broke"):
            await read_on(live)
        assert (await live.status())["streams"] == 0


def test_a_model_that_is_missing_and_then_there() -> None:
    here: list[Segmenter] = []

    def load(_: str) -> Segmenter:
        if not here:
            raise ModelMissingError("model 'person' is not here; run: rtseg models pull person")
        return here[0]

    with running(load) as server, httpx.Client(base_url=server.url, trust_env=False) as http:
        assert error_of(http.get("/readyz")) == (503, "model_missing")
        sdp = asyncio.run(offer_of("video"))
        response = post(http, sdp)
        assert error_of(response) == (503, "model_missing")
        assert "rtseg models pull person" in response.json()["error"]["message"]
        here.append(FakeSegmenter())
        assert http.get("/readyz").json() == {"status": "ready"}
        assert post(http, sdp).status_code == 201
