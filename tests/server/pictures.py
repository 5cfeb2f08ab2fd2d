"""Drawn pictures as clients send them, and models that answer when a test lets them."""

from __future__ import annotations

import base64
import threading
from collections.abc import Callable

import cv2
import httpx
import numpy as np

from rtseg.models import Answer, Detection, Request, Segmenter, Store
from rtseg.types import Box, Image
from tests.engine.fakes import (
    PERSON,
    THINGS,
    TOUCH,
    FakeSegmenter,
    bright_things,
    entry_of,
    store_of,
    what_is_touched,
)
from tests.server.running import Running

WAIT_S = 20

SIZE = (320, 180)


def squares(*corners: tuple[int, int], side: int = 60) -> Image:
    """Bright squares on dark ground, 320×180; each has its left upper corner."""
    image = np.full((SIZE[1], SIZE[0], 3), 40, np.uint8)
    for x, y in corners:
        image[y : y + side, x : x + side] = 220
    return image


def data_uri(image: Image) -> str:
    _, data = cv2.imencode(".png", image)
    return "data:image/png;base64," + base64.b64encode(data.tobytes()).decode()


TWO = data_uri(squares((40, 50), (200, 50)))
LEFT = {"x_min": 0.125, "y_min": 0.277778, "x_max": 0.3125, "y_max": 0.611111}
RIGHT = {"x_min": 0.625, "y_min": 0.277778, "x_max": 0.8125, "y_max": 0.611111}
BOTH = {"x_min": 0.125, "y_min": 0.277778, "x_max": 0.8125, "y_max": 0.611111}
ON_LEFT, ON_RIGHT = [70 / 320, 80 / 180], [230 / 320, 80 / 180]
AROUND_LEFT, AROUND_RIGHT = [0.1, 0.2, 0.35, 0.7], [0.6, 0.2, 0.85, 0.7]


def store() -> Store:
    """Models for touches, for the word "thing", and for the word "person"."""
    return store_of(entry_of(TOUCH), entry_of(THINGS), entry_of(PERSON))


class Held:
    """The word "thing" is answered like a detector does it, step by step as the test says.

    Parameters
    ----------
    boxes : tell them, or only the outlines.
    """

    def __init__(self, *, boxes: bool = True) -> None:
        self.may_outline = threading.Event()
        self.calls = 0
        self.touches = 0
        self.error: Exception | None = None
        self._tells_boxes = boxes

    def load(self, name: str) -> Segmenter:
        if name == "touch":
            return FakeSegmenter(self._touched, info=TOUCH)
        return FakeSegmenter(self._answer, info=THINGS if name == "things" else PERSON)

    def _touched(self, request: Request) -> Answer:
        self.touches += 1
        return what_is_touched(request)

    def _answer(self, request: Request) -> Answer:
        self.calls += 1
        answer = bright_things(request)
        if self._tells_boxes and request.on_boxes is not None:
            # A detector's box is a little wider than the thing.
            boxes = [Box(0.1, 0.2, 0.35, 0.7), Box(0.6, 0.2, 0.85, 0.7)]
            request.on_boxes(
                tuple(
                    Detection(one.prompt, "thing", 0.9, box)
                    for one, box in zip(answer.instances, boxes, strict=False)
                )
            )
        assert self.may_outline.wait(WAIT_S)
        if self.error is not None:
            raise self.error
        return answer


def mask_at(url: str) -> Image:
    """Fetch a mask by its address: (H, W) uint8, or uint16 of a map with many classes."""
    answer = httpx.get(url, trust_env=False)
    assert answer.headers["content-type"] == "image/png"
    pixels = cv2.imdecode(np.frombuffer(answer.content, np.uint8), cv2.IMREAD_UNCHANGED)
    assert pixels is not None
    return np.asarray(pixels)


def caller(server: Running, timeout_s: float = WAIT_S) -> httpx.Client:
    return httpx.Client(base_url=server.url, trust_env=False, timeout=timeout_s)


def until(condition: Callable[[], bool]) -> None:
    """Ask until it is so."""
    waited = threading.Event()
    for _ in range(int(WAIT_S / 0.02)):
        if condition():
            return
        waited.wait(0.02)
    raise AssertionError("it did not come to be")
