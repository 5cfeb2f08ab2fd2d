"""A model whose every answer and every delay the test decides."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence

import numpy as np

from rtseg.models import Answer, Instance, Memory, ModelInfo, Request
from rtseg.types import Frame, Image, Prompt


def bright_pixels(request: Request) -> Answer:
    """Outline what is bright: a model that is right by construction on drawn scenes."""
    mask = request.image[..., 0] > 127
    if not mask.any():
        return Answer(())
    return Answer(tuple(Instance(i, "person", 0.9, mask) for i in range(len(request.prompts))))


class FakeSegmenter:
    """Follows the `Segmenter` protocol.

    Parameters
    ----------
    answer : what to say to each request; may raise.
    max_batch : requests in one call.
    gate : when given, each call waits for it first.
    on_call : called at the start of each call, before the gate.
    """

    def __init__(
        self,
        answer: Callable[[Request], Answer] = bright_pixels,
        *,
        max_batch: int = 1,
        gate: threading.Semaphore | None = None,
        on_call: Callable[[], None] = lambda: None,
    ) -> None:
        self.info = ModelInfo("person", "fake", "Apache-2.0", ("person",), "cpu", "", max_batch)
        self.batches: list[list[Request]] = []
        self.warm_ups = 0
        self.is_closed = False
        self.threads: set[str] = set()
        self._answer = answer
        self._gate = gate
        self._on_call = on_call

    def can_answer(self, prompt: Prompt) -> bool:
        return True

    def new_memory(self) -> Memory | None:
        return None

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


def square_frame(
    frame_id: int, x: int, *, size: tuple[int, int] = (90, 160), side: int = 40
) -> Frame:
    """A frame with a bright textured square at column `x`, row 20."""

    def pixels() -> Image:
        ys, xs = np.mgrid[: size[0], : size[1]]
        image = np.repeat((40 + 20 * np.sin(xs / 5) * np.cos(ys / 7))[..., None], 3, axis=2)
        square = 190 + 40 * np.sin((xs - x) / 3) * np.cos(ys / 4)
        on = (xs >= x) & (xs < x + side) & (ys >= 20) & (ys < 20 + side)
        image[on] = square[on][:, None]
        return image.astype(np.uint8)

    return Frame(frame_id, size[1], size[0], pixels)
