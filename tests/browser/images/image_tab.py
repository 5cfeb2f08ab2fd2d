"""The page for pictures in a window of its own, and the ways to look at what it shows."""

from __future__ import annotations

import base64
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import cv2
import numpy as np
import numpy.typing as npt
import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from rtseg.types import BoolMask, Image
from tests.browser.tab import WAIT_MS

SIDES = (640, 480)
"""Width and height of the drawn picture."""
LARGE = (100, 120, 260, 300)
SMALL = (420, 200, 500, 260)
"""Bright things in it, xyxy."""
FAR = (560.0, 420.0)
"""Of either thing."""
LINE_PX = 4
"""So far the outer edge of a line may lie from the outline that it draws, picture pixels."""
COLOURS = ((214, 255, 61), (77, 216, 255), (255, 122, 89))
"""Of the first outlines, RGB: `colourOf` of web/src/dom/palette.ts."""

_DROP = """async ([base64, name, type]) => {
  const bytes = Uint8Array.from(atob(base64), letter => letter.charCodeAt(0));
  const files = new DataTransfer();
  files.items.add(new File([bytes], name, { type }));
  for (const kind of ["dragenter", "dragover", "drop"]) {
    const options = { bubbles: true, cancelable: true, dataTransfer: files };
    document.body.dispatchEvent(new DragEvent(kind, options));
  }
}"""
_PASTE = """async ([base64, name, type]) => {
  const bytes = Uint8Array.from(atob(base64), letter => letter.charCodeAt(0));
  const files = new DataTransfer();
  files.items.add(new File([bytes], name, { type }));
  const options = { bubbles: true, cancelable: true, clipboardData: files };
  document.body.dispatchEvent(new ClipboardEvent("paste", options));
}"""
_CANVAS = "() => document.querySelector('.board-canvas').toDataURL('image/png')"


def draw() -> Image:
    """The picture: two bright things on a dark ground, BGR."""
    width, height = SIDES
    ys, xs = np.mgrid[:height, :width]
    image = 50 + 20 * np.sin(xs / 18) * np.cos(ys / 22)
    for x0, y0, x1, y1 in (LARGE, SMALL):
        image[y0:y1, x0:x1] = 215
    return np.repeat(image[..., None], 3, axis=2).astype(np.uint8)


def encoded(image: Image, suffix: str = ".png") -> bytes:
    _, data = cv2.imencode(suffix, image)
    return data.tobytes()


def centre(thing: Sequence[int]) -> tuple[float, float]:
    return (thing[0] + thing[2]) / 2, (thing[1] + thing[3]) / 2


class ImageTab:
    """The page; ended by `close`. `asked` has the body of every question, without its picture."""

    def __init__(
        self,
        browser: Browser,
        url: str,
        *,
        viewport: tuple[int, int] = (1280, 800),
        **context: Any,
    ) -> None:
        width, height = viewport
        context.setdefault("reduced_motion", "reduce")  # nothing is looked at half way
        self.context = browser.new_context(viewport={"width": width, "height": height}, **context)
        self.context.grant_permissions(["clipboard-read", "clipboard-write"])
        self.context.set_default_timeout(WAIT_MS)
        self.page: Page = self.context.new_page()
        self.size = SIDES
        self.errors: list[str] = []
        self.asked: list[dict[str, Any]] = []
        self.pictures: list[str] = []
        self.page.on("pageerror", lambda error: self.errors.append(f"uncaught: {error}"))
        self.page.on("request", self._on_request)
        self.page.goto(f"{url}/images")
        expect(self.page.get_by_role("button", name="Choose a picture")).to_be_enabled()

    def _on_request(self, request: Any) -> None:
        if request.method == "POST" and urlsplit(request.url).path == "/v1/segment":
            body = json.loads(request.post_data or "{}")
            self.pictures.append(body.pop("image_url"))
            self.asked.append(body)

    def close(self) -> None:
        browser = self.context.browser
        if browser is not None and browser.is_connected():
            self.context.close()

    # Bringing a picture.

    def drop(self, content: bytes, name: str = "drawn.png", kind: str = "image/png") -> None:
        self.page.evaluate(_DROP, [base64.b64encode(content).decode(), name, kind])

    def paste(self, content: bytes, name: str = "image.png", kind: str = "image/png") -> None:
        self.page.evaluate(_PASTE, [base64.b64encode(content).decode(), name, kind])

    def choose(self, path: Path) -> None:
        with self.page.expect_file_chooser() as chooser:
            self.page.get_by_role("button", name="Choose a picture").click()
        chooser.value.set_files(path)

    # Doing.

    def say(self, words: str) -> None:
        field = self.page.get_by_label("What to outline", exact=True)
        field.fill(words)
        field.press("Enter")

    def on_screen(self, at_px: tuple[float, float]) -> tuple[float, float]:
        """Where a place of the picture is in the window, as long as all of it is shown."""
        box = self.page.locator(".board-canvas").bounding_box()
        assert box is not None
        x0, y0, x1, y1 = self.frame()
        x = box["x"] + x0 + (x1 - x0) * at_px[0] / self.size[0]
        return x, box["y"] + y0 + (y1 - y0) * at_px[1] / self.size[1]

    def frame(self) -> tuple[float, float, float, float]:
        """The picture's box on the canvas while all of it is shown, CSS pixels."""
        width, height, top, bottom = self.page.evaluate(
            """() => {
              const canvas = document.querySelector(".board-canvas");
              const style = getComputedStyle(canvas);
              const clear = side => parseFloat(style.getPropertyValue(`--clear-${side}`));
              return [canvas.clientWidth, canvas.clientHeight, clear("top"), clear("bottom")];
            }"""
        )
        margin = 14
        room_width, room_height = width - 2 * margin, height - top - bottom - 2 * margin
        scale = min(room_width / self.size[0], room_height / self.size[1])
        x0 = margin + (room_width - self.size[0] * scale) / 2
        y0 = top + margin + (room_height - self.size[1] * scale) / 2
        return x0, y0, x0 + self.size[0] * scale, y0 + self.size[1] * scale

    def click(self, at_px: tuple[float, float], *, with_shift: bool = False) -> None:
        if with_shift:
            self.page.keyboard.down("Shift")
        self.page.mouse.click(*self.on_screen(at_px))
        if with_shift:
            self.page.keyboard.up("Shift")

    def drag(self, start_px: tuple[float, float], end_px: tuple[float, float]) -> None:
        self.page.mouse.move(*self.on_screen(start_px))
        self.page.mouse.down()
        self.page.mouse.move(*self.on_screen(end_px), steps=4)
        self.page.mouse.up()

    # Looking.

    def chips(self) -> Locator:
        return self.page.locator(".chips > .chip")

    def rows(self) -> Locator:
        return self.page.get_by_role("list", name="What was found").locator(".row")

    def until_found(self, count: int) -> None:
        """Wait until so many outlines are listed and nothing is looked for."""
        outlines = self.page.locator(".row[data-number]")
        expect(outlines).to_have_count(count, timeout=WAIT_MS)
        expect(self.page.locator(".chip[data-state=looking]")).to_have_count(0, timeout=WAIT_MS)

    def canvas(self) -> npt.NDArray[np.uint8]:
        """What is painted, (H, W, 3) RGB, canvas pixels, which are CSS pixels here."""
        # A change is painted at the next refresh.
        self.page.evaluate(
            "() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))"
        )
        data = self.page.evaluate(_CANVAS).partition(",")[2]
        image = cv2.imdecode(np.frombuffer(base64.b64decode(data), np.uint8), cv2.IMREAD_COLOR)
        assert image is not None
        return np.asarray(image[..., ::-1], np.uint8)

    def line(self, number: int) -> BoolMask:
        """Where the line of an outline is painted, canvas pixels; numbers count from 1."""
        away = np.abs(self.canvas().astype(int) - COLOURS[number - 1]).max(axis=2)
        return np.asarray(away <= 12, np.bool_)

    def line_box(self, number: int) -> tuple[float, float, float, float]:
        """The box of that line's middle, in the picture's pixels, xyxy."""
        line = self.line(number)
        assert line.any(), f"no line of the colour {COLOURS[number - 1]} is painted"
        rows, columns = np.flatnonzero(line.any(axis=1)), np.flatnonzero(line.any(axis=0))
        x0, y0, x1, _ = self.frame()
        scale = (x1 - x0) / self.size[0]
        return (
            (float(columns[0]) - x0) / scale,
            (float(rows[0]) - y0) / scale,
            (float(columns[-1]) + 1 - x0) / scale,
            (float(rows[-1]) + 1 - y0) / scale,
        )


def assert_lies_on(tab: ImageTab, number: int, thing: tuple[int, ...]) -> None:
    assert tab.line_box(number) == pytest.approx(thing, abs=LINE_PX)
