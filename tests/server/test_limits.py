"""Bodies that are too large or too slow."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from tests.server.running import Running, running

SMALL, LARGE = 2048, 20_000


@pytest.fixture(scope="module")
def server() -> Iterator[Running]:
    with running(
        server={"max_body_bytes": SMALL, "body_timeout_s": 0.5}, api={"max_body_bytes": LARGE}
    ) as server:
        yield server


def post(server: Running, path: str, content: Any) -> httpx.Response:
    return httpx.post(f"{server.url}{path}", content=content, trust_env=False)


@pytest.mark.parametrize(
    ("path", "bound", "key"),
    [
        ("/v1/sessions", SMALL, "server.max_body_bytes"),
        ("/v1/nothing", SMALL, "server.max_body_bytes"),
        ("/v1/segment", LARGE, "api.max_body_bytes"),
        ("/v1/segment/", LARGE, "api.max_body_bytes"),
        ("/v1/detect", LARGE, "api.max_body_bytes"),
        ("/v1/point", LARGE, "api.max_body_bytes"),
        ("/v1/openai/chat/completions", LARGE, "api.max_body_bytes"),
    ],
)
def test_the_bound_of_each_path(server: Running, path: str, bound: int, key: str) -> None:
    def undeclared(size: int) -> Iterator[bytes]:
        yield b"x" * (size - 10)
        yield b"x" * 10

    for make in (lambda size: b"x" * size, undeclared):
        assert post(server, path, make(bound)).status_code != 413
        answer = post(server, path, make(bound + 1))
        assert answer.status_code == 413
        error = answer.json()["error"]
        message = error["message"]
        assert error["code"] or error["type"]
        assert f"at most {bound} bytes" in message
        assert key in message


def test_a_body_that_does_not_come_to_its_end(server: Running) -> None:
    head = b"POST /v1/sessions HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\n"
    with socket.create_connection(("127.0.0.1", server.port), timeout=10) as slow:
        slow.sendall(head)
        started = time.monotonic()
        answer = b""
        while chunk := slow.recv(65_536):
            answer += chunk
            if time.monotonic() - started < 0.3:
                slow.sendall(b"x")
    assert answer.startswith(b"HTTP/1.1 408 ")
    assert b'"code":"body_too_slow"' in answer
    assert b"connection: close" in answer.lower()
    assert b"within 0.5 s, got " in answer


def test_a_sender_that_goes_is_no_error(server: Running) -> None:
    head = b"POST /v1/segment HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\nhalf"
    with socket.create_connection(("127.0.0.1", server.port), timeout=10) as gone:
        gone.sendall(head)
    assert httpx.get(f"{server.url}/healthz", trust_env=False).status_code == 200


def test_a_length_that_is_no_number(server: Running) -> None:
    for length in (b"-1", b"x", b"9" * 400):
        head = b"POST /v1/sessions HTTP/1.1\r\nHost: a\r\nContent-Length: " + length + b"\r\n\r\n"
        with socket.create_connection(("127.0.0.1", server.port), timeout=10) as odd:
            odd.sendall(head)
            assert odd.recv(100).startswith(b"HTTP/1.1 4")
