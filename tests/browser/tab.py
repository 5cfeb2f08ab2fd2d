"""A tab with the page in it, and the ways to look at what it shows."""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

import cv2
import numpy as np
from playwright.sync_api import Browser, Locator, Page, expect

from rtseg import geometry
from rtseg.bench import stamp
from rtseg.types import BoolMask, Image
from tests.browser.scene import FPS, SIZE

WAIT_MS = 20_000
"""Nothing here takes a second on a machine that is idle; others may work on it too."""
PAIR_MS = 500 / FPS
"""Half of a camera frame: a nearer capture time is the same frame's."""

_WATCH = Path(__file__).with_name("watch.js").read_text()
_HAS_OUTLINE = "() => window.__rtseg.latest?.objects.some(({ rings }) => rings.length > 0) ?? false"
_IS_LIVE = "() => window.__rtseg?.state.kind === 'live'"
_ALPHA = """() => {
  const canvas = document.querySelector(".stage-canvas");
  const copy = new OffscreenCanvas(canvas.width, canvas.height);
  const context = copy.getContext("2d", { willReadFrequently: true });
  context.drawImage(canvas, 0, 0);
  return context.getImageData(0, 0, copy.width, copy.height).data.some((v, i) => i % 4 === 3 && v);
}"""
_ONLY_THE_PICTURE = """.readout, .dock, .chips, .details, .stage-notices {
  visibility: hidden !important
}
.stage::before, .stage::after { display: none !important }"""


@dataclass(frozen=True)
class Painted:
    """What lay on the canvas just when one frame had been drawn there.

    Parameters
    ----------
    outline : of that frame's packet, filled; source pixels.
    drawn : the same as it was drawn, moved on to the picture on the screen; source pixels.
    canvas : where the canvas was painted; canvas pixels.
    number : the stamp of the camera frame that was captured at the same moment.
    """

    outline: BoolMask
    drawn: BoolMask
    canvas: BoolMask
    number: int


class Tab:
    """The page in a window of its own; ended by `close`.

    `first` is a script that runs before the page's own. `asked` has every list of prompts that the
    page sent, as it stood in the JSON.
    """

    def __init__(
        self,
        browser: Browser,
        url: str,
        parameters: Mapping[str, Any] | None = None,
        *,
        viewport: tuple[int, int] = (960, 540),
        first: str | None = None,
    ) -> None:
        width, height = viewport
        self.context = browser.new_context(viewport={"width": width, "height": height})
        if first is not None:
            self.context.add_init_script(first)
        self.context.set_default_timeout(WAIT_MS)
        self.page: Page = self.context.new_page()
        self.errors: list[str] = []
        self.requests: list[str] = []
        self.sockets: list[str] = []
        self.asked: list[list[dict[str, Any]]] = []
        self.page.on("pageerror", lambda error: self.errors.append(f"uncaught: {error}"))
        self.page.on(
            "console",
            lambda said: self.errors.append(said.text) if said.type == "error" else None,
        )
        self.page.on("request", self._on_request)
        self.page.on("websocket", self._on_socket)
        query = f"?{urlencode(parameters)}" if parameters else ""
        self.page.goto(f"{url}{query}")

    def _on_request(self, request: Any) -> None:
        self.requests.append(request.url)
        if request.method == "POST" and urlsplit(request.url).path == "/v1/sessions":
            self.asked.append(json.loads(request.post_data or "{}").get("prompts", []))

    def _on_socket(self, socket: Any) -> None:
        self.sockets.append(socket.url)
        socket.on("framesent", self._on_sent)

    def _on_sent(self, payload: str | bytes) -> None:
        message = json.loads(payload)
        if message["type"] == "prompts":
            self.asked.append(message["prompts"])

    def close(self) -> None:
        """Close the window, if its browser still runs; may be called twice."""
        browser = self.context.browser
        if browser is not None and browser.is_connected():
            self.context.close()

    # Waiting.

    def until(self, condition: str, argument: Any = None, timeout_ms: float = WAIT_MS) -> None:
        """Wait until a function in the page says true."""
        self.page.wait_for_function(condition, arg=argument, timeout=timeout_ms)

    def until_live(self) -> None:
        self.until(_IS_LIVE)

    def until_outlined(self) -> None:
        """Wait until an outline has come and lies on the canvas."""
        self.until(_HAS_OUTLINE)
        self.until(_ALPHA)

    def until_bare(self) -> None:
        """Wait until nothing lies on the canvas."""
        self.until(f"() => !({_ALPHA})()")

    def until_says(self, words: str) -> None:
        """Wait until these words can be read on the page."""
        expect(self.page.get_by_text(words).first).to_be_visible(timeout=WAIT_MS)

    # Looking.

    @property
    def state(self) -> str:
        return str(self.page.evaluate("() => window.__rtseg.state.kind"))

    @property
    def counters(self) -> dict[str, int]:
        return dict(self.page.evaluate("() => ({ ...window.__rtseg.counters })"))

    def button(self, name: str) -> Locator:
        return self.page.get_by_role("button", name=name)

    def words(self) -> str:
        """Everything that can be read on the page."""
        return self.page.locator("body").inner_text()

    def screenshot(self) -> Image:
        """The picture with what lies on it, without the controls; BGR."""
        png = self.page.screenshot(style=_ONLY_THE_PICTURE)
        image = cv2.imdecode(np.frombuffer(png, np.uint8), cv2.IMREAD_COLOR)
        assert image is not None
        return np.asarray(image, np.uint8)

    def watch(self) -> None:
        """Read stamps and the canvas from now on."""
        self.page.evaluate(
            _WATCH, {"cells": stamp.CELLS, "cellsPerWidth": stamp.CELLS_PER_WIDTH, "every": 5}
        )

    def number(self) -> int:
        """The stamp of the camera frame that is on the screen."""
        cells = self.page.evaluate("() => window.__watch.stamp()")
        number = stamp.number_of(cells)
        assert number is not None, f"the stamp cannot be read: {cells}"
        return number

    def painted(self, count: int) -> list[Painted]:
        """Wait for so many frames whose outline was drawn and whose stamp was read."""
        self.until("count => window.__watch.pairs() >= count", count)
        taken = self.page.evaluate("() => window.__watch.take()")
        return [found for paint in taken["paints"] if (found := _pair(paint, taken["previews"]))]


def _pair(paint: Mapping[str, Any], previews: Sequence[Mapping[str, Any]]) -> Painted | None:
    near = min(previews, key=lambda preview: abs(preview["at"] - paint["at"]))
    number = stamp.number_of(near["cells"])
    if abs(near["at"] - paint["at"]) > PAIR_MS or number is None:
        return None
    width, height = paint["canvasSize"]
    bits = np.frombuffer(base64.b64decode(paint["bits"]), np.uint8)
    canvas = np.unpackbits(bits, count=width * height).reshape(height, width).astype(np.bool_)
    return Painted(_filled(paint, "rings"), _filled(paint, "drawn"), canvas, number)


def _filled(paint: Mapping[str, Any], which: str) -> BoolMask:
    width, height = paint["size"]
    rings = [np.rint(ring).astype(np.int32).reshape(-1, 2) for ring in paint[which]]
    return geometry.fill(geometry.Path(tuple(rings)), (height, width))


def until(condition: Callable[[], bool], within_s: float = 15.0) -> None:
    """Wait for something in this process, where nobody tells of it."""
    deadline = time.monotonic() + within_s
    while not condition():
        assert time.monotonic() < deadline, f"not within {within_s:g} s"
        time.sleep(0.02)


def cover(mask: BoolMask, size: tuple[int, int], *, mirrored: bool = False) -> BoolMask:
    """Lay a mask over a box as CSS `object-fit: cover` lays a picture; mirrored after that."""
    width, height = size
    picture_width, picture_height = mask.shape[1], mask.shape[0]
    scale = max(width / picture_width, height / picture_height)
    xs = (np.arange(width) + 0.5 - (width - picture_width * scale) / 2) / scale
    ys = (np.arange(height) + 0.5 - (height - picture_height * scale) / 2) / scale
    columns = np.clip(xs.astype(int), 0, picture_width - 1)
    rows = np.clip(ys.astype(int), 0, picture_height - 1)
    covered = mask[np.ix_(rows, columns)]
    return covered[:, ::-1] if mirrored else covered


def grown(mask: BoolMask, by_px: int) -> BoolMask:
    """A mask with its border moved outwards; inwards, if negative."""
    reach = 2 * abs(by_px) + 1
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (reach, reach))
    change = cv2.dilate if by_px > 0 else cv2.erode
    return np.asarray(change(mask.astype(np.uint8), kernel), np.uint8).astype(np.bool_)


CAMERA = {"autostart": 1, "width": SIZE[0], "height": SIZE[1], "fps": FPS}
"""Parameters of the page's address that start it with the scene's camera."""
