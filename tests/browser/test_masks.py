"""A mask's address in a page of another origin: into a canvas, by fetch, and isolated."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import cv2
import numpy as np
import pytest
from playwright.sync_api import Browser, Page

from rtseg.bench.browser import launch
from rtseg.errors import BackendError
from tests.server.running import running

pytestmark = pytest.mark.browser

SIZE = 8
_DRAW = """async (url) => {
  const image = new Image();
  image.crossOrigin = "anonymous";
  image.src = url;
  await image.decode();
  const canvas = new OffscreenCanvas(image.width, image.height);
  const context = canvas.getContext("2d");
  context.drawImage(image, 0, 0);
  const { data } = context.getImageData(0, 0, image.width, image.height);
  return [...data].filter((_, i) => i % 4 === 0);
}"""
_FETCH = """async ([url, headers]) => {
  const answer = await fetch(url, { headers });
  const told = (name) => answer.headers.get(name);
  const size = (await answer.arrayBuffer()).byteLength;
  return [answer.status, size, told("content-range"), told("etag") !== null];
}"""


@pytest.fixture(scope="module")
def mask() -> np.ndarray:
    mask = np.zeros((SIZE, SIZE), np.uint8)
    mask[2:5, 3:7] = 255
    return mask


@pytest.fixture(scope="module")
def url(mask: np.ndarray) -> Iterator[str]:
    """A mask's address, on a server that lives as long as the tests."""
    png = cv2.imencode(".png", mask)[1].tobytes()
    with running() as server, ThreadPoolExecutor(1) as beside:
        publish = server.app.state.masks.publish(png, base_url=server.url)
        yield beside.submit(asyncio.run, publish).result()  # this thread's loop is playwright's


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    try:
        with launch(None) as browser:
            yield browser
    except BackendError as error:
        pytest.skip(f"needs a Chromium: {error}")


class _Elsewhere(BaseHTTPRequestHandler):
    """An empty page; under `/isolated`, one that takes only what says it may be embedded."""

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        if self.path == "/isolated":
            self.send_header("Cross-Origin-Embedder-Policy", "require-corp")
        self.end_headers()
        self.wfile.write(b"<!doctype html>")

    def log_message(self, format: str, *_: object) -> None:
        pass


@pytest.fixture(scope="module")
def elsewhere() -> Iterator[str]:
    """Another site: a page of `localhost`, where the mask's server is `127.0.0.1`."""
    with ThreadingHTTPServer(("127.0.0.1", 0), _Elsewhere) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://localhost:{server.server_port}"
        server.shutdown()
        thread.join()


@pytest.fixture(params=["open", "isolated"])
def page(browser: Browser, elsewhere: str, request: pytest.FixtureRequest) -> Iterator[Page]:
    page = browser.new_page()
    page.goto(f"{elsewhere}/{request.param}")
    yield page
    page.close()


def test_it_may_be_drawn_and_its_pixels_read(page: Page, url: str, mask: np.ndarray) -> None:
    assert page.evaluate(_DRAW, url) == mask.ravel().tolist()


def test_it_may_be_shown_without_being_asked_for_by_cors(page: Page, url: str) -> None:
    page.set_content(f'<img src="{url}">')
    page.wait_for_function("document.images[0].naturalWidth === 8")


def test_a_part_of_it_may_be_fetched(page: Page, url: str) -> None:
    assert page.evaluate(_FETCH, [url, {"Range": "bytes=0-7"}])[:2] == [206, 8]
    assert page.evaluate(_FETCH, [url, {"Range": "bytes=1-2"}])[3]


def test_a_refusal_may_be_read(page: Page, url: str) -> None:
    assert page.evaluate(_FETCH, [url + "x", {}])[0] == 403
