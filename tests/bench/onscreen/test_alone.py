from __future__ import annotations

import numpy as np
import pytest

from rtseg.bench import stamp
from rtseg.bench.onscreen import alone
from rtseg.bench.onscreen.footage import Footage, footage_of
from rtseg.config import EngineConfig
from tests.bench.davis_folder import write_sequence
from tests.bench.track.scenes import drawn


@pytest.fixture(scope="module")
def footage(tmp_path_factory: pytest.TempPathFactory) -> Footage:
    folder = tmp_path_factory.mktemp("davis")
    sequence = drawn(12, step_px=(3.0, 1.0))
    write_sequence(folder, "quick", zip(sequence.images, sequence.truth, strict=True))
    height, width = sequence.truth[0].shape
    return footage_of(folder, (), (width // 2 * 2, height // 2 * 2))[0]


@pytest.mark.parametrize("is_live", [False, True])
def test_a_tracker_that_is_told_late_is_right_on_the_newest_frame(
    footage: Footage, is_live: bool
) -> None:
    scores = alone.track(footage, 2, EngineConfig(), first_scored=6, is_live=is_live)

    assert len(scores) == len(footage) - 6
    assert np.mean([score.j for score in scores]) > 0.85


@pytest.mark.parametrize(
    ("late", "is_live", "expected"),
    [
        # Asked of frame n, it answers before frame n + 3 is tracked, and is asked of that one then.
        (3, False, [(n, n + 3) for n in range(0, 21, 3)]),
        # It answers when that is tracked, and goes on with the frame before.
        (3, True, [(n, n + 4) for n in range(0, 21, 2)]),
        (1, True, [(n, n + 2) for n in range(23)]),
    ],
)
def test_it_hears_of_a_frame_as_much_later_as_it_is_said(
    footage: Footage,
    late: int,
    is_live: bool,
    expected: list[tuple[int, int]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    told: list[tuple[int, int]] = []
    stepped: list[int] = []

    class Listening:
        def __init__(self, **settings: int) -> None:
            assert settings == {"flow_px": 128, "plate_after": 3}

        def correct(self, frame_id: int, masks: dict[int, np.ndarray]) -> None:
            place = frame_id % len(footage)
            (mask,) = masks.values()
            assert np.array_equal(mask, footage.truth(footage.first + place))
            told.append((frame_id, len(stepped)))

        def step(self, frame_id: int, image: np.ndarray) -> dict[int, np.ndarray]:
            assert stamp.read(image) == frame_id % len(footage)
            stepped.append(frame_id)
            return {}

    monkeypatch.setattr(alone, "Tracker", Listening)
    engine = EngineConfig(tracker_px=128, plate_after_frames=3)
    scores = alone.track(footage, late, engine, 0, is_live=is_live)

    assert told == expected
    assert [score.j for score in scores] == [0.0] * len(footage)
