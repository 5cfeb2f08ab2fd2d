"""Pictures of all kinds."""

from __future__ import annotations

import io
import struct
from pathlib import Path

import cv2
import numpy as np
import pytest

from rtseg.errors import UsageError
from rtseg.images import as_image, read_image
from rtseg.types import Image


def halves() -> Image:
    """60 wide, 40 high: the left half blue, the right one white."""
    picture = np.full((40, 60, 3), 255, np.uint8)
    picture[:, :30] = (200, 30, 20)
    return picture


def write(path: Path, pixels: np.ndarray) -> Path:  # type: ignore[type-arg]
    assert cv2.imwrite(str(path), pixels)
    return path


def with_orientation(jpeg: bytes, orientation: int) -> bytes:
    """Put an EXIF segment with nothing but the orientation behind the first marker."""
    tiff = b"II*\x00\x08\x00\x00\x00" + struct.pack("<HHHIHHI", 1, 0x0112, 3, 1, orientation, 0, 0)
    payload = b"Exif\x00\x00" + tiff
    return jpeg[:2] + b"\xff\xe1" + struct.pack(">H", len(payload) + 2) + payload + jpeg[2:]


@pytest.mark.parametrize("suffix", [".png", ".bmp", ".tiff", ".webp", ".jpg"])
def test_colour(suffix: str, tmp_path: Path) -> None:
    image = read_image(write(tmp_path / f"a{suffix}", halves()))
    assert image.dtype == np.uint8
    assert image.shape == (40, 60, 3)
    assert np.abs(image[20, 10].astype(int) - (200, 30, 20)).max() < 12


def test_a_turned_photo_stands_upright(tmp_path: Path) -> None:
    plain = write(tmp_path / "a.jpg", halves()).read_bytes()
    (tmp_path / "b.jpg").write_bytes(with_orientation(plain, 6))  # turn clockwise to see it
    image = read_image(tmp_path / "b.jpg")
    assert image.shape == (60, 40, 3)
    assert image[10, 20, 0] > 150 > image[10, 20, 2]  # blue, left before, is on top


def test_grey_and_sixteen_bits(tmp_path: Path) -> None:
    grey = np.full((10, 12), 70, np.uint8)
    assert (read_image(write(tmp_path / "g.png", grey)) == 70).all()
    deep = np.full((10, 12, 3), 65535, np.uint16)
    deep[:, :6] = 128 * 257
    image = read_image(write(tmp_path / "d.png", deep))
    assert image.dtype == np.uint8
    assert (image[:, :6] == 128).all()
    assert (image[:, 6:] == 255).all()


@pytest.mark.parametrize("kind", [np.uint8, np.uint16])
def test_transparent_is_over_white(kind: type, tmp_path: Path) -> None:
    most = np.iinfo(kind).max
    pixels = np.zeros((4, 6, 4), kind)
    pixels[:, :2, 3] = most
    pixels[:, 2:4, 3] = most // 2
    image = read_image(write(tmp_path / "t.png", pixels))
    assert (image[:, :2] == 0).all()
    assert (np.abs(image[:, 2:4].astype(int) - 128) <= 1).all()
    assert (image[:, 4:] == 255).all()


def test_floats_are_refused(tmp_path: Path) -> None:
    path = write(tmp_path / "f.tiff", np.ones((4, 6), np.float32))
    with pytest.raises(UsageError, match=r"8 or 16 bits a channel, got 32 \(float\)"):
        read_image(path)


def test_what_is_no_image_is_said(tmp_path: Path) -> None:
    (tmp_path / "empty.jpg").touch()
    (tmp_path / "text.jpg").write_text("no picture")
    for path, says in (
        (tmp_path / "nowhere.jpg", r"cannot be read \(No such file"),
        (tmp_path, "got a folder; name its files"),
        (tmp_path / "empty.jpg", "got an empty file"),
        (tmp_path / "text.jpg", r"expected an image \(JPEG, .*\), got something else; send it"),
    ):
        with pytest.raises(UsageError, match=says):
            read_image(path)


class PillowLike:
    """What of Pillow's picture is used."""

    def __init__(self, pixels: np.ndarray) -> None:  # type: ignore[type-arg]
        self._pixels = pixels

    def getbands(self) -> tuple[str, ...]:
        return ("R", "G", "B")

    def convert(self, mode: str) -> np.ndarray:  # type: ignore[type-arg]
        assert mode == "RGBA"
        return np.dstack([self._pixels, np.full(self._pixels.shape[:2], 255, np.uint8)])


def test_every_form_of_picture_is_taken(tmp_path: Path) -> None:
    path = write(tmp_path / "a.png", halves())
    for form in (path, str(path), path.read_bytes(), bytearray(path.read_bytes()), halves()):
        assert np.array_equal(as_image(form), halves())
    assert np.array_equal(as_image(PillowLike(halves()[..., ::-1])), halves())
    bgra = np.dstack([halves(), np.full((40, 60), 255, np.uint8)])
    assert np.array_equal(as_image(bgra), halves())
    assert as_image(np.full((5, 6), 9, np.uint8)).shape == (5, 6, 3)


@pytest.mark.parametrize(
    "what",
    [None, 3, io.BytesIO(b""), np.zeros((4, 5, 2), np.uint8), np.zeros((0, 5, 3), np.uint8)],
    ids=str,
)
def test_anything_else_is_refused(what: object) -> None:
    with pytest.raises(UsageError, match="expected an image: a path, the bytes"):
        as_image(what)
    with pytest.raises(UsageError, match=r"got an array \(4, 5, 3\) float64"):
        as_image(np.zeros((4, 5, 3)))


@pytest.mark.parametrize("address", ["https://example.org/cat.jpg", "data:image/png;base64,AAAA"])
def test_addresses_are_not_taken_for_files(address: str) -> None:
    with pytest.raises(UsageError, match=r"got the address '.*give its bytes"):
        as_image(address)
