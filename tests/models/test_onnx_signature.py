from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rtseg.errors import BackendError
from rtseg.models.onnx.signature import Tensor, read_signature
from tests.models.onnx_files import colour_detector, model, value

SHARED = Path(__file__).parents[3] / "shared" / "models" / "yolox_nano.onnx"


def test_what_goes_in_and_out() -> None:
    found = read_signature(colour_detector(batch=None))
    assert found.inputs == (Tensor("images", "float32", (None, 3, 64, 64)),)  # no weights
    assert found.outputs == (Tensor("output", "float32", (None, 84, 7)),)
    assert str(found.inputs[0]) == "images (?, 3, 64, 64) float32"


def test_open_and_named_dimensions_and_odd_elements() -> None:
    inputs = [value("a", ("batch", None, 0), 10), value("b", (), 14)]
    found = read_signature(model([], [], inputs, []))
    assert found.inputs == (Tensor("a", "float16", (None, None, None)), Tensor("b", "?", ()))
    assert found.outputs == ()


@pytest.mark.skipif(not SHARED.is_file(), reason="needs ../shared/models/yolox_nano.onnx")
def test_a_file_that_torch_wrote() -> None:
    found = read_signature(SHARED.read_bytes())
    assert found.inputs == (Tensor("images", "float32", (1, 3, 416, 416)),)
    assert found.outputs == (Tensor("output", "float32", (1, 3549, 85)),)


@pytest.mark.parametrize(
    "content", [b"", b"hello", b"<!DOCTYPE html>", b"\x00" * 100, b"\xff" * 100, b"PK\x03\x04zip"]
)
def test_what_is_no_onnx_file(content: bytes) -> None:
    with pytest.raises(BackendError, match=f"expected an ONNX file, got {len(content)} bytes"):
        read_signature(content)


@given(st.integers(min_value=0, max_value=len(colour_detector()) - 1))
def test_a_file_that_ends_early(size: int) -> None:
    with pytest.raises(BackendError, match="check that the download is whole"):
        read_signature(colour_detector()[:size])


@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(content: bytes) -> None:
    try:
        read_signature(content)
    except BackendError as error:
        assert "expected an ONNX file" in str(error)  # noqa: PT017


@given(st.integers(0, len(colour_detector()) - 1), st.integers(0, 255))
def test_a_changed_byte_is_read_or_refused(place: int, byte: int) -> None:
    content = bytearray(colour_detector())
    content[place] = byte
    try:
        read_signature(bytes(content))
    except BackendError as error:
        assert "expected an ONNX file" in str(error)  # noqa: PT017
