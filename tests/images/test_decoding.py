"""Odd images: each is the right picture, or an error that says what it is."""

from __future__ import annotations

import contextlib
import io
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from rtseg.errors import ImageError, ImageTooLargeError
from rtseg.images.decoding import Limits, decode_image
from tests.images import odd

RIGHT: dict[str, Callable[[], bytes]] = {
    "JPEG": lambda: odd.saved(odd.rgb(), "JPEG", quality=95),
    "progressive JPEG": lambda: odd.saved(odd.rgb(), "JPEG", quality=95, progressive=True),
    "JPEG with bytes behind its end": lambda: odd.saved(odd.rgb(), "JPEG", quality=95) + b"more",
    "PNG": lambda: odd.saved(odd.rgb(), "PNG"),
    "PNG with a palette": lambda: odd.saved(odd.rgb().quantize(8), "PNG"),
    "lossless WebP": lambda: odd.saved(odd.rgb(), "WEBP", lossless=True),
    "lossy WebP": lambda: odd.saved(odd.rgb(), "WEBP", quality=95),
    "GIF": lambda: odd.saved(odd.rgb(), "GIF"),
    "BMP": lambda: odd.saved(odd.rgb(), "BMP"),
    "AVIF": lambda: odd.saved(odd.rgb(), "AVIF", quality=95),
    "JPEG 2000": lambda: odd.saved(odd.rgb(), "JPEG2000"),
    "PPM": lambda: odd.saved(odd.rgb(), "PPM"),
    "TIFF": lambda: odd.saved(odd.rgb(), "TIFF"),
    "TIFF, deflate": lambda: odd.saved(odd.rgb(), "TIFF", compression="tiff_deflate"),
    "TIFF, ink": lambda: odd.saved(odd.rgb().convert("CMYK"), "TIFF"),
    "CMYK JPEG": odd.cmyk,
    "YCCK JPEG": odd.ycck,
    "animated GIF": lambda: odd.animated("GIF"),
    "animated PNG": lambda: odd.animated("PNG"),
    "animated WebP": lambda: odd.animated("WEBP"),
    "TIFF of several pages": lambda: odd.animated("TIFF"),
    "transparent PNG": lambda: odd.transparent("PNG"),
    "transparent WebP": lambda: odd.transparent("WEBP"),
    "transparent TIFF": lambda: odd.transparent("TIFF"),
    "palette with a transparent colour": odd.transparent_palette,
    "a colour declared transparent": odd.transparent_key,
    "16 bits RGB": lambda: odd.deep("RGB"),
    "16 bits RGBA": lambda: odd.deep("RGBA"),
    "damaged EXIF": odd.with_damaged_exif,
    **{f"JPEG, orientation {n}": lambda n=n: odd.turned(n) for n in range(1, 9)},  # type: ignore[misc]
    **{f"PNG, orientation {n}": lambda n=n: odd.turned(n, "PNG") for n in (3, 6)},  # type: ignore[misc]
    **{f"WebP, orientation {n}": lambda n=n: odd.turned(n, "WEBP") for n in (5, 8)},  # type: ignore[misc]
    **{f"TIFF, orientation {n}": lambda n=n: odd.turned(n, "TIFF") for n in (6, 7)},  # type: ignore[misc]
}


@pytest.mark.filterwarnings("ignore:Corrupt EXIF data")  # Pillow says so, and reads on
@pytest.mark.parametrize("what", RIGHT)
def test_the_right_picture(what: str) -> None:
    image = decode_image(RIGHT[what]())
    assert image.dtype == np.uint8
    assert image.shape == (odd.HEIGHT, odd.WIDTH, 3)
    assert image.flags.c_contiguous
    for (y, x), colour in {(3, 3): (220, 20, 20), (30, 10): odd.BLUE, (20, 50): (255,) * 3}.items():
        assert np.abs(image[y, x, ::-1].astype(int) - colour).max() <= 16, (y, x, image[y, x])


GREYS: dict[str, tuple[Callable[[], bytes], int]] = {
    "grey": (lambda: odd.saved(Image.new("L", (9, 7), 70), "PNG"), 70),
    "grey JPEG": (lambda: odd.saved(Image.new("L", (9, 7), 70), "JPEG"), 70),
    "1 bit": (lambda: odd.saved(Image.new("1", (9, 7), 1), "PNG"), 255),
    "1 bit TIFF, fax": (
        lambda: odd.saved(Image.new("1", (9, 7), 0), "TIFF", compression="group4"),
        0,
    ),
    "grey and alpha": (lambda: odd.saved(Image.new("LA", (9, 7), (0, 127)), "PNG"), 128),
    "16 bits": (lambda: odd.saved(_deep_grey(), "PNG"), 128),
    "16 bits TIFF": (lambda: odd.saved(_deep_grey(), "TIFF"), 128),
    "16 bits TIFF, big-endian": (lambda: _big_endian_tiff(), 128),
    "16 bits PGM": (lambda: b"P5 2 1 65535\n" + b"\x80\x80" * 2, 128),
    "2 bits": (lambda: odd.png(4, 1, bits=2, colour=0, rows=b"\x00\xaa"), 170),
}


def _deep_grey() -> Image.Image:
    return Image.fromarray(np.full((7, 9), 128 * 257, np.uint16))


def _big_endian_tiff() -> bytes:
    return odd.saved(Image.frombytes("I;16B", (2, 1), b"\x80\x80" * 2), "TIFF")


@pytest.mark.parametrize("what", GREYS)
def test_greys(what: str) -> None:
    make, level = GREYS[what]
    image = decode_image(make())
    assert image.ndim == 3
    assert np.abs(image.astype(int) - level).max() <= 1


def test_sixteen_bits_grey_with_alpha_is_over_white() -> None:
    image = decode_image(odd.deep("LA"))
    assert np.abs(image[20, 10].astype(int) - 200).max() <= 1
    assert (image[20, 50] == 255).all()


def test_colours_are_those_of_the_profile() -> None:
    image = decode_image(odd.with_profile())
    blue, green, red = image[20, 10].astype(int)
    assert green > 240 > 60 > max(red, blue)  # without the profile it is pure red
    assert (image[20, 50] >= 254).all()


def test_a_profile_without_sense_is_passed_over() -> None:
    for profile in (b"x", b"\x00" * 400, odd.saved(odd.rgb(), "PNG")):
        image = decode_image(odd.saved(odd.rgb(), "PNG", icc_profile=profile))
        assert tuple(image[30, 10, ::-1]) == odd.BLUE


@pytest.mark.parametrize("size", [(1, 1), (1, 5000), (32_766, 1)])
def test_sizes_at_the_edge(size: tuple[int, int]) -> None:
    content = odd.saved(Image.new("RGB", size, odd.BLUE), "PNG")
    assert decode_image(content).shape == (size[1], size[0], 3)


WRONG: dict[str, tuple[Callable[[], bytes], str]] = {
    "empty": (lambda: b"", "got an empty file"),
    "text": (lambda: b"hello there", "got something else; send it as JPEG or PNG"),
    "zeros": (lambda: b"\x00" * 1000, "got something else"),
    "PDF": (lambda: b"%PDF-1.7\n%\xe2\xe3", "got a PDF document; send one of its pages as PNG"),
    "SVG": (lambda: b'<svg xmlns="http://www.w3.org/2000/svg"/>', "got an SVG drawing; draw it"),
    "SVG with a prologue": (
        lambda: b'\xef\xbb\xbf<?xml version="1.0"?>\n<!-- drawn -->\n<svg/>',
        "got an SVG drawing",
    ),
    "HTML": (lambda: b"\n<!DOCTYPE html><html>", "got a web page; send the address of the image"),
    "HEIC": (lambda: b"\x00\x00\x00\x18ftypheic\x00\x00\x00\x00mif1heic", "got a HEIC; send it"),
    "MP4": (lambda: b"\x00\x00\x00\x18ftypisom\x00\x00\x02\x00isomiso2", r"got a video \(MP4\)"),
    "WebM": (lambda: b"\x1a\x45\xdf\xa3" + b"\x00" * 40, "or follow it with: rtseg track"),
    "zip": (lambda: b"PK\x03\x04" + b"\x00" * 40, "got a zip archive"),
    "gzip": (lambda: b"\x1f\x8b\x08" + b"\x00" * 40, "got gzip-compressed data"),
    "JPEG XL": (lambda: b"\xff\x0a" + b"\x00" * 40, "got a JPEG XL"),
    "the word BMW": (lambda: b"BMW is a make of cars", "got something else"),
    "zero wide": (lambda: odd.png(0, 5, bits=8, colour=2), "a PNG, but its header cannot be read"),
    "JPEG, zero high": (
        lambda: _patched(odd.saved(odd.rgb(), "JPEG"), b"\xff\xc0", 5, b"\x00\x00"),
        "a JPEG, but its header cannot be read",
    ),
    "only a signature": (lambda: b"\xff\xd8\xff", "a JPEG, but its header cannot be read"),
    "float TIFF": (
        lambda: odd.saved(Image.fromarray(np.ones((4, 6), np.float32)), "TIFF"),
        r"expected 8 or 16 bits a channel, got 32 \(float\); tone-map",
    ),
    "int TIFF": (
        lambda: odd.saved(Image.fromarray(np.ones((4, 6), np.int32)), "TIFF"),
        r"got 32 \(int\)",
    ),
    **{
        f"half a {format}": (
            lambda format=format: (made := odd.saved(_noise(), format))[: len(made) // 2],  # type: ignore[misc]
            r"cut off or damaged|header cannot be read",
        )
        for format in ("JPEG", "PNG", "WEBP", "GIF", "TIFF", "BMP", "AVIF", "JPEG2000", "PPM")
    },
}


def _noise() -> Image.Image:
    return Image.fromarray(np.random.default_rng(1).integers(0, 255, (90, 90, 3), np.uint8))


def _patched(content: bytes, after: bytes, offset: int, by: bytes) -> bytes:
    at = content.index(after) + offset
    return content[:at] + by + content[at + len(by) :]


@pytest.mark.parametrize("what", WRONG)
def test_an_error_that_says_what_it_is(what: str) -> None:
    make, says = WRONG[what]
    with pytest.raises(ImageError, match=says) as caught:
        decode_image(make(), name="photo.jpg")
    assert str(caught.value).startswith("photo.jpg: ")
    assert not isinstance(caught.value, ImageTooLargeError)


@pytest.mark.parametrize("what", odd.bombs())
def test_what_is_too_large_is_refused_before_it_is_decoded(what: str) -> None:
    with pytest.raises(
        ImageTooLargeError,
        match=r"expected at most 1000000 pixels, got \d+×\d+|expected fewer pixels",
    ):
        decode_image(odd.bombs()[what], limits=Limits(max_pixels=1_000_000))


def test_limits() -> None:
    content = odd.saved(Image.new("RGB", (100, 50)), "PNG")
    assert decode_image(content, limits=Limits(len(content), 5000)).shape == (50, 100, 3)
    with pytest.raises(ImageTooLargeError, match="at most 4999 pixels, got 100×50, 5000"):
        decode_image(content, limits=Limits(max_pixels=4999))
    with pytest.raises(ImageTooLargeError, match=f"at most {len(content) - 1} bytes, got"):
        decode_image(content, limits=Limits(max_bytes=len(content) - 1))
    with pytest.raises(ImageTooLargeError, match="sides of at most 32766 pixels, got 32767×1"):
        decode_image(odd.saved(Image.new("RGB", (32_767, 1)), "PNG"))


SEEDS = [odd.saved(odd.rgb(), name) for name in ("JPEG", "PNG", "WEBP", "GIF", "TIFF", "AVIF")]
SEEDS += [odd.saved(odd.rgb(), "BMP"), odd.saved(odd.rgb(), "PPM"), odd.turned(6), odd.ycck()]


@settings(max_examples=300)
@given(data=st.data())
def test_any_bytes_decode_or_raise(data: st.DataObject) -> None:
    content = bytearray(data.draw(st.sampled_from(SEEDS)))
    for _ in range(data.draw(st.integers(0, 6))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    cut = data.draw(st.integers(0, len(content)))
    with contextlib.suppress(ImageError):  # and nothing else
        image = decode_image(bytes(content[:cut]), limits=Limits(max_pixels=1_000_000))
        assert image.ndim == 3
        assert image.size


def test_every_name_of_a_reader_is_one() -> None:
    from rtseg.images import decoding, kinds

    named = {kind.reader for _, kind in kinds._SIGNATURES}
    named |= {kind.reader for _, kind in kinds._BY_STRUCTURE} | {
        kind.reader for kind in kinds._BRANDS.values()
    }
    assert named - {None} == set(decoding._READERS)
    assert all(f.format == name for name, f in decoding._READERS.items())  # type: ignore[attr-defined]


def test_a_file_like_image_stays_refused() -> None:
    from rtseg.errors import UsageError
    from rtseg.images import as_image

    with pytest.raises(UsageError, match="expected an image: a path"):
        as_image(io.BytesIO(odd.cmyk()))
