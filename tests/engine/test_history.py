"""The frames and masks that a session keeps."""

from __future__ import annotations

import numpy as np

from rtseg.engine.history import FrameHistory, MaskHistory, rtp_distance
from rtseg.types import Frame
from tests.engine.fakes import square_frame


def test_a_click_finds_the_nearest_frame() -> None:
    frames = FrameHistory()
    assert frames.nearest(None) is None
    assert frames.nearest(7) is None
    for n in range(4):
        frames.put(square_frame(3000 * n, 10))
    assert ids(frames.nearest(6000), frames.nearest(4600), frames.nearest(None)) == [
        6000,
        6000,
        9000,
    ]


def test_the_nearest_is_nearest_across_the_wrap() -> None:
    frames = FrameHistory()
    frames.put(square_frame(2**32 - 3000, 10))
    frames.put(square_frame(3000, 10))
    assert ids(frames.nearest(2**32 - 1000), frames.nearest(1000)) == [2**32 - 3000, 3000]
    assert rtp_distance(5, 2**32 - 5) == rtp_distance(2**32 - 5, 5) == 10


def test_frames_are_bounded_by_number_and_by_size() -> None:
    few = FrameHistory(max_frames=2)
    small = FrameHistory(max_bytes=2 * 160 * 90 * 3 // 2)
    tiny = FrameHistory(max_bytes=1)
    for n in range(5):
        for frames in (few, small, tiny):
            frames.put(square_frame(n, 10))
    assert ids(few.nearest(0), small.nearest(0), tiny.nearest(0)) == [3, 3, 4]


def test_masks_come_back_as_they_were() -> None:
    masks = MaskHistory(max_frames=2)
    rng = np.random.default_rng(0)
    drawn = {1: rng.random((7, 11)) > 0.5, 2: np.zeros((7, 11), np.bool_)}
    masks.put(10, drawn)
    assert list(masks.get(10)) == [1], "empty ones are left out"
    assert (masks.get(10)[1] == drawn[1]).all()
    masks.put(11, {})
    masks.put(12, {})
    assert masks.get(10) == {}
    assert masks.get(99) == {}


def test_masks_are_bounded_by_size() -> None:
    full = {1: np.ones((80, 80), np.bool_)}  # 800 bytes
    masks = MaskHistory(max_bytes=1700)
    for n in range(10):
        masks.put(n, full)
        masks.put(n, full)
    assert [n for n in range(10) if masks.get(n)] == [8, 9]


def ids(*frames: Frame | None) -> list[int]:
    return [frame.frame_id for frame in frames if frame is not None]
