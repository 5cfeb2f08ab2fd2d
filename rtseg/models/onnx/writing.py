"""Writes ONNX files: the little of them that a network of plain layers needs.

Field numbers are those of onnx.proto (onnx.ai, "Open Neural Network Exchange Intermediate
Representation"); a protocol buffer is a row of (field number, content) pairs.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
import numpy.typing as npt

_IR_VERSION, _OPSET = 8, 14
"""Of 2021: OpenCV and every onnxruntime of these years read them."""

_ELEMENTS = {np.dtype(np.float32): 1, np.dtype(np.int64): 7}

Setting = int | str | Sequence[int]


def node(kind: str, inputs: Sequence[str], output: str, **settings: Setting) -> bytes:
    """Describe one operator; an input that is left out has an empty name."""
    parts = [_part(1, name.encode()) for name in inputs]
    parts += [_part(2, output.encode()), _part(3, output.encode()), _part(4, kind.encode())]
    parts += [_part(5, _part(1, name.encode()) + _setting(v)) for name, v in settings.items()]
    return b"".join(parts)


def constant(name: str, values: npt.NDArray[np.float32] | npt.NDArray[np.int64]) -> bytes:
    """Describe a constant tensor."""
    sizes = b"".join(_number(1, size) for size in values.shape)
    raw = np.ascontiguousarray(values).astype(values.dtype.newbyteorder("<")).tobytes()
    element = _number(2, _ELEMENTS[values.dtype])
    return sizes + element + _part(8, name.encode()) + _part(9, raw)


def value(name: str, shape: Sequence[int]) -> bytes:
    """Describe an input or an output, float32."""
    sizes = b"".join(_part(1, _number(1, size)) for size in shape)
    kind = _part(1, _number(1, _ELEMENTS[np.dtype(np.float32)]) + _part(2, sizes))
    return _part(1, name.encode()) + _part(2, kind)


def model(nodes: Iterable[bytes], constants: Iterable[bytes], given: bytes, wanted: bytes) -> bytes:
    """Put a file together.

    Parameters
    ----------
    nodes : of `node`, in an order in which they can run.
    constants : of `constant`.
    given, wanted : of `value`: its one input and its one output.
    """
    graph = [_part(1, each) for each in nodes]
    graph += [_part(2, b"graph"), *(_part(5, each) for each in constants)]
    graph += [_part(11, given), _part(12, wanted)]
    opset = _part(8, _part(1, b"") + _number(2, _OPSET))
    return _number(1, _IR_VERSION) + opset + _part(7, b"".join(graph))


def _setting(content: Setting) -> bytes:
    """Write an attribute's content, then the number of its kind."""
    if isinstance(content, str):
        return _part(4, content.encode()) + _number(20, 3)
    if isinstance(content, int):
        return _number(3, content) + _number(20, 2)
    return b"".join(_number(8, item) for item in content) + _number(20, 7)


def _part(field: int, content: bytes) -> bytes:
    return _varint(field << 3 | 2) + _varint(len(content)) + content


def _number(field: int, content: int) -> bytes:
    return _varint(field << 3) + _varint(content)


def _varint(number: int) -> bytes:
    low = bytearray()
    while number > 0x7F:
        low.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes([*low, number])
