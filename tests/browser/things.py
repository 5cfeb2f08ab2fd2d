"""A drawn scene of two things, one that stands and one that moves, and models that know them.

The models are right by construction, and look at the pixels: an outline that comes back was asked
for at the right place, in the right frame.
"""

from __future__ import annotations

from pathlib import Path

import av
import numpy as np

from rtseg.bench import stamp
from rtseg.bench.camera import CameraFile, write_camera
from rtseg.models import Answer, Catalogue, Request, Segmenter, Store, builtin
from rtseg.types import BoolMask, Image
from tests.browser.scene import FPS, SIZE
from tests.engine.fakes import (
    THINGS,
    TOUCH,
    FakeSegmenter,
    bright_things,
    entry_of,
    what_is_touched,
)

SIDE_PX = 80
STILL_XY = (60, 140)
"""Left upper corner of the thing that stands."""
STEP_PX = 4
_MOVES = 40
"""Frames from one end of its way to the other."""


def moving_xy(number: int) -> tuple[int, int]:
    """Left upper corner, in frame `number`, of the thing that goes up and down."""
    at = number % (2 * _MOVES)
    return 420, 60 + STEP_PX * (at if at < _MOVES else 2 * _MOVES - at)


def square(corner: tuple[int, int]) -> BoolMask:
    """The mask of a thing."""
    x, y = corner
    mask = np.zeros(SIZE[::-1], np.bool_)
    mask[y : y + SIDE_PX, x : x + SIDE_PX] = True
    return mask


def draw(number: int) -> Image:
    """Frame `number`, without its stamp."""
    width, height = SIZE
    ys, xs = np.mgrid[:height, :width]
    image = 50 + 20 * np.sin(xs / 18) * np.cos(ys / 22)
    for x, y in (STILL_XY, moving_xy(number)):
        on = square((x, y))
        image[on] = (200 + 30 * np.sin((xs - x) / 12) * np.cos((ys - y) / 14))[on]
    return np.repeat(image[..., None], 3, axis=2).astype(np.uint8)


def write_things(folder: Path) -> CameraFile:
    """Write the camera's file; it loops without a jump."""
    path = folder / "things.mp4"
    with av.open(str(path), "w") as out:
        stream = out.add_stream("mpeg4", rate=FPS)
        stream.width, stream.height = SIZE
        stream.pix_fmt = "yuv420p"
        stream.bit_rate = 8_000_000
        for number in range(2 * _MOVES):
            out.mux(stream.encode(av.VideoFrame.from_ndarray(draw(number), format="bgr24")))
        out.mux(stream.encode())
    return write_camera(path, folder, size=SIZE, fps=FPS)


def load(name: str) -> Segmenter:
    """Make the models of `store`."""
    if name == TOUCH.name:
        return FakeSegmenter(what_is_touched, info=TOUCH)
    return FakeSegmenter(_things_below_the_stamp, info=THINGS)


def store(folder: Path) -> Store:
    """One model for touches and one that knows "thing"; one that knows "cat" is not installed."""
    missing = next(entry for entry in builtin() if "cat" in entry.labels)
    return Store(folder, catalogue=Catalogue((entry_of(TOUCH), entry_of(THINGS), missing)))


def _things_below_the_stamp(request: Request) -> Answer:
    image = request.image.copy()
    image[: round(image.shape[1] / stamp.CELLS_PER_WIDTH) + 2] = 0
    return bright_things(Request(image, request.prompts))
