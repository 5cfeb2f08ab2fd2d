"""ONNX files made by hand: a detector of colours in YOLOX's layout, and others that are not.

Field numbers are those of onnx.proto; there is no need of the `onnx` package to write so little.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence

SIDE = 64
"""Width and height of the detector's input: 8×8, 4×4 and 2×2 cells."""
ANCHORS = 84
CLASSES = ("red", "blue")

HALF = 10
"""The element of half precision."""

_FLOAT, _INT64 = 1, 7


def colour_detector(*, batch: int | None = 1, classes: int = 2, element: int = _FLOAT) -> bytes:
    """Make a detector that sees a red or a blue thing in each 8×8 cell that is of that colour.

    Each box is its cell. Scores are R - G and B - G, in [-1, 1]; objectness is 1 on the fine grid
    and 0 on the two others.
    """
    nodes, weights = [], []
    for stride in (8, 16, 32):
        cells = (SIDE // stride) ** 2
        head = _head(classes, is_blind=stride > 8)
        weights += [
            _tensor(f"w{stride}", (5 + classes, 3, 1, 1), head[0], element),
            _tensor(f"b{stride}", (5 + classes,), head[1], element),
            _shape(f"s{stride}", (batch or 0, 5 + classes, cells)),
        ]
        nodes += [
            node(
                "AveragePool",
                ["images"],
                f"p{stride}",
                kernel_shape=(stride, stride),
                strides=(stride, stride),
            ),
            node("Conv", [f"p{stride}", f"w{stride}", f"b{stride}"], f"c{stride}"),
            node("Reshape", [f"c{stride}", f"s{stride}"], f"r{stride}"),
        ]
    nodes += [
        node("Concat", ["r8", "r16", "r32"], "all", axis=2),
        node("Transpose", ["all"], "output", perm=(0, 2, 1)),
    ]
    return model(
        nodes,
        weights,
        [value("images", (batch, 3, SIDE, SIDE), element)],
        [value("output", (batch, ANCHORS, 5 + classes), element)],
    )


def other_layout() -> bytes:
    """Make a file that loads and runs and gives (1, 3, 64), which is no YOLOX."""
    return model(
        [node("Reshape", ["images", "s"], "output")],
        [_shape("s", (1, 3, SIDE * SIDE))],
        [value("images", (1, 3, SIDE, SIDE))],
        [value("output", (1, 3, SIDE * SIDE))],
    )


def model(
    nodes: Sequence[bytes], weights: Sequence[bytes], inputs: list[bytes], outputs: list[bytes]
) -> bytes:
    graph = b"".join(
        [
            *(_part(1, node) for node in nodes),
            _part(2, b"graph"),
            *(_part(5, weight) for weight in weights),
            *(_part(11, each) for each in inputs),
            *(_part(12, each) for each in outputs),
        ]
    )
    return _number(1, 8) + _part(8, _part(1, b"") + _number(2, 13)) + _part(7, graph)


def value(name: str, shape: Sequence[int | str | None], element: int = _FLOAT) -> bytes:
    """Describe an input or output; a dimension may be open, or have a name."""
    sizes = b"".join(
        _part(
            1, b"" if s is None else _part(2, s.encode()) if isinstance(s, str) else _number(1, s)
        )
        for s in shape
    )
    return _part(1, name.encode()) + _part(2, _part(1, _number(1, element) + _part(2, sizes)))


def _head(classes: int, *, is_blind: bool) -> tuple[list[float], list[float]]:
    """Weights (rows of B, G, R) and biases of x, y, log w, log h, objectness, red, blue …"""
    rows = [[0.0] * 3 for _ in range(5 + classes)]
    rows[5] = [0, -1 / 255, 1 / 255]
    if classes > 1:
        rows[6] = [1 / 255, -1 / 255, 0]
    biases = [0.5, 0.5, 0, 0, 0 if is_blind else 1] + [0.0] * classes
    return [weight for row in rows for weight in row], biases


def node(
    kind: str, inputs: Sequence[str], output: str, **attributes: int | tuple[int, ...]
) -> bytes:
    parts = [_part(1, name.encode()) for name in inputs]
    parts += [_part(2, output.encode()), _part(4, kind.encode())]
    for name, given in attributes.items():
        if isinstance(given, int):
            content = _number(3, given) + _number(20, 2)
        else:
            content = b"".join(_number(8, item) for item in given) + _number(20, 7)
        parts.append(_part(5, _part(1, name.encode()) + content))
    return b"".join(parts)


def _tensor(name: str, shape: Sequence[int], content: Sequence[float], element: int) -> bytes:
    raw = struct.pack(f"<{len(content)}{'e' if element == HALF else 'f'}", *content)
    return _sizes(shape) + _number(2, element) + _part(8, name.encode()) + _part(9, raw)


def _shape(name: str, content: Sequence[int]) -> bytes:
    raw = struct.pack(f"<{len(content)}q", *content)
    return _sizes([len(content)]) + _number(2, _INT64) + _part(8, name.encode()) + _part(9, raw)


def _sizes(shape: Sequence[int]) -> bytes:
    return b"".join(_number(1, size) for size in shape)


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
