"""A film of what was on the screen, to look at: the ways of showing side by side.

It is drawn from what was recorded and scored, picture by picture, each with the outlines that were
drawn over it: recording the browser's window would take the processor from what is measured.

==================  ==================
in step             live
drawn when it came  the model's masks
==================  ==================

The outline is bright, the truth a thin white line. One round of the camera's loop of each sequence.
"""

from __future__ import annotations

import bisect
from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from pathlib import Path
from types import TracebackType
from typing import Self

import av
import cv2
import numpy as np

from rtseg.bench.onscreen.footage import Footage
from rtseg.bench.onscreen.records import IN_STEP, LIVE
from rtseg.bench.onscreen.scoring import AS_CAME, DRAWN, HELD, Masks, Shown
from rtseg.types import BoolMask, Image

_PANELS = ((IN_STEP, DRAWN), (LIVE, DRAWN), (LIVE, AS_CAME), (LIVE, HELD))
_WORDS = {AS_CAME: "drawn when it came", HELD: "the model's masks"}
_COLOUR, _WHITE = (60, 255, 215), (255, 255, 255)
_COLUMNS = 2
_STRIP_PX = 24


class Film:
    """Writes the film, sequence by sequence.

    Parameters
    ----------
    path : an .mp4 file.
    size : (width, height) of the camera, pixels.
    fps : of the camera.
    """

    def __init__(self, path: Path, size: tuple[int, int], fps: int) -> None:
        self._width, self._height = size
        self._fps = fps
        self._container = av.open(str(path), "w")
        stream = self._container.add_stream("libx264", rate=fps, options={"crf": "20"})
        assert isinstance(stream, av.VideoStream)
        stream.width, stream.height = self._width * _COLUMNS, self._height * 2
        stream.pix_fmt = "yuv420p"
        stream.time_base = Fraction(1, fps)
        self._stream = stream

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._container.mux(self._stream.encode(None))
        self._container.close()

    def add(
        self, footage: Footage, seen: Mapping[str, tuple[Sequence[Shown], Mapping[str, Masks]]]
    ) -> None:
        """Add a sequence.

        Parameters
        ----------
        seen : of each way of showing, its pictures, and who would have drawn what on them.
        """
        panels = [
            _Panel(footage, *seen[way], who, _WORDS.get(who, way))
            for way, who in _PANELS
            if way in seen and who in seen[way][1]
        ]
        for tick in range(len(footage)):
            images = [panel.at(tick * 1000 / self._fps) for panel in panels]
            blank = np.zeros((self._height, self._width, 3), np.uint8)
            images += [blank] * (2 * _COLUMNS - len(images))
            sheet = np.vstack([np.hstack(images[:_COLUMNS]), np.hstack(images[_COLUMNS:])])
            frame = av.VideoFrame.from_ndarray(sheet, format="bgr24")
            self._container.mux(self._stream.encode(frame))


class _Panel:
    """One of the pictures side by side."""

    def __init__(
        self,
        footage: Footage,
        shown: Sequence[Shown],
        masks: Mapping[str, Masks],
        who: str,
        words: str,
    ) -> None:
        self._footage = footage
        self._mask_of = masks[who]
        self._words = words
        whole = _one_round(shown)
        self._stood = [(each, picture.number) for picture in whole for each, _ in picture.stood]
        self._times = [each.at_ms for each, _ in self._stood]

    def at(self, since_ms: float) -> Image:
        """Draw what stood there so long after the loop began."""
        width, height = self._footage.size
        if not self._stood:
            return np.zeros((height, width, 3), np.uint8)
        place = bisect.bisect_right(self._times, self._times[0] + since_ms) - 1
        each, number = self._stood[place]
        image = self._footage.image(self._footage.place(number))
        _outline(image, self._footage.truth(number), _WHITE, 1)
        _outline(image, self._mask_of(each, (height, width)), _COLOUR, 2)
        held = f", {each.held_ms:.0f} ms later" if each.held_ms else ""
        _write(image, f"{self._words}{held}")
        return image


def _write(image: Image, words: str) -> None:
    """Write words at the bottom, on a dark strip."""
    image[-_STRIP_PX:] //= 3
    cv2.putText(
        image, words, (8, image.shape[0] - 7), cv2.FONT_HERSHEY_SIMPLEX, 0.5, _WHITE, 1, cv2.LINE_AA
    )


def _one_round(shown: Sequence[Shown]) -> Sequence[Shown]:
    """Give the pictures of the longest round of the loop."""
    return max(_rounds(shown), key=len, default=())


def _rounds(shown: Sequence[Shown]) -> Iterator[Sequence[Shown]]:
    begin = 0
    for place in range(1, len(shown)):
        if shown[place].number < shown[place - 1].number:
            yield shown[begin:place]
            begin = place
    yield shown[begin:]


def _outline(image: Image, mask: BoolMask, colour: tuple[int, int, int], width_px: int) -> None:
    contours, _ = cv2.findContours(mask.astype(np.uint8), cv2.RETR_CCOMP, cv2.CHAIN_APPROX_NONE)
    cv2.drawContours(image, contours, -1, colour, width_px, cv2.LINE_AA)
