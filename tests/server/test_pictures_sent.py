"""Pictures and keys as they come over HTTP: what the routes make of them."""

from __future__ import annotations

import base64
import http.server
import threading
from collections.abc import Iterator
from typing import Any

import cv2
import httpx
import pytest

from tests.images import odd
from tests.server.running import Running, draw, running

KEY = "a-key-for-the-image-routes"

BRIGHT = cv2.imencode(".png", draw(0))[1].tobytes()
"""The picture in which the tests' models find one thing."""


@pytest.fixture(scope="module")
def server() -> Iterator[Running]:
    with running(api={"max_pixels": 1_000_000, "max_image_bytes": 1_000_000}) as server:
        yield server


def data_uri(content: bytes) -> str:
    return f"data:image/jpeg;base64,{base64.b64encode(content).decode()}"


def segment(server: Running, image_url: str, **headers: str) -> httpx.Response:
    body = {"image_url": image_url, "object": "person", "stream": False}
    url = f"{server.url}/v1/segment"
    return httpx.post(url, json=body, headers=headers, trust_env=False, timeout=30)


@pytest.mark.parametrize(
    ("content", "status", "code"),
    [
        (b"", 400, "bad_image_url"),
        (b"hello there, this is text", 400, "bad_image"),
        (b"%PDF-1.7", 400, "bad_image"),
        (b"\x00\x00\x00\x18ftypheic\x00\x00\x00\x00mif1heic", 400, "bad_image"),
        (BRIGHT[: len(BRIGHT) // 2], 400, "bad_image"),
        (odd.bombs()["PNG"], 413, "image_too_large"),
        (odd.bombs()["JPEG"], 413, "image_too_large"),
        (BRIGHT + bytes(1_000_000), 413, "image_too_large"),
    ],
    ids=lambda value: repr(value)[:20],
)
def test_a_picture_that_is_refused(server: Running, content: bytes, status: int, code: str) -> None:
    answer = segment(server, data_uri(content))
    assert (answer.status_code, answer.json()["error"]["code"]) == (status, code)
    # As OpenAI's clients read it.
    content_parts = [
        {"type": "text", "text": "Segment every person"},
        {"type": "image_url", "image_url": {"url": data_uri(content), "detail": "high"}},
    ]
    body = {"model": "auto", "messages": [{"role": "user", "content": content_parts}]}
    url = f"{server.url}/v1/openai/chat/completions"
    answer = httpx.post(url, json=body, trust_env=False, timeout=30)
    error = answer.json()["error"]
    assert (answer.status_code, error["code"]) == (status, code)
    assert error["type"] == "invalid_request_error"


@pytest.mark.parametrize(
    "content",
    [
        BRIGHT,
        odd.cmyk(),
        odd.animated("GIF"),
        odd.turned(6),
        odd.transparent("PNG"),
        odd.deep("LA"),
        odd.saved(odd.rgb().resize((1, 1)), "PNG"),
        odd.saved(odd.rgb().resize((2000, 1)), "PNG"),
        odd.saved(odd.rgb().resize((1, 2000)), "PNG"),
    ],
    ids=range(9),
)
def test_a_picture_that_is_taken(server: Running, content: bytes) -> None:
    for image_url in (data_uri(content), data_uri(content).replace("+", "%2B")):
        answer = segment(server, image_url)
        assert answer.status_code == 200, answer.text
        assert "path" in answer.json()


class _Pictures(http.server.BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/plain")  # a hint that is wrong
        self.end_headers()
        self.wfile.write(BRIGHT)

    def log_message(self, *args: Any) -> None:
        pass


def test_a_picture_at_an_address() -> None:
    far = http.server.HTTPServer(("127.0.0.1", 0), _Pictures)
    thread = threading.Thread(target=far.serve_forever)
    thread.start()
    url = f"http://127.0.0.1:{far.server_port}/cat.png"
    allowed = {"allow_http": True, "allow_private_addresses": True, "fetch_ports": ()}
    try:
        with running(api=allowed) as server:
            by_address, inline = segment(server, url), segment(server, data_uri(BRIGHT))
            assert by_address.status_code == 200
            assert by_address.json()["path"] == inline.json()["path"] != ""
        with running(api={**allowed, "allow_private_addresses": False}) as server:
            answer = segment(server, url)
            assert answer.status_code == 400
            assert answer.json()["error"]["code"] == "bad_image_url"
            assert "api.allow_private_addresses" in answer.json()["error"]["message"]
    finally:
        far.shutdown()
        thread.join()
        far.server_close()


def test_no_more_are_in_work_than_there_is_room_for() -> None:
    with running(api={"max_waiting": 1}) as server, server.app.state.pictures.place():
        answer = segment(server, data_uri(BRIGHT))
        assert (answer.status_code, answer.json()["error"]["code"]) == (503, "too_busy")
        parts = [
            {"type": "text", "text": "Segment every person"},
            {"type": "image_url", "image_url": {"url": data_uri(BRIGHT)}},
        ]
        body = {"model": "auto", "messages": [{"role": "user", "content": parts}]}
        url = f"{server.url}/v1/openai/chat/completions"
        answer = httpx.post(url, json=body, trust_env=False)
        assert (answer.status_code, answer.json()["error"]["type"]) == (503, "server_error")
        assert answer.headers["Retry-After"]


def test_keys_by_every_door_of_the_image_routes() -> None:
    openai = pytest.importorskip("openai")
    with running(api={"keys": [KEY], "requests_per_minute": 12}) as server:
        assert segment(server, data_uri(BRIGHT)).status_code == 401
        assert (
            segment(server, data_uri(BRIGHT), **{"X-Moondream-Auth": "x" * 20}).status_code == 401
        )
        headers = {"X-Moondream-Auth": KEY}
        assert segment(server, data_uri(BRIGHT), **headers).status_code == 200

        def ask(key: str) -> Any:
            http_client = httpx.Client(trust_env=False)
            with openai.OpenAI(
                base_url=f"{server.url}/v1/openai",
                api_key=key,
                max_retries=0,
                http_client=http_client,
            ) as client:
                return client.chat.completions.create(
                    model="auto",
                    messages=[
                        {
                            "role": "user",
                            "content": [
                                {"type": "text", "text": "Segment every person"},
                                {"type": "image_url", "image_url": {"url": data_uri(BRIGHT)}},
                            ],
                        }
                    ],
                )

        with pytest.raises(openai.AuthenticationError) as caught:
            ask("nobody's key, of no server")
        assert caught.value.code == "invalid_api_key"
        assert ask(KEY).choices[0].finish_reason == "stop"
        with pytest.raises(openai.RateLimitError) as limited:
            ask(KEY)
        assert limited.value.code == "too_many_requests"
        assert int(limited.value.response.headers["retry-after"]) in range(1, 7)
