"""A model that is right by construction on drawn scenes: it knows things by their colour."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import cv2
import numpy as np

from rtseg.geometry import iou
from rtseg.models import Answer, Catalogue, Entry, Instance, ModelInfo, Request, Segmenter, Store
from rtseg.types import BoolMask, Image, Prompt

COLOURS = {"tomato": (40, 40, 220), "leaf": (40, 200, 40), "sea": (200, 60, 30)}
GROUND = (90, 90, 90)

ENTRY = Entry(
    name="colours",
    title="things by their colour",
    note="",
    licence="Apache-2.0",
    speed="camera",
    quality=5,
    backend="colours",
    devices=("cpu",),
    takes=frozenset({"text", "point", "box", "mask"}),
    labels=dict.fromkeys(COLOURS, ()),
    stuff=frozenset({"sea"}),
)


class ColourSegmenter:
    """Words give each spot of a colour; a touch gives the spot that is touched."""

    def __init__(self) -> None:
        self.info = ModelInfo("colours", "", "Apache-2.0", tuple(COLOURS), "cpu", takes=ENTRY.takes)
        self.requests: list[Request] = []

    def can_answer(self, prompt: Prompt) -> bool:
        return True

    def new_memory(self) -> None:
        return None

    def warm_up(self) -> None: ...

    def segment(self, batch: Sequence[Request]) -> list[Answer]:
        self.requests += batch
        return [Answer(tuple(self._all(request))) for request in batch]

    def close(self) -> None: ...

    def _all(self, request: Request) -> Iterator[Instance]:
        for position, prompt in enumerate(request.prompts):
            hint = request.hint(position)
            if prompt.text in COLOURS:
                for mask in spots(request.image, prompt.text):
                    yield Instance(position, prompt.text, 0.9, mask)
                continue
            every = [mask for name in COLOURS for mask in spots(request.image, name)]
            if hint is not None:
                every = sorted(every, key=lambda mask: -iou(mask, hint))[:1]
            elif prompt.points:
                x, y = prompt.points[0].to_px(request.image.shape[1], request.image.shape[0])
                every = [mask for mask in every if mask[int(y), int(x)]]
            for mask in every[:1]:
                yield Instance(position, "", 0.8, mask)


def spots(image: Image, name: str) -> list[BoolMask]:
    """The connected parts of a colour, the largest first."""
    near = np.abs(image.astype(np.int32) - COLOURS[name]).sum(axis=2) < 90
    count, numbers = cv2.connectedComponents(near.astype(np.uint8))
    parts = [numbers == number for number in range(1, count)]
    return sorted((part for part in parts if part.sum() > 20), key=lambda part: -part.sum())


class OneLoader:
    """Gives that model whatever is asked for."""

    def __init__(self) -> None:
        self.segmenter = ColourSegmenter()

    def load(self, name: str) -> Segmenter:
        assert name == "colours"
        return self.segmenter


def store_of(folder: Path) -> Store:
    return Store(folder, catalogue=Catalogue([ENTRY]))


def scene(*things: tuple[str, int, int], size: tuple[int, int] = (160, 120)) -> Image:
    """A picture of (width, height) with a textured disc of 15 pixels for each (name, x, y)."""
    rows, columns = np.mgrid[: size[1], : size[0]]
    wave = (8 * np.sin(columns / 3.0) * np.cos(rows / 4.0)).astype(np.int32)
    picture = np.full((size[1], size[0], 3), GROUND, np.int32) + wave[..., None]
    for name, x, y in things:
        on = (columns - x) ** 2 + (rows - y) ** 2 <= 15**2
        picture[on] = np.asarray(COLOURS[name]) + wave[on][:, None]
    return picture.clip(0, 255).astype(np.uint8)
