"""Times of steps and corrections: which are counted, and how they are told."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest

from rtseg.bench.followers import Tracked
from rtseg.bench.track import times
from rtseg.bench.track.progress import Progress
from rtseg.bench.track.times import scaled_to, time_tracker
from rtseg.types import BoolMask, Image
from tests.bench.davis_folder import write_sequence
from tests.bench.track.scenes import drawn


class Stopwatch(Tracked):
    """Takes 10 ms for an object and 2 for each further one; 50 before there is any."""

    def __init__(self, objects: int = 1) -> None:
        super().__init__(objects)
        self._count = objects
        self.has_heard = False

    def correct(self, number: int, mask: BoolMask) -> None:
        self.has_heard = True
        self.correct_ms.append(7.0)

    def step(self, number: int, image: Image) -> BoolMask:
        ms = 10.0 + 2 * (self._count - 1) + 0.01 * (image.shape[1] == 700)
        self.step_ms.append(ms if self.has_heard else 50.0)
        return np.zeros(image.shape[:2], np.bool_)


def test_steps_are_counted_from_the_first_answer_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sequence = scaled_to(drawn(5), 700)
    write_sequence(tmp_path, "wide", zip(sequence.images, sequence.truth, strict=True))
    monkeypatch.setattr(times, "Tracked", Stopwatch)
    told = io.StringIO()
    found = time_tracker(tmp_path, ["wide"], [1, 3], 6, Progress(told))
    rows = {(row["size"], row["objects"], row["late"]): row for row in found["rows"]}
    assert list(rows) == [
        ("700×394", 1, 1),
        ("700×394", 1, 3),
        ("700×394", 6, 3),
        ("640×360", 1, 3),
        ("640×360", 6, 3),
    ]
    assert rows["700×394", 1, 3]["step_ms"]["max"] == 10.01
    assert rows["700×394", 1, 3]["step_ms"]["n"] == 2
    assert rows["640×360", 1, 3]["step_ms"]["p50"] == 10
    assert rows["700×394", 1, 1]["correct_ms"]["n"] == 4
    assert found["further_object_ms"] == {"700×394": 2, "640×360": 2}
    assert "times, 0 of 1  wide" in told.getvalue()


def test_scaled_masks_are_where_the_pictures_are() -> None:
    sequence = drawn(1)
    twice = scaled_to(sequence, 320)
    assert (twice.images[0].shape, twice.truth[0].shape) == ((180, 320, 3), (180, 320))
    back = scaled_to(twice, 160)
    assert np.count_nonzero(back.truth[0] ^ sequence.truth[0]) < 0.02 * sequence.truth[0].sum()
