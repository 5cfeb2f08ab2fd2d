from __future__ import annotations

import io

import av
import cv2
import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rtseg.bench import stamp

NUMBERS = st.integers(0, stamp.NUMBERS - 1)
WIDTH, HEIGHT = 640, 360


def stamped_grey(number: int, width: int = WIDTH, height: int = HEIGHT) -> npt.NDArray[np.uint8]:
    """A grey picture with something in it, and a stamp."""
    y, x = np.mgrid[:height, :width]
    luma = (128 + 80 * np.sin(x / 17 + number) * np.cos(y / 23)).astype(np.uint8)
    stamp.draw(luma, number)
    return luma


def through(codec: str, lumas: list[npt.NDArray[np.uint8]], bit_rate: int) -> list[av.VideoFrame]:
    """Encode at 30 fps and decode again."""
    height, width = lumas[0].shape
    file = io.BytesIO()
    with av.open(file, "w", format="matroska") as out:
        stream = out.add_stream(codec, rate=30)
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        stream.bit_rate = bit_rate
        stream.options = {"deadline": "realtime", "cpu-used": "8", "preset": "ultrafast"}
        for luma in lumas:
            frame = av.VideoFrame.from_ndarray(luma, format="gray")
            out.mux(stream.encode(frame.reformat(format="yuv420p")))
        out.mux(stream.encode(None))
    file.seek(0)
    with av.open(file) as container:
        return list(container.decode(video=0))


@given(NUMBERS, st.sampled_from([(640, 360), (320, 240), (128, 96), (1280, 720), (500, 300)]))
def test_what_is_drawn_is_read(number: int, size: tuple[int, int]) -> None:
    assert stamp.read(stamped_grey(number, *size)) == number


@pytest.mark.parametrize("codec", ["libvpx", "libx264"])
def test_it_survives_a_call_at_a_low_bitrate(codec: str) -> None:
    numbers = [*range(200, 215), 0, stamp.NUMBERS - 1]
    frames = through(codec, [stamped_grey(number) for number in numbers], 150_000)

    assert [stamp.read(frame.to_ndarray(format="bgr24")) for frame in frames] == numbers


def test_it_survives_a_call_that_is_scaled_down() -> None:
    small = [
        cv2.resize(stamped_grey(n), (320, 180), interpolation=cv2.INTER_AREA) for n in range(10)
    ]
    frames = through("libvpx", small, 100_000)

    assert [stamp.read(frame.to_ndarray(format="bgr24")) for frame in frames] == list(range(10))


@given(NUMBERS)
def test_it_survives_jpeg(number: int) -> None:
    _, coded = cv2.imencode(".jpg", stamped_grey(number), [cv2.IMWRITE_JPEG_QUALITY, 20])

    assert stamp.read(cv2.imdecode(coded, cv2.IMREAD_COLOR)) == number


@given(NUMBERS, st.integers(2, stamp.CELLS - 1))
def test_a_cell_read_wrong_is_no_number(number: int, cell: int) -> None:
    luma = np.zeros((1, stamp.CELLS_PER_WIDTH), np.uint8)
    stamp.draw(luma, number)
    cells = luma[0, : stamp.CELLS].astype(float)
    cells[cell] = cells[0] + cells[1] - cells[cell]

    assert stamp.number_of(cells) is None


@given(st.integers(0, 255))
def test_a_plain_picture_has_no_stamp(level: int) -> None:
    assert stamp.read(np.full((HEIGHT, WIDTH, 3), level, np.uint8)) is None


@given(st.lists(st.floats(0, 255), max_size=30))
def test_any_cells_are_a_number_or_none(cells: list[float]) -> None:
    number = stamp.number_of(cells)

    assert number is None or 0 <= number < stamp.NUMBERS
