from __future__ import annotations

from pathlib import Path

import av
import numpy as np
import pytest

from rtseg.bench import stamp
from rtseg.bench.camera import parse_size, write_camera
from rtseg.errors import UsageError

CLIP_FPS = 10
CLIP_FRAMES = 12


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """160×120 at 10 fps: red with a green frame around it, which a cut would take off."""
    path = tmp_path_factory.mktemp("clip") / "clip.mp4"
    with av.open(str(path), "w") as out:
        stream = out.add_stream("libx264", rate=CLIP_FPS)
        stream.width, stream.height, stream.pix_fmt = 160, 120, "yuv420p"
        image = np.zeros((120, 160, 3), np.uint8)
        image[..., 1] = 255
        image[20:-20, 20:-20] = (255, 0, 0)
        for _ in range(CLIP_FRAMES):
            frame = av.VideoFrame.from_ndarray(image, format="rgb24")
            out.mux(stream.encode(frame.reformat(format="yuv420p")))
        out.mux(stream.encode(None))
    return path


def decode(path: Path) -> list[np.ndarray]:
    with av.open(str(path)) as container:
        return [frame.to_ndarray(format="rgb24") for frame in container.decode(video=0)]


def test_every_frame_has_its_number_and_time_is_kept(clip: Path, tmp_path: Path) -> None:
    camera = write_camera(clip, tmp_path, size=(128, 96), fps=30)
    images = decode(camera.path)

    assert camera.frames == len(images) == pytest.approx(3 * CLIP_FRAMES, abs=2)
    assert [stamp.read(image) for image in images] == list(range(len(images)))
    assert images[0].shape == (96, 128, 3)


def test_the_picture_covers_the_size_and_is_cut(clip: Path, tmp_path: Path) -> None:
    camera = write_camera(clip, tmp_path, size=(160, 80), fps=CLIP_FPS, stamped=False)
    image = decode(camera.path)[0]
    is_red = (image[..., 0] > 128) & (image[..., 1] < 100)

    # Twenty rows are cut above and below: the red reaches the edges there, not at the sides.
    assert is_red[2, 80]
    assert is_red[-3, 80]
    assert not is_red[40, 5]


def test_without_a_stamp_there_is_none(clip: Path, tmp_path: Path) -> None:
    camera = write_camera(clip, tmp_path, size=(128, 96), fps=CLIP_FPS, stamped=False)

    assert {stamp.read(image) for image in decode(camera.path)} == {None}


@pytest.mark.parametrize("text", ["640", "640x", "axb", "641x360", "640x0", "99999x99998", ""])
def test_a_size_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="expected"):
        parse_size(text)


def test_sizes() -> None:
    assert parse_size("640x360") == (640, 360)
    assert parse_size(" 1280X720 ") == (1280, 720)


def test_what_is_no_video_is_refused(tmp_path: Path) -> None:
    text = tmp_path / "text.mp4"
    text.write_text("not a video")

    with pytest.raises(UsageError, match="cannot be opened"):
        write_camera(text, tmp_path, size=(128, 96), fps=30)


def test_a_rate_that_is_none_is_refused(clip: Path, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="frames per second"):
        write_camera(clip, tmp_path, size=(128, 96), fps=0)
