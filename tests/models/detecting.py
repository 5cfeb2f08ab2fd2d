"""What tests of detectors share: entries with files in a store, pictures, a simple outliner."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from rtseg.errors import BackendError
from rtseg.models.catalogue import Catalogue, Entry, File
from rtseg.models.protocol import Answer, Instance, ModelInfo, Request
from rtseg.models.store import Store
from rtseg.types import BoolMask, Image, Prompt

GREY, RED, BLUE = (114, 114, 114), (0, 0, 255), (255, 0, 0)


def store_with(home: Path, files: dict[str, bytes], **fields: Any) -> Store:
    """Put a detector's files where a pull would have put them."""
    given: dict[str, Any] = {
        "name": "ours",
        "title": "Colours",
        "note": "Cells of one colour.",
        "licence": "CC0-1.0",
        "speed": "camera",
        "quality": 1,
        "backend": "yolox",
        "devices": ("cpu",),
        "role": "detector",
        "labels": {"red": ("scarlet",), "blue": ()},
        "groups": {"colour": ("red", "blue")},
        "options": {"model": "model.onnx"},
        "files": tuple(
            File(name, len(content), hashlib.sha256(content).hexdigest())
            for name, content in files.items()
        ),
    } | fields
    folder = home / "models" / given["name"]
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        (folder / name).write_bytes(content)
    return Store(home, catalogue=Catalogue([Entry(**given)]))


def picture(*cells: tuple[int, int, tuple[int, int, int]], side_px: int = 64) -> Image:
    """Grey, with coloured cells, each an eighth of the side: (column, row, BGR)."""
    image = np.empty((side_px, side_px, 3), np.uint8)
    image[...] = GREY
    size = side_px // 8
    for column, row, colour in cells:
        image[row * size : (row + 1) * size, column * size : (column + 1) * size] = colour
    return image


class BoxOutliner:
    """Outlines what is in a box: what is not grey, of a synthetic picture; else by GrabCut.

    It stands in for the promptable models, to which these tests do not belong.
    """

    def __init__(self, *, by_colours: bool = False) -> None:
        self.info = ModelInfo(
            "stand-in", "", "MIT", (), "cpu", "Simple.", takes=frozenset({"point", "box"})
        )
        self.calls: list[list[Request]] = []
        self.is_closed = False
        self._by_colours = by_colours

    def can_answer(self, prompt: Prompt) -> bool:
        return prompt.box is not None

    def new_memory(self) -> None:
        return None

    def warm_up(self) -> None:
        self.calls.append([])

    def close(self) -> None:
        self.is_closed = True

    def segment(self, batch: Sequence[Request]) -> list[Answer]:
        self.calls.append(list(batch))
        return [
            Answer(tuple(self._all_of(request, n) for n in range(len(request.prompts))))
            if self._by_colours
            else self._not_grey(request)
            for request in batch
        ]

    def _not_grey(self, request: Request) -> Answer:
        found = []
        for number, prompt in enumerate(request.prompts):
            mask = _inside(prompt, request.image) & (request.image != GREY[0]).any(2)
            if mask.any():
                found.append(Instance(number, "", 0.5, mask))
        return Answer(tuple(found))

    def _all_of(self, request: Request, number: int) -> Instance:
        image = request.image
        box = request.prompts[number].box
        if box is None:
            raise BackendError("no box")
        x0, y0, x1, y1 = (round(v) for v in box.to_px(image.shape[1], image.shape[0]))
        marks = np.zeros(image.shape[:2], np.uint8)
        rectangle = (x0, y0, max(2, x1 - x0), max(2, y1 - y0))
        behind, front = np.zeros((2, 1, 65), np.float64)
        cv2.grabCut(image, marks, rectangle, behind, front, 2, cv2.GC_INIT_WITH_RECT)
        return Instance(number, "", 0.8, (marks == cv2.GC_FGD) | (marks == cv2.GC_PR_FGD))


def _inside(prompt: Prompt, image: Image) -> BoolMask:
    mask = np.zeros(image.shape[:2], np.bool_)
    if prompt.box is not None:
        x0, y0, x1, y1 = (round(v) for v in prompt.box.to_px(image.shape[1], image.shape[0]))
        mask[y0:y1, x0:x1] = True
    return mask
