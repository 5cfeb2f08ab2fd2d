"""Models whose every answer and every delay the test decides."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import replace

import cv2
import numpy as np

from rtseg.models import Answer, Catalogue, Entry, Instance, Memory, ModelInfo, Request, Store
from rtseg.types import BoolMask, Frame, Image, Prompt

PERSON = ModelInfo("person", "fake", "Apache-2.0", ("person",), "cpu", merges=True)
THINGS = ModelInfo("things", "fake", "Apache-2.0", ("thing",), "cpu")
TOUCH = ModelInfo(
    "touch", "fake", "Apache-2.0", (), "cpu", takes=frozenset({"point", "box", "mask"})
)
VIDEO = replace(TOUCH, name="video", remembers=True)


def entry_of(info: ModelInfo, *, speed: str = "camera", quality: int = 1) -> Entry:
    """The entry of a model that needs no files."""
    return Entry(
        name=info.name,
        title=info.title,
        note="",
        licence=info.licence,
        speed=speed,  # type: ignore[arg-type]
        quality=quality,
        backend=info.name,
        devices=("cpu",),
        takes=info.takes,
        labels={label: ("people", "human") if label == "person" else () for label in info.labels},
        remembers=info.remembers,
        merges=info.merges,
    )


def store_of(*entries: Entry) -> Store:
    """A store with these, by default the person model and one for touches; all are there."""
    return Store("nowhere", catalogue=Catalogue(entries or (entry_of(TOUCH), entry_of(PERSON))))


def bright_pixels(request: Request) -> Answer:
    """Outline what is bright: a model that is right by construction on drawn scenes."""
    mask = request.image[..., 0] > 127
    if not mask.any():
        return Answer(())
    return Answer(tuple(Instance(i, "person", 0.9, mask) for i in range(len(request.prompts))))


def bright_things(request: Request) -> Answer:
    """Outline every bright part as a thing of its own."""
    return Answer(
        tuple(
            Instance(i, "thing", 0.9, mask)
            for i in range(len(request.prompts))
            for mask in _bright_parts(request.image)
        )
    )


def what_is_touched(request: Request) -> Answer:
    """Outline the bright part under the point, in the box or under the hint."""
    height, width = request.image.shape[:2]
    found = []
    for i, prompt in enumerate(request.prompts):
        hint = request.hint(i)
        for mask in _bright_parts(request.image):
            is_it = any(
                mask[int(y), int(x)]
                for x, y in (p.to_px(width, height) for p in prompt.points if p.is_positive)
            )
            if prompt.box is not None:
                x, y = (prompt.box.centre[0] * width, prompt.box.centre[1] * height)
                is_it |= bool(mask[int(y), int(x)])
            if prompt.is_empty and hint is not None:
                is_it |= bool((mask & hint).any())
            if is_it:
                found.append(Instance(i, "", 0.8, mask))
    return Answer(tuple(found))


def _bright_parts(image: Image) -> list[BoolMask]:
    count, parts = cv2.connectedComponents((image[..., 0] > 127).astype(np.uint8))
    return [parts == number for number in range(1, count)]


class FakeMemory:
    """Remembers nothing but that it was closed."""

    def __init__(self) -> None:
        self.is_closed = False

    def close(self) -> None:
        self.is_closed = True


class FakeSegmenter:
    """Follows the `Segmenter` protocol.

    Parameters
    ----------
    answer : what to say to each request; may raise.
    info : what it is.
    max_batch : requests in one call.
    gate : when given, each call waits for it first.
    on_call : called at the start of each call, before the gate.
    """

    def __init__(
        self,
        answer: Callable[[Request], Answer] = bright_pixels,
        *,
        info: ModelInfo = PERSON,
        max_batch: int = 1,
        gate: threading.Semaphore | None = None,
        on_call: Callable[[], None] = lambda: None,
    ) -> None:
        self.info = replace(info, max_batch=max_batch)
        self.batches: list[list[Request]] = []
        self.memories: list[FakeMemory] = []
        self.warm_ups = 0
        self.is_closed = False
        self.threads: set[str] = set()
        self._answer = answer
        self._gate = gate
        self._on_call = on_call

    def can_answer(self, prompt: Prompt) -> bool:
        return True

    def new_memory(self) -> Memory | None:
        if not self.info.remembers:
            return None
        self.memories.append(FakeMemory())
        return self.memories[-1]

    def warm_up(self) -> None:
        self.warm_ups += 1

    def segment(self, batch: Sequence[Request]) -> list[Answer]:
        self.threads.add(threading.current_thread().name)
        self._on_call()
        if self._gate is not None:
            assert self._gate.acquire(timeout=10)
        self.batches.append(list(batch))
        return [self._answer(request) for request in batch]

    def close(self) -> None:
        self.is_closed = True


def fake_load(name: str) -> FakeSegmenter:
    """Make the models of `store_of()`."""
    return FakeSegmenter(what_is_touched, info=TOUCH) if name == "touch" else FakeSegmenter()


def square_frame(
    frame_id: int, *xs: int, size: tuple[int, int] = (90, 160), side: int = 40
) -> Frame:
    """A frame with a bright textured square at each of these columns, row 20."""

    def pixels() -> Image:
        rows, columns = np.mgrid[: size[0], : size[1]]
        image = np.repeat((40 + 20 * np.sin(columns / 5) * np.cos(rows / 7))[..., None], 3, axis=2)
        for x in xs:
            square = 190 + 40 * np.sin((columns - x) / 3) * np.cos(rows / 4)
            on = (columns >= x) & (columns < x + side) & (rows >= 20) & (rows < 20 + side)
            image[on] = square[on][:, None]
        return image.astype(np.uint8)

    return Frame(frame_id, size[1], size[0], pixels)
