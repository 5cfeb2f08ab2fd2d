"""The late oracle: what reaches a follower, and when; and the command on a drawn sequence."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from rtseg.bench.davis import Sequence
from rtseg.bench.late_oracle import Hold, noisy, play
from rtseg.bench.track import score
from rtseg.cli import main
from rtseg.types import BoolMask, Image
from tests.bench.davis_folder import write_sequence
from tests.tracking.scenes import moving_disc


class Listener:
    """Notes what it hears and sees."""

    def __init__(self) -> None:
        self.heard: list[tuple[int, int]] = []
        self._now = -1

    def correct(self, number: int, mask: BoolMask) -> None:
        self.heard.append((self._now + 1, number))

    def step(self, number: int, image: Image) -> BoolMask:
        self._now = number
        return np.zeros(image.shape[:2], np.bool_)


def drawn(frames: int) -> Sequence:
    images, truth = zip(*moving_disc(frames, size=(90, 160), step_px=(1, 0)), strict=True)
    return Sequence("drawn", list(images), list(truth))


def test_the_oracle_takes_the_newest_frame_when_it_is_free() -> None:
    listener = Listener()
    shown = play(drawn(10), listener, 3)
    assert listener.heard == [(3, 0), (6, 3), (9, 6)]
    assert len(shown) == 7


def test_first_only_answers_once() -> None:
    listener = Listener()
    play(drawn(10), listener, 1, first_only=True)
    assert listener.heard == [(1, 0)]


def test_holding_scores_what_the_truth_moved() -> None:
    sequence = drawn(6)
    shown = play(sequence, Hold(), 2)
    assert all(
        (mask == sequence.truth[t]).all() for mask, t in zip(shown, (0, 0, 2, 2), strict=True)
    )
    perfect = score(sequence.truth, sequence.truth)
    assert (perfect["J"], perfect["F"], perfect["restless"]) == (1, 1, 0)


def test_noise_is_the_same_in_every_run() -> None:
    truth = drawn(1).truth[0]
    first, second = np.random.default_rng(1), np.random.default_rng(1)
    for _ in range(30):
        assert (noisy(truth, first) == noisy(truth, second)).all()


def test_the_command_reports(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    sequence = drawn(6)
    write_sequence(tmp_path, "drawn", zip(sequence.images, sequence.truth, strict=True))
    assert main(["bench", "track", "--davis", str(tmp_path), "--late", "1,2", "--json"]) == 0
    report = json.loads(capsys.readouterr().out)
    assert report["late"]["2"]["overall"]["tracker"]["J"] > 0.9
    assert main(["bench", "track", "--davis", str(tmp_path), "--first-only", "--noise"]) == 0
    assert "drawn" in capsys.readouterr().out


def test_a_folder_without_sequences_is_refused(tmp_path: Path) -> None:
    assert main(["bench", "track", "--davis", str(tmp_path)]) == 2
    assert main(["bench", "track", "--davis", str(tmp_path), "--late", "x"]) == 2
