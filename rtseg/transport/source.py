"""Files and cameras of this machine as a stream of frames, by PyAV, and as a WebRTC track."""

from __future__ import annotations

import asyncio
import fractions
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import av
import av.error
from aiortc.mediastreams import MediaStreamError, MediaStreamTrack
from av import VideoFrame

from rtseg.errors import UsageError

VIDEO_CLOCK_HZ = 90_000
SKIP_S = 0.1
"""A frame that is this late is left out, so that the source keeps its pace."""

GIVE_UP_S = 1.0
"""A source that is this late has been held up, and takes its pace from now."""

_TIME_BASE = fractions.Fraction(1, VIDEO_CLOCK_HZ)
_CAMERA_FORMATS = {"linux": "v4l2", "darwin": "avfoundation", "win32": "dshow"}


def is_camera(source: str) -> bool:
    """Say whether a source names a camera (`/dev/video0`, `camera:0`) and not a file or a URL."""
    return source.startswith(("/dev/video", "camera:"))


def read_frames(
    source: str | Path, *, size: tuple[int, int] | None = None, loop: bool = False
) -> Iterator[tuple[float, VideoFrame]]:
    """Decode a file, a URL or a camera.

    Parameters
    ----------
    source : a path, a URL that FFmpeg opens, or a camera: `/dev/video0`, `camera:0`.
    size : (width, height) to scale to, pixels; None keeps the source's own.
    loop : begin again at the end of a file; time goes on.

    Yields
    ------
    Seconds since the first frame, and the frame.

    Raises
    ------
    UsageError
        The source cannot be opened, has no video, or is broken at some point.
    """
    name = str(source)
    offset_s = 0.0
    while True:
        last_s = 0.0
        step_s = 1 / 30
        with _open(name) as container:
            if not container.streams.video:
                raise UsageError(f"{name}: expected a video, got a file without a video stream")
            stream = container.streams.video[0]
            stream.thread_type = "AUTO"
            if stream.average_rate:
                step_s = float(1 / stream.average_rate)
            first_s: float | None = None
            for frame in _decode(container, stream):
                at_s = frame.time if frame.time is not None else last_s + step_s
                first_s = at_s if first_s is None else first_s
                last_s = at_s - first_s
                if size is not None and (frame.width, frame.height) != size:
                    frame = frame.reformat(width=size[0], height=size[1])
                yield offset_s + last_s, frame
        if first_s is None:
            raise UsageError(f"{name}: expected a video, got one without a single frame")
        if not loop or is_camera(name):
            return
        offset_s += last_s + step_s


def _open(name: str) -> av.container.InputContainer:
    try:
        if is_camera(name):
            return av.open(
                name.removeprefix("camera:"), format=_CAMERA_FORMATS.get(sys.platform, "v4l2")
            )
        return av.open(name)
    except (OSError, av.error.FFmpegError) as error:
        raise UsageError(
            f"{name}: cannot be opened ({error.strerror}); expected a video file, a URL, or a "
            "camera such as /dev/video0"
        ) from None


def _decode(container: av.container.InputContainer, stream: av.VideoStream) -> Iterator[VideoFrame]:
    try:
        yield from container.decode(stream)
    except av.error.FFmpegError as error:
        raise UsageError(f"{container.name}: cannot be decoded ({error.strerror})") from None


class SourceTrack(MediaStreamTrack):
    """A source at its own pace, as the video track of a WebRTC sender.

    A consumer that is slower than the source gets the newest frame; what it missed is skipped.

    Parameters
    ----------
    source, size, loop : see `read_frames`.
    """

    kind = "video"

    def __init__(
        self, source: str | Path, *, size: tuple[int, int] | None = None, loop: bool = False
    ) -> None:
        super().__init__()
        self._frames = read_frames(source, size=size, loop=loop)
        self._first: tuple[float, VideoFrame] | None = None
        self._started_s: float | None = None
        self.error: UsageError | None = None
        """Why the source ended before its end."""
        self.sent: dict[int, int] = {}
        """For each frame given away lately, its pts on the 90 kHz clock: the wall clock, ns."""

    async def open(self) -> None:
        """Read the first frame, so that a source that cannot be opened is known at once.

        Raises
        ------
        UsageError
            See `read_frames`.
        """
        self._first = await asyncio.to_thread(next, self._frames, None)

    async def recv(self) -> VideoFrame:
        """Give the next frame when its time has come.

        Raises
        ------
        MediaStreamError
            At the end of the source, or after `stop`.
        """
        while True:
            if self.readyState != "live":
                raise MediaStreamError
            item, self._first = self._first, None
            if item is None:
                try:
                    item = await asyncio.to_thread(next, self._frames, None)
                except UsageError as error:
                    self.error = error
            if item is None:
                self.stop()
                raise MediaStreamError
            at_s, frame = item
            now_s = time.monotonic()
            if self._started_s is None:
                self._started_s = now_s - at_s
            late_s = now_s - self._started_s - at_s
            if late_s < 0:
                await asyncio.sleep(-late_s)
            elif late_s > GIVE_UP_S:
                self._started_s += late_s  # held up for long: go on from here, hurry after nothing
            elif late_s > SKIP_S:
                continue
            frame.pts = round(at_s * VIDEO_CLOCK_HZ)
            frame.time_base = _TIME_BASE
            self.sent[frame.pts] = time.time_ns()
            if len(self.sent) > 512:
                self.sent.pop(next(iter(self.sent)))
            return frame
