"""What goes into an ONNX file and what comes out of it, read from its own header.

Neither onnxruntime nor OpenCV is asked: the one may not be here, the other does not tell, and
neither says of a broken file more than that it is broken. An ONNX file is one protocol buffer
message, of which a handful of fields is looked at; see `onnx.proto` (opset does not matter) and
https://protobuf.dev/programming-guides/encoding/.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeAlias

from rtseg.errors import BackendError

# Field numbers of onnx.proto.
_MODEL_GRAPH = 7
_GRAPH_INITIALIZER, _GRAPH_INPUT, _GRAPH_OUTPUT = 5, 11, 12
_TENSOR_NAME = 8
_VALUE_NAME, _VALUE_TYPE = 1, 2
_TYPE_TENSOR = 1
_TENSOR_ELEMENT, _TENSOR_SHAPE = 1, 2
_SHAPE_DIMENSION = 1
_DIMENSION_VALUE = 1

_ELEMENTS = {1: "float32", 2: "uint8", 3: "int8", 6: "int32", 7: "int64", 10: "float16"}
_MAX_VARINT_BYTES = 10

_Field: TypeAlias = tuple[int, "int | memoryview"]


@dataclass(frozen=True, slots=True)
class Tensor:
    """One input or output.

    Parameters
    ----------
    name : its name in the graph.
    element : `"float32"`, `"float16"` and so on; `"?"` for a kind that no picture has.
    shape : None for a dimension that is open.
    """

    name: str
    element: str
    shape: tuple[int | None, ...]

    def __str__(self) -> str:
        sizes = ", ".join("?" if size is None else str(size) for size in self.shape)
        return f"{self.name} ({sizes}) {self.element}"


@dataclass(frozen=True, slots=True)
class Signature:
    """Inputs (weights not among them) and outputs of a graph, in its order."""

    inputs: tuple[Tensor, ...]
    outputs: tuple[Tensor, ...]


def read_signature(content: bytes) -> Signature:
    """Read the inputs and outputs of an ONNX file.

    Parameters
    ----------
    content : of the whole file.

    Raises
    ------
    BackendError
        It is not an ONNX file, or it ends early. No other error, whatever the bytes.
    """
    try:
        graphs = [_bytes(value) for number, value in _fields(memoryview(content)) if number == 7]
        if not graphs:
            raise _BrokenError("it holds no graph")
        weights, inputs, outputs = set(), [], []
        for number, value in _fields(graphs[-1]):
            if number == _GRAPH_INITIALIZER:
                weights |= {_text(v) for n, v in _fields(_bytes(value)) if n == _TENSOR_NAME}
            elif number == _GRAPH_INPUT:
                inputs.append(_tensor(_bytes(value)))
            elif number == _GRAPH_OUTPUT:
                outputs.append(_tensor(_bytes(value)))
    except _BrokenError as error:
        raise BackendError(
            f"expected an ONNX file, got {len(content)} bytes that are none: {error}; check that "
            "the download is whole and that it is the model itself, not a page about it"
        ) from error
    return Signature(
        tuple(tensor for tensor in inputs if tensor.name not in weights), tuple(outputs)
    )


class _BrokenError(Exception):
    """These bytes are not such a message."""


def _fields(message: memoryview) -> Iterator[_Field]:
    """Yield each field of a message: its number and its integer or its bytes."""
    place = 0
    while place < len(message):
        key, place = _varint(message, place)
        number, wire = key >> 3, key & 7
        if number == 0:
            raise _BrokenError(f"byte {place} is no field of a protocol buffer")
        if wire == 0:
            value, place = _varint(message, place)
            yield number, value
            continue
        if wire == 2:
            size, place = _varint(message, place)
        elif wire in (1, 5):
            size = 8 if wire == 1 else 4
        else:
            raise _BrokenError(f"byte {place} is no field of a protocol buffer")
        if place + size > len(message):
            raise _BrokenError(
                f"a part of {size} bytes was announced, and {len(message) - place} are left"
            )
        yield number, message[place : place + size]
        place += size


def _varint(message: memoryview, place: int) -> tuple[int, int]:
    value = 0
    for shift, byte in enumerate(message[place : place + _MAX_VARINT_BYTES]):
        value |= (byte & 0x7F) << (7 * shift)
        if byte < 0x80:
            return value, place + shift + 1
    raise _BrokenError("it ends within a number")


def _tensor(message: memoryview) -> Tensor:
    name, element, shape = "", 0, []
    for number, value in _fields(message):
        if number == _VALUE_NAME:
            name = _text(value)
        for inner in _nested(value, number, (_VALUE_TYPE, _TYPE_TENSOR)):
            for part, content in _fields(inner):
                if part == _TENSOR_ELEMENT:
                    element = _integer(content)
                if part == _TENSOR_SHAPE:
                    shape = [
                        _dimension(_bytes(size))
                        for n, size in _fields(_bytes(content))
                        if n == _SHAPE_DIMENSION
                    ]
    return Tensor(name, _ELEMENTS.get(element, "?"), tuple(shape))


def _nested(value: int | memoryview, number: int, path: tuple[int, int]) -> Iterator[memoryview]:
    if number == path[0]:
        yield from (_bytes(inner) for n, inner in _fields(_bytes(value)) if n == path[1])


def _dimension(message: memoryview) -> int | None:
    sizes = [_integer(value) for number, value in _fields(message) if number == _DIMENSION_VALUE]
    # Some exporters write an open dimension as -1 or 0.
    return sizes[-1] if sizes and 0 < sizes[-1] < 1 << 31 else None


def _bytes(value: int | memoryview) -> memoryview:
    if isinstance(value, int):
        raise _BrokenError("a number stands where a part should")
    return value


def _integer(value: int | memoryview) -> int:
    if not isinstance(value, int):
        raise _BrokenError("a part stands where a number should")
    return value


def _text(value: int | memoryview) -> str:
    return bytes(_bytes(value)).decode("utf-8", errors="replace")
