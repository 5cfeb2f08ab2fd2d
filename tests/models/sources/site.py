"""A real HTTP server on loopback that misbehaves on request."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass
class Page:
    """What stands at an address.

    Parameters
    ----------
    body : what it holds.
    etag : its ETag as it is sent; None sends none.
    status : other than 200, with `body` as its text.
    headers : further ones, of every answer.
    location : redirects there, with `status`.
    breaks : the connection ends after so many bytes of each request in turn; then no more.
    heeds_if_range : as RFC 9110 asks; False answers with a part of whatever is there now.
    has_length : says Content-Length; False ends the body by closing the connection.
    stalls : after half of the body it is silent until the server ends.
    """

    body: bytes = b""
    etag: str | None = None
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    location: str | None = None
    breaks: list[int] = field(default_factory=list)
    heeds_if_range: bool = True
    has_length: bool = True
    stalls: bool = False


@dataclass
class Asked:
    """One request that came."""

    method: str
    path: str
    range: str | None
    if_range: str | None
    token: str | None
    host: str


class Site:
    """Pages by path, and what was asked for. A page may be a function of the request."""

    def __init__(self) -> None:
        self.pages: dict[str, Page | Callable[[Asked], Page]] = {}
        self.asked: list[Asked] = []
        self.port = 0
        self.ends = threading.Event()

    @property
    def url(self) -> str:
        """Its address."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def other_url(self) -> str:
        """Its address by another host's name."""
        return f"http://localhost:{self.port}"

    def got(self, path: str) -> list[Asked]:
        """Return the GET requests for a path."""
        return [asked for asked in self.asked if (asked.method, asked.path) == ("GET", path)]


@contextmanager
def served() -> Iterator[Site]:
    """Serve a site until the block ends."""
    site = Site()

    class Handler(BaseHTTPRequestHandler):
        def do_HEAD(self) -> None:
            self._answer()

        def do_GET(self) -> None:
            self._answer()

        def log_message(self, format: str, *args: object) -> None:
            pass

        def _answer(self) -> None:
            headers = self.headers
            asked = Asked(
                self.command,
                self.path,
                headers["range"],
                headers["if-range"],
                headers["authorization"],
                headers["host"],
            )
            site.asked.append(asked)
            page = site.pages.get(self.path, Page(b"nothing here", status=404))
            page = page(asked) if callable(page) else page
            body, begin = page.body, 0
            partial = page.status == 200 and asked.range is not None
            if partial and page.heeds_if_range and asked.if_range != page.etag:
                partial = False
            if partial:
                assert asked.range is not None
                begin = int(asked.range.removeprefix("bytes=").removesuffix("-"))
                if begin >= len(body):
                    self.send_response(416)
                    self.end_headers()
                    return
            self.send_response(206 if partial else page.status)
            if partial:
                self.send_header("Content-Range", f"bytes {begin}-{len(body) - 1}/{len(body)}")
            if page.etag:
                self.send_header("ETag", page.etag)
            if page.location:
                self.send_header("Location", page.location)
            if page.has_length:
                self.send_header("Content-Length", str(len(body) - begin))
            for name, value in page.headers.items():
                self.send_header(name, value)
            self.end_headers()
            if self.command == "HEAD":
                return
            rest = body[begin:]
            if page.breaks:
                rest = rest[: page.breaks.pop(0)]
            if page.stalls:
                rest = rest[: max(0, len(body) // 2 - begin)]
            self.wfile.write(rest)
            if page.stalls:
                self.wfile.flush()
                site.ends.wait(60)

    class Server(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, request: object, address: object) -> None:
            pass  # a client that went away

    with Server(("127.0.0.1", 0), Handler) as server:
        site.port = server.server_address[1]
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield site
        finally:
            site.ends.set()
            server.shutdown()
            thread.join()
