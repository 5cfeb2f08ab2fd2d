"""Frames of a file or a camera, in order, with their times."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import av
import av.error
import numpy as np
from av import VideoFrame

from rtseg.errors import UsageError
from rtseg.transport.source import is_camera, read_frames
from rtseg.types import Image

_USUAL_FPS = 30.0


@dataclass(frozen=True, slots=True, eq=False)
class Shot:
    """One frame.

    Parameters
    ----------
    index : 0, 1 … of the frames that are looked at.
    at_s : second of the source.
    image : (H, W, 3) uint8 BGR, upright.
    """

    index: int
    at_s: float
    image: Image


class Footage:
    """A file or a camera, from some second on.

    Parameters
    ----------
    source : a path, a URL, `/dev/video0`, `camera:0`.
    start_s : seconds that are left out at the beginning.
    seconds : how long to go on; None to the end.
    is_live : give the newest frame whenever one is asked for, at the source's own pace, and leave
        out what came meanwhile; else every frame.

    Raises
    ------
    UsageError
        It cannot be opened or holds no video.
    """

    def __init__(
        self,
        source: str,
        *,
        start_s: float = 0.0,
        seconds: float | None = None,
        is_live: bool = False,
    ) -> None:
        self.source = source
        self.is_camera = is_camera(source)
        self.is_live = is_live
        self._start_s = start_s
        self._seconds = seconds
        self.fps = _USUAL_FPS
        self._duration_s: float | None = None
        if not self.is_camera:
            self._probe()

    @property
    def stem(self) -> str:
        """A name for what is made of it."""
        return "camera" if self.is_camera else Path(self.source.partition("?")[0]).stem or "video"

    @property
    def frame_count(self) -> int | None:
        """How many frames to expect, roughly; None where nobody knows."""
        if self._duration_s is None:
            return None if self._seconds is None else round(self._seconds * self.fps)
        rest_s = max(0.0, self._duration_s - self._start_s)
        return round(min(rest_s, self._seconds or rest_s) * self.fps)

    def shots(self) -> Iterator[Shot]:
        """Read the frames.

        Raises
        ------
        UsageError
            The source is broken at some point, has no frame, or none after `start_s`.
        """
        frames = self._window()
        index = -1
        for at_s, frame in _newest(frames, self.is_camera) if self.is_live else frames:
            index += 1
            yield Shot(index, at_s, upright(frame))
        if index < 0:
            raise UsageError(
                f"{self.source}: no frame at or after second {self._start_s:g}"
                + (f"; it ends at {self._duration_s:.2f}" if self._duration_s else "")
            )

    def _window(self) -> Iterator[tuple[float, VideoFrame]]:
        # Half a frame early is the same frame: times are rounded, in files and by people.
        slack_s = 0.5 / self.fps
        for at_s, frame in read_frames(self.source):
            if at_s < self._start_s - slack_s:
                continue
            if self._seconds is not None and at_s >= self._start_s + self._seconds - slack_s:
                return
            yield at_s, frame

    def _probe(self) -> None:
        path = Path(self.source)
        if path.is_dir():
            raise UsageError(f"{path}: expected a video, got a folder; name a file in it")
        if path.is_file() and path.stat().st_size == 0:
            raise UsageError(f"{path}: expected a video, got an empty file")
        try:
            container = av.open(self.source)
        except (OSError, av.error.FFmpegError):
            next(read_frames(self.source))  # says why, in its own words
            raise
        with container:
            if not container.streams.video:
                raise UsageError(
                    f"{self.source}: expected a video, got a file without a video stream"
                )
            stream = container.streams.video[0]
            if stream.average_rate:
                self.fps = float(stream.average_rate)
            if stream.duration and stream.time_base:
                self._duration_s = float(stream.duration * stream.time_base)
            elif container.duration:
                self._duration_s = container.duration / 1e6


def upright(frame: VideoFrame) -> Image:
    """Return the pixels as they are to be seen: phones film upright and say so beside the film."""
    image = np.asarray(frame.to_ndarray(format="bgr24"), np.uint8)
    turns = round(frame.rotation / 90) % 4
    return np.ascontiguousarray(np.rot90(image, turns)) if turns else image


def _newest(
    frames: Iterator[tuple[float, VideoFrame]], keeps_pace: bool
) -> Iterator[tuple[float, VideoFrame]]:
    """Give the newest frame whenever the caller has time for one.

    Parameters
    ----------
    frames : read by a thread of its own.
    keeps_pace : they come at their own pace; else each waits until it is due.
    """
    ready = threading.Condition()
    slot: list[tuple[float, VideoFrame]] = []
    failed: list[Exception] = []
    is_over = False
    is_left = False

    def read() -> None:
        nonlocal is_over
        begun_s: float | None = None
        try:
            for at_s, frame in frames:
                now_s = time.monotonic()
                begun_s = now_s - at_s if begun_s is None else begun_s
                if not keeps_pace and begun_s + at_s > now_s:
                    time.sleep(begun_s + at_s - now_s)
                with ready:
                    if is_left:
                        return
                    slot[:] = [(at_s, frame)]
                    ready.notify()
        except Exception as error:
            failed.append(error)
        with ready:
            is_over = True
            ready.notify()

    thread = threading.Thread(target=read, name="rtseg-read", daemon=True)
    thread.start()
    try:
        while True:
            with ready:
                while not slot and not is_over:
                    ready.wait()
                if not slot:
                    break
                newest = slot.pop()
            yield newest
        if failed:
            raise failed[0]
    finally:
        with ready:
            is_left = True
        thread.join(timeout=1.0)
