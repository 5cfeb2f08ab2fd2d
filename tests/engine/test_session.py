"""Sessions: frames and late answers in, packets out."""

from __future__ import annotations

import asyncio
import contextlib
import json
import threading
import time
from collections.abc import AsyncIterator
from typing import Any

import numpy as np
import pytest

from rtseg.config import Config
from rtseg.engine import EndReason, Engine, Outbox, Session
from rtseg.engine.outbox import OutboxClosedError
from rtseg.engine.rtp import rtp_age_ms
from rtseg.engine.session_core import SessionCore
from rtseg.errors import PeerError
from rtseg.geometry import fill, iou
from rtseg.models import Answer, Request
from rtseg.types import Frame, Point, Prompt
from rtseg.wire import ClockMessage, Decoder, FrameMessage
from rtseg.wire.varint import uint
from tests.engine.fakes import (
    TOUCH,
    VIDEO,
    FakeSegmenter,
    bright_pixels,
    entry_of,
    square_frame,
    store_of,
    what_is_touched,
)

TIMEOUT_S = 10
TICKS = 3000  # 90 kHz at 30 frames a second


@pytest.fixture
def segmenter() -> FakeSegmenter:
    return FakeSegmenter()


@pytest.fixture
async def engine(segmenter: FakeSegmenter) -> AsyncIterator[Engine]:
    engine = Engine(Config(), store=store_of(), load=lambda _: segmenter)
    yield engine
    await engine.close()


class Reader:
    """Reads a session's stream as a page does."""

    def __init__(self, session: Session, *, is_reliable: bool = True) -> None:
        self.outbox: Outbox = session.subscribe(is_reliable=is_reliable)
        self.decoder = Decoder()

    async def text(self) -> dict[str, Any]:
        while True:
            message = await asyncio.wait_for(self.outbox.take(), TIMEOUT_S)
            if isinstance(message, str):
                return dict(json.loads(message))

    async def frame(self) -> FrameMessage:
        while True:
            message = await asyncio.wait_for(self.outbox.take(), TIMEOUT_S)
            if isinstance(message, bytes):
                decoded = self.decoder.read(message)
                if isinstance(decoded, FrameMessage):
                    return decoded


async def messages(reader: Reader) -> AsyncIterator[str | bytes]:
    """Everything that is left for a reader of a session that has ended."""
    with contextlib.suppress(OutboxClosedError):
        while True:
            yield await reader.outbox.take()


async def show(session: Session, reader: Reader, frame: Frame) -> FrameMessage:
    """Let a frame through; gives its message, past those of frames before."""
    session.offer(frame)
    while (message := await reader.frame()).frame_id != frame.frame_id:
        pass
    return message


async def model_has_run(session: Session, runs: int) -> None:
    """Wait until a model has answered so often, and the answer is ahead of the next frame."""
    async with asyncio.timeout(TIMEOUT_S):
        while session.counts.model_runs < runs:
            await asyncio.sleep(0.001)
    await asyncio.sleep(0)  # the session's own task has its turn


async def test_the_outline_follows_the_object(engine: Engine) -> None:
    session = await engine.open([Prompt("person")])
    reader = Reader(session)
    for n in range(6):
        frame = square_frame(1000 + n * TICKS, 20 + 3 * n)
        message = await show(session, reader, frame)
        await model_has_run(session, n + 1)
        if n == 0:
            assert message.objects == ()
            continue
        (thing,) = message.objects
        truth = frame.pixels()[..., 0] > 127
        assert iou(fill(thing.path, truth.shape), truth) > 0.9
        assert thing.label == "person"
        assert thing.age_ms == 33
        assert thing.score == pytest.approx(0.9, abs=0.01)


async def test_each_reader_is_told_what_changed_since_what_it_has(engine: Engine) -> None:
    session = await engine.open([Prompt("person")])
    reliable, mute, told = Reader(session), Reader(session, is_reliable=False), None

    async def packets(n: int) -> list[bytes]:
        session.offer(square_frame(n * TICKS, 20))
        return [await packet_of(reader) for reader in (reliable, mute, told) if reader]

    async def packet_of(reader: Reader) -> bytes:
        while not isinstance(message := await reader.outbox.take(), bytes):
            pass
        assert isinstance(reader.decoder.read(message), FrameMessage)
        return message

    for n in range(1, 4):
        await packets(n)
        await model_has_run(session, n)
    told = Reader(session, is_reliable=False)
    # Version, kind, frame_id, and what a changed frame has there: how far back its base is.
    assert [packet[1] for packet in await packets(4)] == [3, 0, 0]
    session.acknowledge(told.outbox, 4 * TICKS)
    assert [packet[1] for packet in await packets(5)] == [3, 0, 3]
    first, whole, second = await packets(6)
    assert first[6:8] == uint(TICKS)
    assert second[6:8] == uint(2 * TICKS)
    assert len(first) < len(second) + 3 < len(whole)


async def test_an_outline_leaves_before_anything_is_learned_from_its_frame(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    may_learn = threading.Event()
    learned: list[int] = []

    def settle(core: SessionCore) -> None:
        assert may_learn.wait(TIMEOUT_S)
        learned.append(len(learned))

    monkeypatch.setattr(SessionCore, "settle", settle)
    session = await engine.open([Prompt("person")])
    reader = Reader(session)
    await show(session, reader, square_frame(0, 20))
    assert learned == []
    assert session.counts.model_runs == 0, "models on the processor wait for that as well"
    may_learn.set()
    await model_has_run(session, 1)
    assert learned == [0]


async def test_a_frame_that_cannot_be_learned_from_does_not_end_the_session(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    def settle(core: SessionCore) -> None:
        raise ValueError("no")

    monkeypatch.setattr(SessionCore, "settle", settle)
    session = await engine.open([Prompt("person")])
    reader, other = Reader(session), Reader(session)
    for n in range(3):
        await show(session, reader, square_frame(n * TICKS, 20))
        await model_has_run(session, n + 1)
    await session.close(EndReason.CLOSED, "enough")
    told = [json.loads(message) async for message in messages(other) if isinstance(message, str)]
    failures = [message["code"] for message in told if message["type"] == "error"]
    assert failures == ["frame_failed"], "told once"


async def test_frames_never_wait_for_a_slow_model() -> None:
    """The model answers the first frame only after all others have gone through."""
    gate = threading.Semaphore(0)
    waiting: list[bool] = []
    engine = Engine(
        Config(),
        store=store_of(),
        load=lambda _: FakeSegmenter(gate=gate, on_call=lambda: waiting.append(True)),
    )
    session = await engine.open([Prompt("person")])
    reader = Reader(session)
    for n in range(8):
        message = await show(session, reader, square_frame(n * TICKS, 20 + 2 * n))
        assert message.objects == ()
        async with asyncio.timeout(TIMEOUT_S):
            while n == 0 and not waiting:
                await asyncio.sleep(0.001)
    gate.release()
    await model_has_run(session, 1)
    frame = square_frame(8 * TICKS, 36)
    (thing,) = (await show(session, reader, frame)).objects
    assert thing.age_ms == round(8 * TICKS / 90)
    truth = frame.pixels()[..., 0] > 127
    assert iou(fill(thing.path, truth.shape), truth) > 0.75
    for _ in range(20):
        gate.release()
    await engine.close()


async def test_an_object_that_leaves_ends_its_outline(engine: Engine) -> None:
    session = await engine.open()
    reader = Reader(session)
    await show(session, reader, square_frame(0, 20))
    await model_has_run(session, 1)
    assert (await show(session, reader, square_frame(TICKS, 20))).objects[0].path.rings
    await model_has_run(session, 2)
    await show(session, reader, square_frame(2 * TICKS, 500))
    await model_has_run(session, 3)
    (thing,) = (await show(session, reader, square_frame(3 * TICKS, 500))).objects
    assert thing.path.is_empty
    assert thing.score_u8 == 0


async def test_a_model_that_raises_is_told_once_and_the_session_goes_on() -> None:
    is_broken = True

    def answer(request: Request) -> Answer:
        if is_broken:
            raise RuntimeError("no luck")
        return bright_pixels(request)

    engine = Engine(Config(), store=store_of(), load=lambda _: FakeSegmenter(answer))
    session = await engine.open()
    reader = Reader(session)
    assert (await reader.text())["type"] == "hello"
    for n in range(3):
        session.offer(square_frame(n * TICKS, 20))
        await model_has_run(session, n + 1)
    while (error := await reader.text())["type"] == "prompts":
        pass  # they have objects from the first frame on
    assert (error["type"], error["code"]) == ("error", "model_failed")
    assert "no luck" in error["message"]
    await show(session, reader, square_frame(2 * TICKS, 20))
    await asyncio.sleep(0.05)  # what the device thread has yet to tell arrives on this loop
    assert not any(isinstance(m, str) for m in reader.outbox._messages), "told again"
    is_broken = False
    session.offer(square_frame(3 * TICKS, 20))
    await model_has_run(session, 5)
    assert (await show(session, reader, square_frame(4 * TICKS, 20))).objects[0].path.rings
    await engine.close()


async def test_a_frame_that_cannot_be_read_is_skipped(engine: Engine) -> None:
    def broken() -> np.ndarray[Any, Any]:
        raise ValueError("torn")

    session = await engine.open()
    reader = Reader(session)
    session.offer(Frame(1, 160, 90, broken))
    assert (await reader.text())["type"] == "hello"
    assert "torn" in (await reader.text())["message"]
    assert (await show(session, reader, square_frame(2, 20))).width_px == 160


async def test_the_newest_frame_wins(engine: Engine, segmenter: FakeSegmenter) -> None:
    session = await engine.open()
    reader = Reader(session)
    for n in range(10):
        session.offer(square_frame(n, 20))
    assert (await reader.frame()).frame_id == 9
    assert session.counts.received == 10
    assert session.counts.replaced_before_tracker == 9


async def test_what_a_model_remembers_of_a_session_ends_with_it() -> None:
    segmenter = FakeSegmenter(what_is_touched, info=VIDEO)
    engine = Engine(Config(), store=store_of(entry_of(VIDEO)), load=lambda _: segmenter)
    session = await engine.open([Prompt(points=(Point(0.25, 0.45),))])
    reader = Reader(session)
    for n in range(3):
        await show(session, reader, square_frame(n * TICKS, 20))
        await model_has_run(session, n + 1)
    await engine.end(session, EndReason.CLOSED, "done")
    async with asyncio.timeout(TIMEOUT_S):
        while not segmenter.memories[0].is_closed:
            await asyncio.sleep(0.001)
    assert len(segmenter.memories) == 1
    await engine.close()


async def test_what_words_find_is_told(engine: Engine) -> None:
    session = await engine.open([Prompt("person")])
    reader = Reader(session)
    assert (await reader.text())["prompts"][0]["objects"] == []
    await show(session, reader, square_frame(0, 20))
    assert session.prompts_json()[0]["objects"] == [1]
    late = Reader(session)
    assert (await late.text())["prompts"][0]["objects"] == [1]


async def test_prompts_change_while_it_runs(engine: Engine, segmenter: FakeSegmenter) -> None:
    session = await engine.open([Prompt("person")])
    reader = Reader(session)
    await reader.text()
    await show(session, reader, square_frame(0, 20))
    await model_has_run(session, 1)
    session.follow(await engine.route([]))
    assert await reader.text() == {"type": "prompts", "prompts": []}
    assert (await show(session, reader, square_frame(TICKS, 20))).objects == ()
    session.follow(await engine.route([Prompt("People"), Prompt("person")]))
    (prompt,) = (await reader.text())["prompts"]
    assert prompt == {
        "id": "1",
        "text": "People",
        "points": [],
        "box": None,
        "label": "person",
        "model": "person",
        "objects": [],
    }
    before = session.counts.model_runs
    await show(session, reader, square_frame(2 * TICKS, 20))
    await model_has_run(session, before + 1)
    (thing,) = (await show(session, reader, square_frame(3 * TICKS, 20))).objects
    assert thing.track_id == 2


async def test_a_prompt_that_stays_keeps_its_object(engine: Engine) -> None:
    session = await engine.open([Prompt("person")])
    session.follow(await engine.route([Prompt("people")]))
    assert [(wanted.key, wanted.prompt.text) for wanted in session.wanted] == [("1", "people")]


@pytest.mark.parametrize(
    ("prompts", "code"),
    [
        ([Prompt("unicorn")], "unknown_prompt"),
        ([Prompt("  ")], "invalid_request"),
        ([Prompt("x" * 5000)], "invalid_request"),
        ([Prompt("person")] * 10_000, "invalid_request"),
    ],
)
async def test_prompts_that_cannot_be(engine: Engine, prompts: list[Prompt], code: str) -> None:
    with pytest.raises(PeerError) as caught:
        await engine.open(prompts)
    assert caught.value.code == code
    assert not engine.sessions


async def test_sessions_are_bounded_and_freed(segmenter: FakeSegmenter) -> None:
    config = Config.model_validate({"server": {"max_sessions": 2}})
    engine = Engine(config, store=store_of(), load=lambda _: segmenter)
    first = await engine.open()
    await engine.open()
    with pytest.raises(PeerError, match="max_sessions") as caught:
        await engine.open()
    assert caught.value.status == 503
    await engine.end(first, EndReason.CLOSED, "done")
    await engine.end(first, EndReason.CLOSED, "done")
    await engine.open()
    await engine.close()
    assert not engine.sessions


async def test_the_end_is_told_to_every_stream(engine: Engine) -> None:
    session = await engine.open()
    readers = [Reader(session), Reader(session)]
    await engine.end(session, EndReason.PEER_GONE, "nothing came")
    for reader in readers:
        await reader.text()
        end = await reader.text()
        assert end == {"type": "end", "reason": "peer_gone", "message": "nothing came"}
        with pytest.raises(OutboxClosedError):
            await reader.outbox.take()
    session.offer(square_frame(0, 20))
    assert session.counts.received == 0


async def test_who_joins_late_gets_the_clock(engine: Engine) -> None:
    session = await engine.open()
    session.sender_report(123, 456)
    reader = Reader(session)
    await reader.text()
    message = await reader.outbox.take()
    assert isinstance(message, bytes)
    assert reader.decoder.read(message) == ClockMessage(123, 456)


async def test_timing_is_there_when_asked_for(engine: Engine) -> None:
    session = await engine.open(with_timing=True)
    timing = (await show(session, Reader(session), square_frame(0, 20))).timing
    assert timing is not None
    assert timing.track_us > 0
    plain = await engine.open()
    assert (await show(plain, Reader(plain), square_frame(0, 20))).timing is None


async def test_the_model_rate_can_be_bounded(segmenter: FakeSegmenter) -> None:
    config = Config.model_validate({"engine": {"max_model_rate_hz": 0.001}})
    engine = Engine(config, store=store_of(), load=lambda _: segmenter)
    session = await engine.open()
    reader = Reader(session)
    for n in range(5):
        await show(session, reader, square_frame(n * TICKS, 20))
    await model_has_run(session, 1)
    await engine.close()
    assert len(segmenter.batches) == 1


@pytest.mark.parametrize(
    ("newer", "older", "age_ms"),
    [(9000, 0, 100), (4500, 2**32 - 4500, 100), (0, 9000, 0), (7, 7, 0)],
)
def test_age_by_rtp_wraps(newer: int, older: int, age_ms: int) -> None:
    assert rtp_age_ms(newer, older) == age_ms


async def test_what_a_model_says_is_taken_while_no_frame_comes(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The next frame finds the tracker set right: its outline does not wait for that."""
    order: list[str] = []
    _note(order, monkeypatch, "step", "answered")
    session = await engine.open([Prompt("person")])
    reader = Reader(session)
    await show(session, reader, square_frame(TICKS, 20))
    await _seen(order)
    (thing,) = (await show(session, reader, square_frame(2 * TICKS, 23))).objects
    assert not thing.path.is_empty
    assert order[:3] == ["step", "answered", "step"]


async def test_a_frame_goes_before_the_answers_that_wait(
    segmenter: FakeSegmenter, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However many there are: its outline does not wait for them."""
    order: list[str] = []
    _note(order, monkeypatch, "step", "settle", "answered")
    gate = threading.Semaphore(0)
    touched = FakeSegmenter(what_is_touched, info=TOUCH, gate=gate)
    models = {"person": FakeSegmenter(gate=gate), "touch": touched}
    engine = Engine(Config(), store=store_of(), load=lambda name: models[name])
    session = await engine.open([Prompt("person"), Prompt(points=(Point(0.25, 0.44),))])
    reader = Reader(session)
    await show(session, reader, square_frame(TICKS, 20))
    await _rests(session, order)
    # The loop has no turn until both answers and another frame are there.
    gate.release(2)
    deadline = time.monotonic() + TIMEOUT_S
    while len(session._late) < 2 and time.monotonic() < deadline:
        pass
    session.offer(square_frame(2 * TICKS, 23))
    await _seen(order)
    assert [each for each in order if each != "settle"][:3] == ["step", "step", "answered"]
    gate.release(100)
    await engine.close()


async def test_answers_that_wait_and_frames_take_turns(monkeypatch: pytest.MonkeyPatch) -> None:
    """A frame waits for one of them at most, not for all."""
    order: list[str] = []
    _note(order, monkeypatch, "step", "answered")
    begun, may_end = threading.Event(), threading.Event()

    def answered(*given: Any, answered: Any = SessionCore.answered) -> None:
        answered(*given)
        begun.set()
        assert may_end.wait(TIMEOUT_S)

    monkeypatch.setattr(SessionCore, "answered", answered)
    gate = threading.Semaphore(0)
    touched = FakeSegmenter(what_is_touched, info=TOUCH, gate=gate)
    models = {"person": FakeSegmenter(gate=gate), "touch": touched}
    engine = Engine(Config(), store=store_of(), load=lambda name: models[name])
    session = await engine.open([Prompt("person"), Prompt(points=(Point(0.25, 0.44),))])
    await show(session, Reader(session), square_frame(TICKS, 20))
    gate.release(2)
    await model_has_run(session, 2)
    assert await asyncio.to_thread(begun.wait, TIMEOUT_S)
    session.offer(square_frame(2 * TICKS, 23))
    may_end.set()
    await _seen(order, answers=2)
    assert order[:4] == ["step", "answered", "step", "answered"]
    gate.release(100)
    await engine.close()


async def test_answers_that_fail_are_told_of_once(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However many frames go well in between; and anew when one was taken since."""
    fails = iter((True, True, True, False, True))

    def answered(*given: Any, answered: Any = SessionCore.answered) -> None:
        answered(*given)
        if next(fails, False):
            raise RuntimeError("no such answer")

    monkeypatch.setattr(SessionCore, "answered", answered)
    session = await engine.open([Prompt("person")])
    reader, told = Reader(session), []
    for n in range(6):
        session.offer(square_frame(n * TICKS, 20))
        while isinstance(message := await asyncio.wait_for(reader.outbox.take(), TIMEOUT_S), str):
            told.append(json.loads(message))
        await model_has_run(session, n + 1)
    errors = [(each["code"], each["message"]) for each in told if each["type"] == "error"]
    assert errors == [("frame_failed", "RuntimeError: no such answer")] * 2


async def _seen(order: list[str], answers: int = 1) -> None:
    async with asyncio.timeout(TIMEOUT_S):
        while order.count("answered") < answers:
            await asyncio.sleep(0.001)


async def _rests(session: Session, order: list[str]) -> None:
    """Wait until nothing of the first frame is left to be done."""
    async with asyncio.timeout(TIMEOUT_S):
        while "settle" not in order or session._job is None or not session._job.done():
            await asyncio.sleep(0.001)
    for _ in range(5):  # from the worker's job to the session's own task, which waits then
        await asyncio.sleep(0)


def _note(order: list[str], monkeypatch: pytest.MonkeyPatch, *names: str) -> None:
    """Write down the order in which a core is called."""
    for name in names:
        method = getattr(SessionCore, name)

        def noted(*given: Any, name: str = name, method: Any = method, **named: Any) -> Any:
            order.append(name)
            return method(*given, **named)

        monkeypatch.setattr(SessionCore, name, noted)
