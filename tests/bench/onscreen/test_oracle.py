from __future__ import annotations

import threading
from pathlib import Path

import numpy as np
import pytest

from rtseg.bench import stamp
from rtseg.bench.onscreen import oracle as oracles
from rtseg.bench.onscreen.footage import Footage, footage_of
from rtseg.bench.onscreen.oracle import LABEL, LateOracle, Passing
from rtseg.bench.onscreen.serving import Said, Setting, read_answers
from rtseg.errors import BackendError
from rtseg.models import Answer, Request
from rtseg.types import Image, Prompt
from tests.bench.davis_folder import write_sequence

SIZE = (160, 90)
FPS = 30
TICKS = 90_000 // FPS


@pytest.fixture(scope="module")
def footage(tmp_path_factory: pytest.TempPathFactory) -> Footage:
    """Six frames with a square that goes right; in the last it is out of view."""
    folder = tmp_path_factory.mktemp("davis")
    frames = []
    for n in range(6):
        mask = np.zeros((90, 160), np.bool_)
        if n < 5:
            mask[40:60, 20 * n : 20 * n + 20] = True
        frames.append((np.zeros((90, 160, 3), np.uint8), mask))
    write_sequence(folder, "square", frames)
    return footage_of(folder, (), SIZE)[0]


class Asked:
    """An oracle that is asked on a thread of its own, as models are."""

    def __init__(self, footage: Footage, late: int) -> None:
        self.passing = Passing()
        self.told: list[tuple[int, int]] = []
        self._oracle = LateOracle(
            [footage],
            self.passing,
            late,
            FPS,
            lambda number, late: self.told.append((number, late)),
        )
        self._answers: list[Answer] = []
        self._thread = threading.Thread()

    def see(self, number: int, frame_id: int) -> Image:
        """Let a frame come in, and be read by its tracker."""
        self.passing.offered(frame_id)
        image = np.zeros((90, 160, 3), np.uint8)
        for channel in range(3):
            stamp.draw(image[..., channel], number)
        self.passing.read(frame_id, number)
        return image

    def ask(self, image: Image) -> None:
        request = Request(image, (Prompt(LABEL),))
        self._thread = threading.Thread(
            target=lambda: self._answers.extend(self._oracle.segment([request])), daemon=True
        )
        self._thread.start()

    @property
    def is_thinking(self) -> bool:
        self._thread.join(0.05)
        return self._thread.is_alive()

    def answer(self) -> Answer:
        self._thread.join(5)
        return self._answers.pop()


def test_the_truth_of_the_frame_comes_when_the_camera_is_so_many_frames_on(
    footage: Footage,
) -> None:
    asked = Asked(footage, late=3)
    asked.ask(asked.see(1, frame_id=5000))
    for later in (1, 2):
        asked.passing.offered(5000 + later * TICKS)
        assert asked.is_thinking
    asked.passing.offered(5000 + 3 * TICKS - 300)  # a camera's clock trembles

    (found,) = asked.answer().instances
    assert np.array_equal(found.mask, footage.truth(1))
    assert asked.told == [(1, 3)]


def test_a_frame_that_was_dropped_does_not_hold_the_answer_up(footage: Footage) -> None:
    asked = Asked(footage, late=2)
    asked.ask(asked.see(0, frame_id=5000))
    asked.passing.offered(5000 + 4 * TICKS)

    assert asked.answer().instances
    assert asked.told == [(0, 4)]


def test_a_frame_from_before_does_not_end_the_wait(footage: Footage) -> None:
    asked = Asked(footage, late=1)
    asked.ask(asked.see(3, frame_id=50_000))
    asked.passing.offered(50_000 - TICKS)
    assert asked.is_thinking
    asked.passing.offered(50_000 + TICKS)

    assert asked.answer().instances


def test_frames_are_counted_over_the_wrap_of_the_cameras_clock(footage: Footage) -> None:
    asked = Asked(footage, late=1)
    asked.ask(asked.see(0, frame_id=2**32 - 100))
    assert asked.is_thinking
    asked.passing.offered(TICKS - 100)

    assert asked.answer().instances
    assert asked.told == [(0, 1)]


def test_what_is_out_of_view_is_not_found(footage: Footage) -> None:
    asked = Asked(footage, late=1)
    asked.ask(asked.see(5, frame_id=0))
    asked.passing.offered(TICKS)

    assert asked.answer().instances == ()


def test_when_the_camera_stops_nobody_waits_for_ever(
    footage: Footage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(oracles, "_PATIENCE_S", 0.01)
    asked = Asked(footage, late=1)
    asked.ask(asked.see(2, frame_id=0))

    assert asked.answer().instances
    assert asked.told == []


def test_an_oracle_may_be_later_than_a_camera_that_stopped_is_waited_for() -> None:
    """Each frame that comes is waited for anew, so that 40 frames at 24 a second are 40."""
    passing = Passing()
    waited = []

    class Frames(threading.Condition):
        def wait(self, timeout: float | None = None) -> bool:
            waited.append(timeout)
            passing._newest = (passing._newest or 0) + TICKS
            return True

    passing._changed = Frames()
    passing.offered(0)
    passing.read(0, 2)
    assert passing.wait_for(2, 40 * TICKS) == 40 * TICKS
    assert waited == [oracles._PATIENCE_S] * 40


@pytest.mark.parametrize("newest", [3_000_000_000, 1_000_000_000])
def test_nobody_waits_for_a_camera_that_has_gone(newest: int) -> None:
    """The next one's clock begins anywhere, before or after, and its frames keep coming."""
    passing = Passing()
    passing.offered(2_000_000_000)
    passing.read(2_000_000_000, 2)
    passing.offered(newest)
    assert passing.wait_for(2, 3 * TICKS) is None


def test_masks_are_of_the_size_that_the_frame_has(footage: Footage) -> None:
    oracle = LateOracle([footage], Passing(), 1, FPS, lambda *_: None)
    image = np.zeros((180, 320, 3), np.uint8)
    for channel in range(3):
        stamp.draw(image[..., channel], 2)

    (found,) = oracle.segment([Request(image, (Prompt(LABEL),))])[0].instances
    assert found.mask.shape == (180, 320)
    assert found.mask.sum() == pytest.approx(4 * footage.truth(2).sum())


@pytest.mark.parametrize("number", [None, 6])
def test_a_frame_that_is_none_of_its_own_is_an_error(footage: Footage, number: int | None) -> None:
    image = np.zeros((90, 160, 3), np.uint8)
    if number is not None:
        for channel in range(3):
            stamp.draw(image[..., channel], number)
    oracle = LateOracle([footage], Passing(), 1, FPS, lambda *_: None)

    with pytest.raises(BackendError, match="expected a frame with the stamp of a known sequence"):
        oracle.segment([Request(image, (Prompt(LABEL),))])


def test_answers_are_read_up_to_the_last_whole_line() -> None:
    log = "frame a 1 2\nanswer 7 3 1700000000123456\nstamp 3 4\nanswer 9 3 17000"

    assert read_answers(log) == [Said(7, 3, 1700000000123.456)]


def test_a_setting_travels_by_the_command_line(tmp_path: Path) -> None:
    import json

    setting = Setting(str(tmp_path), ("a", "b"), 640, 360, 24, 3)
    read = Setting(**json.loads(setting.as_argument()))

    assert (tuple(read.names), read.late, read.davis) == (("a", "b"), 3, str(tmp_path))
