"""Pictures as a video file, with the times they were taken at."""

from __future__ import annotations

import fractions
from pathlib import Path

import av
import av.error
import cv2
import numpy as np
from av import VideoFrame

from rtseg.errors import BackendError, UsageError
from rtseg.types import Image

_ENCODERS: tuple[tuple[str, dict[str, str]], ...] = (
    ("libx264", {"crf": "19", "preset": "veryfast"}),
    ("libopenh264", {"b": "8M"}),
    ("h264_videotoolbox", {"b": "8M"}),
    ("mpeg4", {"qscale": "3", "flags": "+qscale"}),
)
"""The first that this build of FFmpeg has. Every build has the last."""

_CLOCK_HZ = 90_000


class VideoFile:
    """A video that is being written, H.264 where this FFmpeg can.

    Parameters
    ----------
    path : its suffix says the container.
    size : (width, height) of the pictures; an odd side gets one row or column more, as the usual
        colour format needs.
    fps : about what rate they come at; their own times are what is written.
    """

    def __init__(self, path: Path, size: tuple[int, int], fps: float) -> None:
        self._path = path
        self._size = (size[0] + size[0] % 2, size[1] + size[1] % 2)
        self._container = av.open(str(path), "w")
        name, options = next(
            ((name, options) for name, options in _ENCODERS if name in av.codecs_available),
            _ENCODERS[-1],
        )
        rate = fractions.Fraction(fps).limit_denominator(1001)
        stream = self._container.add_stream(name, rate=rate, options=dict(options))
        assert isinstance(stream, av.VideoStream)  # all of `_ENCODERS` are
        self._stream = stream
        self._stream.width, self._stream.height = self._size
        self._stream.pix_fmt = "yuv420p"
        self._stream.time_base = fractions.Fraction(1, _CLOCK_HZ)
        self._stream.codec_context.time_base = fractions.Fraction(1, _CLOCK_HZ)
        self._last_pts = -1

    def add(self, at_s: float, picture: Image) -> None:
        """Append a picture, (H, W, 3) uint8 BGR, to be shown at this second.

        Raises
        ------
        UsageError
            It has another size than the first.
        BackendError
            It cannot be written.
        """
        height, width = picture.shape[:2]
        right, below = self._size[0] - width, self._size[1] - height
        if right not in {0, 1} or below not in {0, 1}:
            raise UsageError(
                f"{self._path.name}: the pictures were {self._size[0]}×{self._size[1]} and are now "
                f"{width}×{height}; a video has one size: cut the source there"
            )
        if right or below:
            grown = cv2.copyMakeBorder(picture, 0, below, 0, right, cv2.BORDER_REPLICATE)
            picture = np.asarray(grown, np.uint8)
        frame = VideoFrame.from_ndarray(picture, format="bgr24")
        frame.pts = self._last_pts = max(round(at_s * _CLOCK_HZ), self._last_pts + 1)
        frame.time_base = fractions.Fraction(1, _CLOCK_HZ)
        self._write(frame)

    def close(self) -> None:
        """Write what the encoder still holds, and the index.

        Raises
        ------
        BackendError
            It cannot be written.
        """
        self._write(None)
        self._container.close()

    def abandon(self) -> None:
        """Close the file without making it whole."""
        self._container.close()

    def _write(self, frame: VideoFrame | None) -> None:
        try:
            for packet in self._stream.encode(frame):
                self._container.mux(packet)
        except (OSError, av.error.FFmpegError) as error:
            raise BackendError(f"{self._path.name}: cannot be written ({error})") from None
