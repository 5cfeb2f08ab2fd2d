"""The device thread: fair, newest-only, and hard to kill."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Iterator

import numpy as np
import pytest

from rtseg.engine import Devices, DeviceThread, Drop, Observer, Outcome, Work
from rtseg.errors import BackendError, ModelMissingError
from rtseg.models import Answer, Request, Segmenter
from rtseg.types import Prompt
from tests.engine.fakes import VIDEO, FakeSegmenter

TIMEOUT_S = 10


class Seen(Observer):
    def __init__(self) -> None:
        self.drops: list[Drop] = []
        self.runs: list[int] = []
        self.failures = 0

    def dropped(self, cause: Drop) -> None:
        self.drops.append(cause)

    def model_run(self, model: str, seconds: float, batch: int, queue_seconds: float) -> None:
        self.runs.append(batch)

    def model_failed(self, model: str) -> None:
        self.failures += 1


class Bench:
    """A device thread, and everything that it answered, in order."""

    def __init__(self, segmenter: Segmenter) -> None:
        self.seen = Seen()
        self.device = DeviceThread(lambda _: segmenter, self.seen)
        self.outcomes: queue.Queue[tuple[str, Outcome]] = queue.Queue()

    def offer(self, session: str, frame_id: int, lane: str = "look") -> None:
        image = np.full((4, 4, 3), 200, np.uint8)
        request = Request(image, (Prompt(f"{session}{frame_id}"),))
        done = lambda outcome: self.outcomes.put((session, outcome))  # noqa: E731
        self.device.offer(Work(session, "person", lane, frame_id, request, 0, done))

    def next(self) -> tuple[str, Outcome]:
        return self.outcomes.get(timeout=TIMEOUT_S)

    def order(self, count: int) -> list[tuple[str, int]]:
        return [
            (session, outcome.frame_id) for session, outcome in (self.next() for _ in range(count))
        ]


@pytest.fixture
def make() -> Iterator[Callable[[Segmenter], Bench]]:
    benches: list[Bench] = []

    def build(segmenter: Segmenter) -> Bench:
        benches.append(Bench(segmenter))
        benches[-1].device.ensure("person").result(TIMEOUT_S)
        return benches[-1]

    yield build
    for bench in benches:
        bench.device.close()


def test_sessions_take_turns_however_fast_one_offers(make: Callable[[Segmenter], Bench]) -> None:
    gate = threading.Semaphore(0)
    bench = make(FakeSegmenter(gate=gate))
    bench.offer("fast", 0)
    while bench.device._waiting:  # the thread took it and now waits at the gate
        pass
    for frame_id in range(1, 6):
        bench.offer("fast", frame_id)
    bench.offer("slow", 100)
    bench.offer("third", 200)
    bench.offer("fast", 6)  # newest, in the place that it already had
    for _ in range(4):
        gate.release()
    assert bench.order(4) == [("fast", 0), ("fast", 6), ("slow", 100), ("third", 200)]
    assert bench.seen.drops == [Drop.MODEL_BUSY] * 5


def test_a_served_session_goes_to_the_back(make: Callable[[Segmenter], Bench]) -> None:
    gate = threading.Semaphore(0)
    bench = make(FakeSegmenter(gate=gate))
    bench.offer("a", 0)
    while bench.device._waiting:
        pass
    bench.offer("b", 0)
    bench.offer("a", 1)
    bench.offer("b", 1)
    for _ in range(3):
        gate.release()
    assert bench.order(3) == [("a", 0), ("b", 1), ("a", 1)]


def test_a_model_that_batches_gets_several_sessions(make: Callable[[Segmenter], Bench]) -> None:
    gate = threading.Semaphore(0)
    segmenter = FakeSegmenter(max_batch=3, gate=gate)
    bench = make(segmenter)
    bench.offer("first", 0)
    while bench.device._waiting:
        pass
    for session in "abcd":
        bench.offer(session, 1)
    for _ in range(3):
        gate.release()
    assert [session for session, _ in bench.order(5)] == ["first", "a", "b", "c", "d"]
    assert bench.seen.runs == [1, 3, 1]


def test_one_bad_frame_of_a_batch_costs_the_others_nothing(
    make: Callable[[Segmenter], Bench],
) -> None:
    def answer(request: Request) -> Answer:
        if request.prompts[0].text.startswith("bad"):
            raise MemoryError("out of device memory")
        return Answer(())

    gate = threading.Semaphore(0)
    bench = make(FakeSegmenter(answer, max_batch=3, gate=gate))
    bench.offer("first", 0)
    while bench.device._waiting:
        pass
    for session in ("good", "bad", "fine"):
        bench.offer(session, 1)
    for _ in range(5):
        gate.release()
    outcomes = dict(bench.next() for _ in range(4))
    assert outcomes["good"].answer is not None
    assert outcomes["fine"].answer is not None
    assert outcomes["bad"].answer is None
    assert "MemoryError: out of device memory" in str(outcomes["bad"].error)
    assert bench.seen.failures == 1


def test_it_survives_a_model_that_raises(make: Callable[[Segmenter], Bench]) -> None:
    answers = iter([ValueError("odd"), None])

    def answer(_: Request) -> Answer:
        if (error := next(answers)) is not None:
            raise error
        return Answer(())

    bench = make(FakeSegmenter(answer))
    bench.offer("a", 0)
    assert isinstance(bench.next()[1].error, BackendError)
    bench.offer("a", 1)
    assert bench.next()[1].answer is not None


def test_loading_and_running_happen_on_the_one_thread(make: Callable[[Segmenter], Bench]) -> None:
    segmenter = FakeSegmenter()
    bench = make(segmenter)
    assert bench.device.ensure("person").result(TIMEOUT_S).name == "person"
    bench.offer("a", 0)
    bench.next()
    assert segmenter.warm_ups == 1
    assert segmenter.threads == {"rtseg-device"}
    bench.device.close()
    assert segmenter.is_closed
    bench.device.close()


def test_a_model_that_does_not_load_can_be_tried_again() -> None:
    results: list[BackendError | None] = [ModelMissingError("run this"), None]

    def load(_: str) -> Segmenter:
        if (error := results.pop(0)) is not None:
            raise error
        return FakeSegmenter()

    device = DeviceThread(load, Observer())
    with pytest.raises(ModelMissingError, match="run this"):
        device.ensure("person").result(TIMEOUT_S)
    assert device.ensure("person").result(TIMEOUT_S).name == "person"
    device.close()
    with pytest.raises(BackendError, match="closed"):
        device.ensure("person").result(TIMEOUT_S)


def test_whoever_asked_for_a_model_may_leave_before_it_is_loaded() -> None:
    is_loading, may_end = threading.Event(), threading.Event()
    loads: list[str] = []

    def load(name: str) -> Segmenter:
        loads.append(name)
        is_loading.set()
        assert may_end.wait(TIMEOUT_S)
        return FakeSegmenter()

    device = DeviceThread(load, Observer())
    first = device.ensure("slow")
    assert is_loading.wait(TIMEOUT_S)
    left = device.ensure("never")
    assert left.cancel()
    assert not first.cancel(), "what is being loaded is loaded"
    may_end.set()
    assert device.ensure("slow").result(TIMEOUT_S).name == "person"
    assert loads == ["slow"]
    device.close()
    assert device.ensure("person").exception(TIMEOUT_S)


def test_a_forgotten_session_is_not_served(make: Callable[[Segmenter], Bench]) -> None:
    gate = threading.Semaphore(0)
    bench = make(FakeSegmenter(gate=gate))
    bench.offer("first", 0)
    while bench.device._waiting:
        pass
    bench.offer("gone", 0)
    bench.offer("stays", 0)
    bench.device.forget("gone")
    for _ in range(2):
        gate.release()
    assert bench.order(2) == [("first", 0), ("stays", 0)]
    assert bench.outcomes.empty()


def test_lanes_of_a_session_do_not_push_each_other_out(make: Callable[[Segmenter], Bench]) -> None:
    gate = threading.Semaphore(0)
    bench = make(FakeSegmenter(gate=gate))
    bench.offer("first", 0)
    while bench.device._waiting:
        pass
    bench.offer("a", 1, "touch")
    bench.offer("a", 2, "follow")
    bench.offer("a", 3, "follow")
    for _ in range(3):
        gate.release()
    assert bench.order(3) == [("first", 0), ("a", 1), ("a", 3)]


def test_a_session_comes_once_in_a_batch(make: Callable[[Segmenter], Bench]) -> None:
    """The memory of a video model goes from frame to frame."""
    gate = threading.Semaphore(0)
    bench = make(FakeSegmenter(max_batch=4, gate=gate))
    bench.offer("first", 0)
    while bench.device._waiting:
        pass
    for session, lane in (("a", "touch"), ("a", "follow"), ("b", "follow")):
        bench.offer(session, 1, lane)
    for _ in range(3):
        gate.release()
    assert [session for session, _ in bench.order(4)] == ["first", "a", "b", "a"]
    assert bench.seen.runs == [1, 2, 1]


def test_each_session_has_one_memory_of_a_model_until_it_ends(
    make: Callable[[Segmenter], Bench],
) -> None:
    segmenter = FakeSegmenter(info=VIDEO)
    bench = make(segmenter)
    for session, lane in (("a", "touch"), ("b", "touch"), ("a", "follow")):
        bench.offer(session, 0, lane)
        bench.next()
    used = [request.memory for (request,) in segmenter.batches]
    assert used == [segmenter.memories[0], segmenter.memories[1], segmenter.memories[0]]
    bench.device.forget("a")
    bench.offer("b", 1)
    bench.next()
    assert [memory.is_closed for memory in segmenter.memories] == [True, False]
    bench.device.close()
    assert [memory.is_closed for memory in segmenter.memories] == [True, True]


def test_each_device_has_a_thread_of_its_own() -> None:
    segmenters = {"small": FakeSegmenter(), "large": FakeSegmenter()}
    devices = Devices(
        segmenters.__getitem__, {"small": "cpu", "large": "cuda:1"}.__getitem__, Observer()
    )
    done: queue.Queue[Outcome] = queue.Queue()
    for model in segmenters:
        devices.ensure(model).result(TIMEOUT_S)
        request = Request(np.zeros((4, 4, 3), np.uint8), (Prompt("x"),))
        devices.offer(Work("a", model, "look", 0, request, 0, done.put))
        done.get(timeout=TIMEOUT_S)
    assert segmenters["small"].threads == {"rtseg-cpu"}
    assert segmenters["large"].threads == {"rtseg-cuda1"}
    devices.close()
    assert all(segmenter.is_closed for segmenter in segmenters.values())
