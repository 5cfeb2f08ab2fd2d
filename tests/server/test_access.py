"""Keys and limits: the pure part, and a running server with them."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import socket
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Annotated, Any

import httpx
import pytest
from fastapi import APIRouter, Depends
from fastapi.responses import StreamingResponse
from starlette.datastructures import Headers

from rtseg import client
from rtseg.client import ServerError
from rtseg.config import ApiConfig, Config, load
from rtseg.errors import ConfigError, PeerError
from rtseg.server.access import Access, admit, read_keys
from tests.server.running import Running, running, write_clip

KEY, OTHER = "k" * 16, "another-key-of-32-characters-long"


def access(**config: Any) -> Access:
    return Access.of(ApiConfig(**config))


def headers(**values: str) -> Headers:
    return Headers({name.replace("_", "-"): value for name, value in values.items()})


@pytest.mark.parametrize(
    ("sent", "caller"),
    [
        ({"Authorization": f"Bearer {KEY}"}, "key 1"),
        ({"Authorization": f"bearer  {OTHER} "}, "key 2"),
        ({"X_Moondream_Auth": KEY}, "key 1"),
        ({"x_moondream_auth": OTHER}, "key 2"),
        ({"X_Moondream_Auth": "", "Authorization": f"Bearer {KEY}"}, "key 1"),
        ({"X_Moondream_Auth": "no key of ours", "Authorization": f"Bearer {KEY}"}, "key 1"),
    ],
)
def test_a_key_says_who_asks(sent: dict[str, str], caller: str) -> None:
    assert access(keys=(KEY, OTHER)).caller(headers(**sent), "1.2.3.4") == caller


@pytest.mark.parametrize(
    ("sent", "code"),
    [
        ({}, "missing_api_key"),
        ({"Authorization": ""}, "missing_api_key"),
        ({"Authorization": "Bearer "}, "missing_api_key"),
        ({"Authorization": f"Basic {KEY}"}, "missing_api_key"),
        ({"Authorization": KEY}, "missing_api_key"),
        ({"X_Moondream_Auth": "  "}, "missing_api_key"),
        ({"Authorization": f"Bearer {KEY}x"}, "invalid_api_key"),
        ({"Authorization": f"Bearer {KEY[:-1]}"}, "invalid_api_key"),
        ({"Authorization": "Bearer ké"}, "invalid_api_key"),
        ({"X_Moondream_Auth": KEY.upper()}, "invalid_api_key"),
    ],
)
def test_without_one_of_the_keys(sent: dict[str, str], code: str) -> None:
    with pytest.raises(PeerError) as caught:
        access(keys=(KEY,)).caller(headers(**sent), "1.2.3.4")
    assert (caught.value.status, caught.value.code) == (401, code)
    assert KEY[:-1] not in str(caught.value)


def test_every_key_is_compared_wherever_the_right_one_stands(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    compared: list[tuple[bytes, bytes]] = []

    def compare(one: bytes, other: bytes) -> bool:
        compared.append((one, other))
        return one == other

    with_keys = access(keys=(KEY, OTHER, "x" * 40))
    monkeypatch.setattr("rtseg.server.access.hmac.compare_digest", compare)
    for key in (KEY, OTHER):
        compared.clear()
        with_keys.caller(headers(Authorization=f"Bearer {key}"), "")
        assert len(compared) == 3
        assert len({len(part) for pair in compared for part in pair}) == 1


@pytest.mark.parametrize(
    ("host", "caller"),
    [
        ("1.2.3.4", "1.2.3.4"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2::", "2001:db8:1:2::/64"),
        ("::ffff:1.2.3.4", "1.2.3.4"),
        ("testclient", "testclient"),
        ("", ""),
    ],
)
def test_without_keys_the_address_says_it(host: str, caller: str) -> None:
    assert access().caller(headers(Authorization="Bearer anything"), host) == caller


def test_keys_of_the_configuration_and_of_a_file(tmp_path: Path) -> None:
    file = tmp_path / "keys"
    file.write_text(f"# the robots'\n\n  {OTHER}  \n{KEY}\n")
    config = load(env={"RTSEG_API__KEYS": f"{KEY}, {'z' * 20}", "RTSEG_API__KEYS_FILE": str(file)})
    assert read_keys(config.api) == [KEY, "z" * 20, OTHER]
    one = load(env={}, flags={"api.keys": KEY})
    assert read_keys(one.api) == [KEY]


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (None, "cannot be read"),
        ("", "expected one key a line"),
        ("# only words\n", "expected one key a line"),
        (f"{KEY}\nshort-one\n", "line 2 of .* expected a key of at least 16 characters, got 9"),
        (f"{KEY} {KEY}\n", "visible ASCII characters without spaces"),
        ("ключ-который-длинный\n", "visible ASCII"),
    ],
)
def test_a_file_that_would_open_the_server_ends_the_start(
    tmp_path: Path, content: str | None, says: str
) -> None:
    file = tmp_path / "keys"
    if content is not None:
        file.write_text(content, encoding="utf-8")
    with pytest.raises(ConfigError, match=says) as caught:
        access(keys_file=str(file))
    assert "openssl rand" in str(caught.value) or content is None
    assert not any(secret in str(caught.value) for secret in (KEY, "short-one"))


def test_keys_show_up_nowhere() -> None:
    config = load(env={"RTSEG_API__KEYS": KEY})
    assert KEY not in repr(config)
    assert KEY not in str(config.model_dump())
    with pytest.raises(ConfigError) as caught:
        load(env={}, flags={"api.keys": {"a": KEY}})
    assert KEY not in str(caught.value)
    with pytest.raises(ConfigError, match=r"api\.keys: expected a key of at least") as caught:
        access(keys=("short-one",))
    assert "short-one" not in str(caught.value)


# A running server.

routes = APIRouter(dependencies=[Depends(admit)])
held = {"now": 0, "most": 0}


async def _held() -> AsyncIterator[None]:
    held["now"] += 1
    held["most"] = max(held["most"], held["now"])
    try:
        yield
    finally:
        held["now"] -= 1


@routes.get("/test/drip")
async def drip(_: Annotated[None, Depends(_held)]) -> StreamingResponse:
    async def chunks() -> AsyncIterator[bytes]:
        while True:
            yield b"data: {}\n\n"
            await asyncio.sleep(0.01)

    return StreamingResponse(chunks(), media_type="text/event-stream")


@routes.get("/test/now")
async def now() -> dict[str, str]:
    return {"status": "here"}


@contextlib.contextmanager
def serving(**sections: Any) -> Any:
    with running(**sections) as server:
        # Before the page, which answers whatever is left.
        server.app.include_router(routes)
        server.app.router.routes.insert(0, server.app.router.routes.pop())
        with httpx.Client(base_url=server.url, trust_env=False) as http:
            yield server, http


def bearing(key: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {key}"}


OPEN = ("/", "/docs", "/openapi.json", "/healthz", "/readyz", "/metrics", "/v1/models")


def test_what_is_open_and_what_is_not(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    with serving(api={"keys": (KEY,)}) as (_, http):
        for path in OPEN:
            assert http.get(path).status_code in {200, 503}, path  # the page may not be built
        offer = {"offer": {"type": "offer", "sdp": "v=0"}}
        for sent, code in (({}, "missing_api_key"), (bearing("x" * 16), "invalid_api_key")):
            for answer in (
                http.post("/v1/sessions", json=offer, headers=sent),
                http.post("/v1/segment", json={}, headers=sent),
                http.get("/test/now", headers=sent),
            ):
                assert answer.status_code == 401
                assert answer.json()["error"]["code"] == code
                assert answer.headers["WWW-Authenticate"] == "Bearer"
        assert http.get("/test/now", headers=bearing(KEY)).status_code == 200
        assert http.get("/test/now", headers={"X-Moondream-Auth": KEY}).status_code == 200
        answer = http.post("/v1/sessions", json=offer, headers=bearing(KEY))
        assert answer.json()["error"]["code"] == "invalid_sdp"  # it got as far as that
    assert KEY not in caplog.text


def test_the_document_says_where_a_key_goes(server: Running) -> None:
    document = httpx.get(f"{server.url}/openapi.json", trust_env=False).json()
    schemes = document["components"]["securitySchemes"].values()
    assert {scheme["type"] for scheme in schemes} == {"apiKey", "http"}
    assert document["paths"]["/v1/sessions"]["post"]["security"]


def test_a_body_with_a_picture_is_not_read_from_just_anybody() -> None:
    """The answer comes while the body has hardly begun."""
    head = b"POST /v1/segment HTTP/1.1\r\nHost: a\r\nContent-Length: 20000000\r\n\r\nhalf"
    with (
        running(api={"keys": (KEY,)}) as server,
        socket.create_connection(("127.0.0.1", server.port), timeout=10) as slow,
    ):
        slow.sendall(head)
        assert slow.recv(65_536).startswith(b"HTTP/1.1 401 ")
        counted = 'rtseg_image_request_seconds_count{route="/v1/segment",status="401"}'
        assert server.metrics()[counted] == 1


def test_the_rate_and_when_to_try_again() -> None:
    with serving(api={"requests_per_minute": 6}) as (_, http):
        assert http.get("/test/now").status_code == 200
        answer = http.get("/test/now")
        assert answer.status_code == 429
        assert answer.json()["error"]["code"] == "too_many_requests"
        assert 1 <= int(answer.headers["Retry-After"]) <= 10
        assert http.get("/healthz").status_code == 200


def test_each_key_has_its_own_rate() -> None:
    with serving(api={"requests_per_minute": 1, "keys": (KEY, OTHER)}) as (_, http):
        assert http.get("/test/now", headers=bearing(KEY)).status_code == 200
        assert http.get("/test/now", headers=bearing(KEY)).status_code == 429
        assert http.get("/test/now", headers=bearing(OTHER)).status_code == 200
        assert http.get("/test/now", headers=bearing("x" * 20)).status_code == 401


async def test_a_stream_is_in_work_until_its_client_goes() -> None:
    with serving(api={"concurrent_requests": 2}) as (server, _):
        async with httpx.AsyncClient(base_url=server.url, trust_env=False) as http:
            async with http.stream("GET", "/test/drip") as one:
                chunks = one.aiter_bytes()  # kept: a response ends with its iterator
                await anext(chunks)
                assert (await http.get("/test/now")).status_code == 200
                async with http.stream("GET", "/test/drip") as two:
                    more_chunks = two.aiter_bytes()
                    await anext(more_chunks)
                    answer = await http.get("/test/now")
                    assert answer.status_code == 429
                    assert answer.json()["error"]["code"] == "too_many_at_once"
                    assert answer.headers["Retry-After"] == "1"
            async with asyncio.timeout(10):
                while held["now"]:
                    await asyncio.sleep(0.01)
            assert held["most"] == 2
            for _ in range(5):
                assert (await http.get("/test/now")).status_code == 200


async def test_the_live_client_sends_its_key(tmp_path: Path) -> None:
    clip = write_clip(tmp_path / "clip.mp4", frames=30)
    with running(api={"keys": (KEY,)}) as server:
        with pytest.raises(ServerError) as caught:
            async with client.connect(server.url, clip):
                raise AssertionError("it connected")
        assert (caught.value.status, caught.value.code) == (401, "missing_api_key")
        async with client.connect(server.url, clip, key=KEY) as live:
            await live.set_prompts(["person"])  # with the session's own token
            async for update in live:
                assert update.message.objects is not None
                break
        assert KEY not in repr(Config(api=ApiConfig(keys=(KEY,))))  # type: ignore[arg-type]
