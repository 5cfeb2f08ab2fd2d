"""Single pictures: answered on the device thread, in turn with the sessions."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Callable

import numpy as np
import pytest

from rtseg.config import Config
from rtseg.engine import Engine
from rtseg.errors import BackendError
from rtseg.models import Answer, Request
from rtseg.types import Prompt
from tests.engine.fakes import VIDEO, FakeSegmenter, store_of

TIMEOUT_S = 10


@pytest.fixture
async def serving() -> AsyncIterator[Callable[[FakeSegmenter], Engine]]:
    engines: list[Engine] = []

    def make(segmenter: FakeSegmenter) -> Engine:
        engines.append(Engine(Config(), store=store_of(), load=lambda _: segmenter))
        return engines[-1]

    yield make
    for engine in engines:
        await engine.close()


def bright(side: int = 8) -> Request:
    return Request(np.full((side, side, 3), 200, np.uint8), (Prompt("person"),))


async def offered() -> None:
    """Let tasks that were made just now run until they wait for the device thread."""
    for _ in range(20):
        await asyncio.sleep(0)


async def test_a_picture_is_answered_on_the_device_thread(
    serving: Callable[[FakeSegmenter], Engine],
) -> None:
    segmenter = FakeSegmenter()
    answer, info = await serving(segmenter).answer("person", bright())
    assert answer.instances[0].mask.all()
    assert info.name == "person"
    assert segmenter.threads == {"rtseg-cpu"}


async def test_pictures_do_not_push_each_other_out(
    serving: Callable[[FakeSegmenter], Engine],
) -> None:
    gate = threading.Semaphore(0)
    engine = serving(FakeSegmenter(gate=gate))
    tasks = [asyncio.create_task(engine.answer("person", bright(8 + n))) for n in range(5)]
    gate.release(5)
    async with asyncio.timeout(TIMEOUT_S):
        answers = [answer for answer, _ in await asyncio.gather(*tasks)]
    assert [each.instances[0].mask.shape for each in answers] == [(8 + n, 8 + n) for n in range(5)]


async def test_a_video_model_gets_no_memory_for_a_picture(
    serving: Callable[[FakeSegmenter], Engine],
) -> None:
    segmenter = FakeSegmenter(info=VIDEO)
    await serving(segmenter).answer("person", bright())
    assert segmenter.memories == []
    assert segmenter.batches[0][0].memory is None


async def test_what_the_model_raised_is_raised_here(
    serving: Callable[[FakeSegmenter], Engine],
) -> None:
    def fail(_: Request) -> Answer:
        raise RuntimeError("no more memory")

    with pytest.raises(BackendError, match="no more memory"):
        await serving(FakeSegmenter(fail)).answer("person", bright())


async def test_a_caller_that_went_is_not_looked_for(
    serving: Callable[[FakeSegmenter], Engine],
) -> None:
    gate, runs = threading.Semaphore(0), threading.Semaphore(0)
    segmenter = FakeSegmenter(gate=gate, on_call=runs.release)
    engine = serving(segmenter)
    first = asyncio.create_task(engine.answer("person", bright(8)))
    await asyncio.to_thread(runs.acquire)  # the first is in work
    second = asyncio.create_task(engine.answer("person", bright(9)))
    third = asyncio.create_task(engine.answer("person", bright(10)))
    await offered()
    second.cancel()
    with pytest.raises(asyncio.CancelledError):
        await second
    gate.release(2)
    async with asyncio.timeout(TIMEOUT_S):
        await asyncio.gather(first, third)
    assert [batch[0].image.shape[0] for batch in segmenter.batches] == [8, 10]


async def test_pictures_that_wait_when_the_engine_closes_are_told(
    serving: Callable[[FakeSegmenter], Engine],
) -> None:
    gate, runs = threading.Semaphore(0), threading.Semaphore(0)
    engine = serving(FakeSegmenter(gate=gate, on_call=runs.release))
    first = asyncio.create_task(engine.answer("person", bright()))
    await asyncio.to_thread(runs.acquire)
    second = asyncio.create_task(engine.answer("person", bright()))
    await offered()
    closing = asyncio.create_task(engine.close())
    async with asyncio.timeout(TIMEOUT_S):
        with pytest.raises(BackendError, match="closed"):
            await second
        gate.release()
        await asyncio.gather(first, closing)
        with pytest.raises(BackendError, match="closed"):
            await engine.answer("person", bright())
