"""Files as cameras."""

from __future__ import annotations

import itertools
import time
from pathlib import Path

import pytest
from aiortc.mediastreams import MediaStreamError

from rtseg.errors import UsageError
from rtseg.transport.source import SourceTrack, is_camera, read_frames
from tests.server.running import CLIP_SIZE, write_clip


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_clip(tmp_path_factory.mktemp("clip") / "short.mp4", frames=12)


def test_every_frame_with_its_time(clip: Path) -> None:
    frames = list(read_frames(clip))
    assert len(frames) == 12
    assert [at_s for at_s, _ in frames] == pytest.approx([n / 30 for n in range(12)], abs=1e-3)
    assert (frames[0][1].width, frames[0][1].height) == CLIP_SIZE


def test_time_goes_on_when_a_file_begins_again(clip: Path) -> None:
    times = [at_s for at_s, _ in itertools.islice(read_frames(clip, loop=True), 30)]
    assert times == pytest.approx([n / 30 for n in range(30)], abs=1e-3)


def test_frames_are_scaled(clip: Path) -> None:
    _, frame = next(read_frames(clip, size=(64, 36)))
    assert (frame.width, frame.height) == (64, 36)


def test_what_cannot_be_opened(tmp_path: Path) -> None:
    (tmp_path / "text.mp4").write_text("no video")
    for name in ("nowhere.mp4", str(tmp_path / "text.mp4"), "/dev/video99"):
        with pytest.raises(UsageError, match="cannot be opened"):
            next(read_frames(name))


def test_cameras_have_names() -> None:
    assert is_camera("/dev/video0")
    assert is_camera("camera:0")
    assert not is_camera("clip.mp4")


async def test_a_track_keeps_the_pace_of_the_source_and_ends_with_it(clip: Path) -> None:
    track = SourceTrack(clip)
    started = time.monotonic()
    stamps = [(await track.recv()).pts for _ in range(12)]
    assert time.monotonic() - started > 0.3
    assert stamps == [3000 * n for n in range(12)]
    assert list(track.sent) == stamps
    with pytest.raises(MediaStreamError):
        await track.recv()
    with pytest.raises(MediaStreamError):
        await track.recv()
