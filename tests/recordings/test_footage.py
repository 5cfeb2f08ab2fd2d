"""Frames of files, and videos that are written."""

from __future__ import annotations

import itertools
from pathlib import Path

import av
import numpy as np
import pytest

from rtseg.errors import UsageError
from rtseg.recordings.footage import Footage
from rtseg.recordings.video_file import VideoFile
from rtseg.types import Image
from tests.recordings.conftest import FPS, FRAMES, picture, write_clip


def times(footage: Footage) -> list[float]:
    return [shot.at_s for shot in footage.shots()]


def test_every_frame_in_order_with_its_time(clip: Path) -> None:
    footage = Footage(str(clip))
    shots = list(footage.shots())
    assert [shot.index for shot in shots] == list(range(FRAMES))
    assert [shot.at_s for shot in shots] == pytest.approx([n / FPS for n in range(FRAMES)])
    assert (footage.fps, footage.frame_count, footage.stem) == (FPS, FRAMES, "clip")
    assert np.abs(shots[3].image.astype(int) - picture(3)).mean() < 8


def test_a_part_of_it(clip: Path) -> None:
    footage = Footage(str(clip), start_s=0.25, seconds=0.3)
    assert times(footage) == pytest.approx([0.25, 0.3, 0.35, 0.4, 0.45, 0.5])
    assert footage.frame_count == 6
    with pytest.raises(UsageError, match=r"no frame at or after second 9; it ends at 1\.00"):
        times(Footage(str(clip), start_s=9))


def test_live_gives_the_newest_and_ends(clip: Path) -> None:
    shots = list(Footage(str(clip), seconds=0.2, is_live=True).shots())
    seconds = [shot.at_s for shot in shots]
    assert seconds == sorted(seconds)
    assert 1 <= len(shots) <= 4
    assert seconds[-1] == pytest.approx(0.15)
    assert [shot.index for shot in shots] == list(range(len(shots)))


def test_live_can_be_left(clip: Path) -> None:
    shots = Footage(str(clip), is_live=True).shots()
    assert len(list(itertools.islice(shots, 2))) == 2
    shots.close()  # type: ignore[attr-defined]


def test_live_tells_what_went_wrong(tmp_path: Path, clip: Path) -> None:
    footage = Footage(str(clip), is_live=True)
    clip_now_gone = tmp_path / "gone.mp4"
    footage.source = str(clip_now_gone)
    with pytest.raises(UsageError, match="cannot be opened"):
        list(footage.shots())


def test_what_is_no_video_is_said(tmp_path: Path) -> None:
    (tmp_path / "empty.mp4").touch()
    (tmp_path / "text.mp4").write_text("no video")
    with av.open(str(tmp_path / "sound.wav"), "w") as container:
        stream = container.add_stream("pcm_s16le", rate=8000)
        frame = av.AudioFrame.from_ndarray(np.zeros((1, 800), np.int16), layout="mono")
        frame.rate = 8000
        container.mux(stream.encode(frame))
    for name, says in (
        ("nowhere.mp4", "cannot be opened"),
        ("empty.mp4", "got an empty file"),
        ("text.mp4", "cannot be opened"),
        ("sound.wav", "got a file without a video stream"),
        (".", "got a folder"),
    ):
        with pytest.raises(UsageError, match=says):
            Footage(str(tmp_path / name))


def test_phones_films_stand_upright(clip: Path, tmp_path: Path) -> None:
    """The side data says how to turn the film; here a bare frame says it."""
    from rtseg.recordings.footage import upright

    class Turned:
        rotation = 90  # counter-clockwise, as FFmpeg counts

        def to_ndarray(self, format: str) -> Image:
            image = np.zeros((20, 30, 3), np.uint8)
            image[:, -10:] = 255  # right, which becomes the top
            return image

    image = upright(Turned())  # type: ignore[arg-type]
    assert image.shape == (30, 20, 3)
    assert (image[:10] == 255).all()
    assert (image[10:] == 0).all()


@pytest.mark.parametrize("suffix", [".mp4", ".mkv", ".mov"])
def test_a_video_keeps_times_and_odd_sizes(suffix: str, tmp_path: Path) -> None:
    path = tmp_path / f"odd{suffix}"
    file = VideoFile(path, (161, 121), 30.0)
    seconds = [0.0, 0.04, 0.1, 0.5]
    for n, at_s in enumerate(seconds):
        file.add(at_s, np.full((121, 161, 3), 60 * n, np.uint8))
    file.close()
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        frames = list(container.decode(stream))
    assert (frames[0].width, frames[0].height) == (162, 122)
    assert [frame.time for frame in frames] == pytest.approx(seconds, abs=2e-3)
    levels = [frame.to_ndarray(format="bgr24").mean() for frame in frames]
    assert levels == pytest.approx([0, 60, 120, 180], abs=6)


def test_a_video_has_one_size(tmp_path: Path) -> None:
    file = VideoFile(tmp_path / "a.mp4", (64, 48), 30.0)
    file.add(0.0, np.zeros((48, 64, 3), np.uint8))
    with pytest.raises(UsageError, match="were 64×48 and are now 48×64"):
        file.add(0.1, np.zeros((64, 48, 3), np.uint8))
    file.abandon()


def test_clips_of_the_tests_are_what_they_say(tmp_path: Path) -> None:
    path = write_clip(tmp_path / "a.mp4", [picture(0), picture(1)], fps=10)
    assert times(Footage(str(path))) == pytest.approx([0, 0.1])
