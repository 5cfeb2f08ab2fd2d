"""Single images: decoded, looked at and outlined beside the live sessions."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Annotated, ParamSpec, TypeVar

from fastapi import Depends, Request

from rtseg import models
from rtseg.engine import Engine
from rtseg.formats import Outlined
from rtseg.images.decoding import Limits, decode_image
from rtseg.images.finding import Search
from rtseg.models import Detection
from rtseg.server.intake import Fetcher, is_inline, read_inline
from rtseg.types import Image, Prompt

P = ParamSpec("P")
R = TypeVar("R")

OnBoxes = Callable[[tuple[Detection, ...]], None]
"""Told of boxes, on the event loop; `Detection.prompt` is the position in the caller's prompts."""


@dataclass(frozen=True, slots=True, eq=False)
class Finds:
    """What prompts came to in one picture.

    Parameters
    ----------
    objects : in the order of the prompts, surest first; ids count from 1.
    models : for each prompt, the name in the catalogue of the model that was asked.
    """

    objects: tuple[Outlined, ...]
    models: tuple[str, ...]


class Pictures:
    """Looks for things in single images with the engine's models; as long-lived as the server."""

    def __init__(self, engine: Engine) -> None:
        api = engine.config.api
        self.engine = engine
        self._fetcher = Fetcher(api)
        self._limits = Limits(api.max_image_bytes, api.max_pixels)
        self._workers = ThreadPoolExecutor(2, thread_name_prefix="rtseg-picture")

    async def run(self, function: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
        """Call something that takes milliseconds of processor time, off the event loop."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._workers, lambda: function(*args, **kwargs))

    async def open(self, image_url: str) -> Image:
        """Return the picture that stands in a request, or at an address.

        Parameters
        ----------
        image_url : `data:image/jpeg;base64,…`, or `https://…`, within the bounds of section `api`
            of the configuration.

        Raises
        ------
        PeerError
            It is neither (`bad_image_url`), or cannot be fetched (`image_not_fetched`).
        ImageError
            What is there is not a picture, or too large.
        """
        if is_inline(image_url):
            return await self.run(self._decode_inline, image_url)
        return await self.run(self._decode, await self._fetcher.fetch(image_url))

    def _decode_inline(self, image_url: str) -> Image:
        return self._decode(read_inline(image_url, max_bytes=self._limits.max_bytes))

    def _decode(self, content: bytes) -> Image:
        return decode_image(content, name="image_url", limits=self._limits)

    async def find(
        self, image: Image, prompts: Sequence[Prompt], *, on_boxes: OnBoxes | None = None
    ) -> Finds:
        """Outline what prompts name; several models at once where they have devices of their own.

        Parameters
        ----------
        image : (H, W, 3) uint8 BGR.
        prompts : at least one.
        on_boxes : told where things are, by models that know it before they outline them. Of a
            prompt that touches, all things of its words are told: which one is meant shows later.

        Raises
        ------
        PeerError
            No model knows a prompt's words; or a prompt is empty.
        RtsegError
            A model is missing or failed.
        """
        engine = self.engine
        routes = [engine.router.route(prompt) for prompt in prompts]
        search = Search(prompts, routes, engine.store.catalogue)
        loop = asyncio.get_running_loop()
        shape = (image.shape[0], image.shape[1])

        async def ask(number: int) -> None:
            question = search.questions[number]
            tell = None
            if on_boxes is not None:

                def tell(boxes: tuple[Detection, ...]) -> None:
                    placed = tuple(
                        Detection(question.positions[box.prompt], box.label, box.score, box.box)
                        for box in boxes
                    )
                    loop.call_soon_threadsafe(on_boxes, placed)

            request = models.Request(image, question.prompts, on_boxes=tell)
            answer, info = await engine.answer(question.model, request)
            search.take(question, answer, info, shape)

        try:
            async with asyncio.TaskGroup() as group:
                for number in range(len(search.questions)):
                    group.create_task(ask(number))
        except BaseExceptionGroup as errors:
            raise errors.exceptions[0] from None  # one request gets one answer
        return Finds(search.found(), tuple(route.model for route in routes))

    def close(self) -> None:
        """Let go of the threads; may be called twice."""
        self._workers.shutdown(wait=False, cancel_futures=True)


def pictures_of(request: Request) -> Pictures:
    """Give the server's pictures."""
    pictures = request.app.state.pictures
    assert isinstance(pictures, Pictures)
    return pictures


ThePictures = Annotated[Pictures, Depends(pictures_of)]
