"""The ten lines of the documentation: a page of somebody else, with the library off the server."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import cv2
import numpy as np
import pytest
from playwright.sync_api import Browser, Page

from rtseg.server.page import PAGE
from tests.browser.scene import Scene
from tests.browser.tab import WAIT_MS, grown
from tests.server.running import Running, running

pytestmark = pytest.mark.browser

REACH_PX = 12
"""The line, its dark edge, and what the person moved while the picture was taken."""

_PAINTED = """() => {
  const canvas = document.querySelector("canvas");
  if (canvas === null || canvas.width === 0) return false;
  const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
  return data.some((value, at) => at % 4 === 3 && value > 0);
}"""


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A window that notes what goes wrong in it."""
    context = browser.new_context(viewport={"width": 700, "height": 420})
    page = context.new_page()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(f"uncaught: {error}"))
    page.on(
        "console",
        lambda said: errors.append(said.text) if said.type == "error" else None,
    )
    yield page
    context.close()
    assert errors == []


def test_outlines_the_camera(page: Page, server: Running, scene: Scene) -> None:
    page.goto(f"{server.url}/example")
    page.wait_for_function(_PAINTED, timeout=WAIT_MS)
    # The line lies around the person, wherever that was a moment ago, seen in a mirror.
    png = page.locator("canvas").screenshot(omit_background=True, style="video{visibility:hidden}")
    drawn = cv2.imdecode(np.frombuffer(png, np.uint8), cv2.IMREAD_UNCHANGED)
    assert drawn is not None
    assert drawn.shape[:2] == (360, 640)
    ink = (drawn[..., 3] > 128) & (drawn[..., :3].max(-1) < 250)
    assert ink.sum() > 200
    edges = np.zeros(ink.shape, np.bool_)
    for number in range(0, scene.camera.frames, 2):
        mask = cv2.resize(scene.mask(number).astype(np.uint8), (640, 360)).astype(np.bool_)
        edges |= grown(mask, REACH_PX) & ~grown(mask, -REACH_PX)
    assert edges[:, ::-1][ink].mean() > 0.95


def test_the_icon_that_a_page_without_one_is_asked_for_is_there(
    page: Page, server: Running
) -> None:
    answer = page.request.get(f"{server.url}/favicon.ico")
    assert answer.status == 200
    assert answer.headers["content-type"].startswith("image/svg+xml")


def test_works_on_another_site(page: Page, scene: Scene) -> None:
    with elsewhere() as site:
        sections = {"server": {"allowed_origins": (site.origin,)}}
        with running(scene.load, scene.store, **sections) as server:
            site.text = (
                (PAGE / "example.html")
                .read_text()
                .replace("./rtseg.js", f"{server.url}/rtseg.js")
                .replace("connect({", f'connect({{ server: "{server.url}",')
            )
            page.goto(site.origin)
            page.wait_for_function(_PAINTED, timeout=WAIT_MS)


class Site(ThreadingHTTPServer):
    """One page, on another origin than the server's."""

    text = ""

    @property
    def origin(self) -> str:
        return f"http://localhost:{self.server_port}"


class _Answer(BaseHTTPRequestHandler):
    server: Site

    def do_GET(self) -> None:
        self.send_response(200 if self.path == "/" else 204)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.end_headers()
        if self.path == "/":
            self.wfile.write(self.server.text.encode())

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextlib.contextmanager
def elsewhere() -> Iterator[Site]:
    """Run a site on a free port of this machine."""
    with Site(("127.0.0.1", 0), _Answer) as site:
        thread = threading.Thread(target=site.serve_forever, name="elsewhere")
        thread.start()
        try:
            yield site
        finally:
            site.shutdown()
            thread.join()
