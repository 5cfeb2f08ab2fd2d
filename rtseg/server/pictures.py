"""Single images: decoded, looked at and outlined beside the live sessions."""

from __future__ import annotations

import asyncio
import contextlib
import os
import sys
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Annotated, Any, ParamSpec, TypeVar

from fastapi import Depends, Request

from rtseg.engine import Engine
from rtseg.engine.prompts import check, check_prompt
from rtseg.errors import PeerError
from rtseg.formats import Outlined
from rtseg.images.decoding import Limits, decode_image
from rtseg.images.finding import Question, Search
from rtseg.models import Catalogue, Detection
from rtseg.server.intake import Fetcher, is_inline, read_inline
from rtseg.server.metrics import Metrics
from rtseg.server.timing import spend
from rtseg.server.waiting import together
from rtseg.types import Box, Image, Prompt

P = ParamSpec("P")
R = TypeVar("R")

OnBoxes = Callable[[tuple[Detection, ...]], None]
"""Told of boxes, on the event loop; `Detection.prompt` is the position in the caller's prompts."""


_WORKERS = 2
"""Threads beside the event loop: as many pictures are decoded at a time, the largest of them with
0.9 GB each (docs/operations.md)."""

_NICENESS = 10
"""What is added for the one worker that serves pictures while cameras are live. On two cores beside
four callers a camera kept 14 to 17 outlines a second that way, in place of 8 to 10."""


class Pictures:
    """Looks for things in single images with the engine's models; as long-lived as the server.

    Parameters
    ----------
    engine : whose models look.
    fetcher : gets what addresses lead to.
    metrics : told how long it took.

    Attributes
    ----------
    in_work : requests that hold a place now.
    """

    def __init__(self, engine: Engine, fetcher: Fetcher, metrics: Metrics) -> None:
        api = engine.config.api
        self.engine = engine
        self._metrics = metrics
        self._fetcher = fetcher
        self._limits = Limits(api.max_image_bytes, api.max_pixels)
        self._workers = ThreadPoolExecutor(_WORKERS, thread_name_prefix="rtseg-picture")
        self._worker_beside = ThreadPoolExecutor(
            1, thread_name_prefix="rtseg-picture-beside", initializer=_step_back
        )
        self.in_work = 0

    @property
    def catalogue(self) -> Catalogue:
        """The models that there are."""
        return self.engine.store.catalogue

    @contextlib.contextmanager
    def place(self) -> Iterator[None]:
        """Hold one of the places of requests in work.

        Raises
        ------
        PeerError
            `too_busy`, 503: `api.max_waiting` are in work. One more would only wait, and with its
            picture in memory.
        """
        most = self.engine.config.api.max_waiting
        if self.in_work >= most:
            raise PeerError(
                f"all {most} places for image requests are taken; try again in a moment, or raise "
                "api.max_waiting",
                code="too_busy",
                status=503,
            )
        self.in_work += 1
        try:
            yield
        finally:
            self.in_work -= 1

    @contextlib.contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Measure a stage of a request: open, look, outline."""
        started = time.perf_counter()
        try:
            yield
        finally:
            seconds = time.perf_counter() - started
            self._metrics.image_stage(name, seconds)
            spend(name, seconds)

    async def run(self, function: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
        """Call something that takes milliseconds of processor time, off the event loop."""
        loop = asyncio.get_running_loop()
        # Trackers of live sessions come first.
        workers = self._worker_beside if self.engine.sessions else self._workers
        return await loop.run_in_executor(workers, lambda: function(*args, **kwargs))

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
        with self.stage("open"):
            if is_inline(image_url):
                return await self.run(self._decode_inline, image_url)
            return await self.run(self._decode, await self._fetcher.fetch(image_url))

    def _decode_inline(self, image_url: str) -> Image:
        return self._decode(read_inline(image_url, max_bytes=self._limits.max_bytes))

    def _decode(self, content: bytes) -> Image:
        return decode_image(content, name="image_url", limits=self._limits)

    def check(self, prompts: Sequence[Prompt]) -> None:
        """Refuse what no session takes either: above all, too many touches, each of which costs a
        run. Words may be many: a model looks for all of its words at once.

        Raises
        ------
        PeerError
            `invalid_request`.
        """
        check(prompts, self.engine.config.session)

    async def find(
        self, image: Image, prompts: Sequence[Prompt], *, on_boxes: OnBoxes | None = None
    ) -> tuple[Outlined, ...]:
        """Outline what prompts name; several models at once where they have devices of their own.

        Parameters
        ----------
        image : (H, W, 3) uint8 BGR.
        prompts : at least one.
        on_boxes : told where things are, by models that know it before they outline them. Of a
            prompt that touches, all things of its words are told: which one is meant shows later.

        Returns
        -------
        In the order of the prompts, surest first; ids count from 1.

        Raises
        ------
        PeerError
            No model knows a prompt's words; a prompt is empty, or too long.
        RtsegError
            A model is missing or failed.
        """
        engine = self.engine
        for prompt in prompts:
            check_prompt(prompt, engine.config.session)
        loop = asyncio.get_running_loop()
        shape = (image.shape[0], image.shape[1])

        def tell(boxes: tuple[Detection, ...]) -> None:
            assert on_boxes is not None
            with contextlib.suppress(RuntimeError):  # the loop has ended, and nobody waits
                loop.call_soon_threadsafe(on_boxes, boxes)

        async def ask(search: Search, question: Question) -> None:
            request = question.request(image, tell if on_boxes else None)
            answer, info = await engine.answer(question.model, request)
            search.take(question, answer, info, shape)

        with self.stage("look"):
            # Off the loop: choosing among all models takes a millisecond a prompt.
            search = await self.run(self._search, prompts)
            await together(*(ask(search, question) for question in search.questions))
            return search.found()

    def _search(self, prompts: Sequence[Prompt]) -> Search:
        routes = [self.engine.router.route(prompt) for prompt in prompts]
        return Search(prompts, routes, self.engine.store.catalogue)

    async def detect(self, image: Image, prompts: Sequence[Prompt]) -> tuple[Detection, ...]:
        """Return where things are, in the order of the prompts, surest first.

        Of a detector's words these are its own boxes, which are better than those of its
        outliner's masks, and there before them. Errors are those of `find`.
        """
        told: asyncio.Future[tuple[Detection, ...]] = asyncio.get_running_loop().create_future()

        def tell(boxes: tuple[Detection, ...]) -> None:
            if not told.done():
                told.set_result(boxes)

        if len(prompts) > 1 or prompts[0].is_touch:
            return _boxes_of(await self.find(image, prompts))
        looking = asyncio.create_task(self.find(image, prompts, on_boxes=tell))
        try:
            either: set[asyncio.Future[Any]] = {told, looking}
            await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
            return told.result() if told.done() else _boxes_of(await looking)
        finally:
            looking.cancel()

    def close(self) -> None:
        """Let go of the threads; may be called twice."""
        for workers in (self._workers, self._worker_beside):
            workers.shutdown(wait=False, cancel_futures=True)


def _step_back() -> None:
    """Let this thread have what processor time the others leave."""
    # Elsewhere `nice` is of a whole process, and a program cannot take it back.
    if sys.platform == "linux":
        with contextlib.suppress(OSError):  # a sandbox may forbid it: then they share alike
            thread = threading.get_native_id()
            ours = os.getpriority(os.PRIO_PROCESS, thread)  # the server may have been started nice
            os.setpriority(os.PRIO_PROCESS, thread, min(ours + _NICENESS, 19))


def _boxes_of(found: Sequence[Outlined]) -> tuple[Detection, ...]:
    return tuple(Detection(one.prompt, one.label, one.score, _box_of(one)) for one in found)


def _box_of(one: Outlined) -> Box:
    height, width = one.mask.shape
    return Box.from_px(one.bbox, width, height)


async def pictures_of(request: Request) -> Pictures:
    """Give the server's pictures; a coroutine, for FastAPI runs what is none in a thread."""
    pictures = request.app.state.pictures
    assert isinstance(pictures, Pictures)
    return pictures


ThePictures = Annotated[Pictures, Depends(pictures_of)]


async def hold_place(pictures: ThePictures) -> AsyncIterator[None]:
    """Hold a place while a request is in work: a dependency of every route that runs a model.

    A stream holds its place until its last message.
    """
    with pictures.place():
        yield
