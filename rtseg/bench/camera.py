"""A clip as the camera of a headless Chromium: scaled, cut, at a steady rate, numbered.

Written as YUV4MPEG2: Chromium takes its planes as they are. Motion JPEG is a tenth of the size, but
Chromium decodes it after the moment that it calls the capture time, so that the decoder's time
would count as the network's.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import av
import av.error
import av.filter
import cv2
import numpy as np
import numpy.typing as npt

from rtseg.bench import stamp
from rtseg.bench.figure import draw_person
from rtseg.errors import UsageError
from rtseg.types import Image

MAX_SECONDS = 20.0
"""Chromium plays the file in a loop; more would only fill the disk."""
MAX_BYTES = 600_000_000
DRAWN_SECONDS = 8.0
"""How long the drawn person waves before it begins again; a frame takes 30 ms to draw."""

_SIDES = range(64, 4097)
_RATES = range(1, 121)


@dataclass(frozen=True, slots=True)
class CameraFile:
    """What was written.

    Parameters
    ----------
    path : the file, for `rtseg.bench.browser.launch`.
    width_px, height_px, fps : of the camera.
    frames : how many; frame n carries the stamp n, if stamped.
    """

    path: Path
    width_px: int
    height_px: int
    fps: int
    frames: int


def parse_size(text: str) -> tuple[int, int]:
    """Read `WIDTHxHEIGHT`.

    Raises
    ------
    UsageError
        It is something else, or no size that a camera has.
    """
    match = re.fullmatch(r"(\d+)[x×](\d+)", text.strip().lower())
    if match is None:
        raise UsageError(f"expected a size such as 640x360, got {text!r}")
    width, height = int(match[1]), int(match[2])
    if width not in _SIDES or height not in _SIDES or width % 2 or height % 2:
        raise UsageError(
            f"expected a width and a height that are even and from {_SIDES[0]} to {_SIDES[-1]}, "
            f"got {text!r}"
        )
    return width, height


def check_rate(fps: int) -> None:
    """Refuse a rate that no camera has.

    Raises
    ------
    UsageError
        It is out of range; the message has the range.
    """
    if fps not in _RATES:
        raise UsageError(f"expected {_RATES[0]} to {_RATES[-1]} frames per second, got {fps}")


def write_camera(
    video: Path | None, into: Path, *, size: tuple[int, int], fps: int, stamped: bool = True
) -> CameraFile:
    """Make the camera's file out of a clip.

    The picture is scaled to cover the size and cut at its edges. Time is kept: at a rate other than
    the clip's own, frames come twice or not at all.

    Parameters
    ----------
    video : any video that PyAV decodes, at most `MAX_SECONDS` of it; None draws a person instead.
    into : folder to write to.
    size : (width, height), pixels, even.
    fps : frames per second.
    stamped : draw each frame's number into it.

    Raises
    ------
    UsageError
        The clip cannot be read, or what is asked for is no camera.
    """
    width, height = size
    check_rate(fps)
    frame_bytes = width * height * 3 // 2
    most = max(1, min(int(MAX_SECONDS * fps), MAX_BYTES // frame_bytes, stamp.NUMBERS))
    path = into / "camera.y4m"
    source = _drawn(size, fps) if video is None else _planes(video, size, fps)
    camera = write_planes(
        itertools.islice(source, most), path, size=size, fps=fps, first=0 if stamped else None
    )
    if camera.frames == 0:
        raise UsageError(f"{video}: expected a video, got one without a single frame")
    return camera


def write_planes(
    frames: Iterable[npt.NDArray[np.uint8]],
    path: Path,
    *,
    size: tuple[int, int],
    fps: int,
    first: int | None,
) -> CameraFile:
    """Make the camera's file out of frames.

    Parameters
    ----------
    frames : (H * 3 / 2, W) uint8 each, I420; stamps are drawn into them.
    path : the file.
    size : (width, height) of them, pixels, even.
    fps : frames per second.
    first : the stamp of the first frame, each next one has the next number; None draws none.
    """
    width, height = size
    count = 0
    with path.open("wb") as file:
        file.write(f"YUV4MPEG2 W{width} H{height} F{fps}:1 Ip A1:1 C420\n".encode())
        for planes in frames:
            if first is not None:
                stamp.draw(planes[:height], first + count)
                _grey(planes, width, height)
            file.write(b"FRAME\n")
            file.write(planes.tobytes())
            count += 1
    return CameraFile(path, width, height, fps, count)


def planes_of(image: Image) -> npt.NDArray[np.uint8]:
    """Give a picture as a camera has it.

    Parameters
    ----------
    image : (H, W, 3) uint8 BGR, both sides even.

    Returns
    -------
    (H * 3 / 2, W) uint8, I420.
    """
    return cv2.cvtColor(image, cv2.COLOR_BGR2YUV_I420).astype(np.uint8, copy=False)


def _grey(planes: npt.NDArray[np.uint8], width: int, height: int) -> None:
    """Take the colour out of the stamp's strip, so that it reads the same in every colour space."""
    side = round(width / stamp.CELLS_PER_WIDTH / 2)
    across = round(width * stamp.CELLS / stamp.CELLS_PER_WIDTH / 2)
    chroma = planes[height:].reshape(2, height // 2, width // 2)
    chroma[:, :side, :across] = 128


def _drawn(size: tuple[int, int], fps: int) -> Iterator[npt.NDArray[np.uint8]]:
    """Give the drawn person as a camera would, I420."""
    for n in range(int(DRAWN_SECONDS * fps)):
        image, _ = draw_person(n / fps, size)
        yield planes_of(image)


def _planes(video: Path, size: tuple[int, int], fps: int) -> Iterator[npt.NDArray[np.uint8]]:
    """Give the clip's frames as a camera has them: (H * 3 / 2, W) uint8, I420."""
    width, height = size
    try:
        container = av.open(str(video))
    except (OSError, av.error.FFmpegError) as error:
        raise UsageError(
            f"{video}: cannot be opened ({error.strerror}); expected a video file"
        ) from None
    with container:
        if not container.streams.video:
            raise UsageError(f"{video}: expected a video, got a file without a video stream")
        stream = container.streams.video[0]
        stream.thread_type = "AUTO"
        graph = av.filter.Graph()
        steps = [
            graph.add_buffer(template=stream),
            graph.add("fps", f"{fps}"),
            graph.add("scale", f"{width}:{height}:force_original_aspect_ratio=increase"),
            graph.add("crop", f"{width}:{height}"),
            graph.add("format", "yuv420p"),
            graph.add("buffersink"),
        ]
        for one, next_one in itertools.pairwise(steps):
            one.link_to(next_one)
        graph.configure()
        try:
            for frame in itertools.chain(container.decode(stream), [None]):
                graph.push(frame)
                yield from _pull(graph)
        except av.error.FFmpegError as error:
            raise UsageError(f"{video}: cannot be decoded ({error.strerror})") from None


def _pull(graph: av.filter.Graph) -> Iterator[npt.NDArray[np.uint8]]:
    while True:
        try:
            frame = graph.pull()
        except (av.error.BlockingIOError, av.error.EOFError):
            return
        assert isinstance(frame, av.VideoFrame)
        yield np.ascontiguousarray(frame.to_ndarray(format="yuv420p"))
