"""What a TensorFlow Lite file holds: its operators in order, its tensors, its weights.

A TFLite file is a FlatBuffer: tables of fields that are found by offsets (flatbuffers.dev,
"FlatBuffer internals"). Field numbers are those of TensorFlow's `schema.fbs`, version 3. Only what
MediaPipe's networks use is read.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from rtseg.errors import BackendError

_MAGIC = b"TFL3"
_NUMBERS: Mapping[int, type[np.generic]] = {0: np.float32, 1: np.float16, 2: np.int32}
"""`TensorType` of the schema; a tensor of another one has no values for us."""


@dataclass(frozen=True, slots=True)
class Tensor:
    """One tensor of the graph.

    Parameters
    ----------
    name : its own.
    shape : as the file has it: images are (1, H, W, C).
    values : of a constant; None of what is calculated.
    """

    name: str
    shape: tuple[int, ...]
    values: npt.NDArray[np.generic] | None


@dataclass(frozen=True, slots=True)
class Operator:
    """One step of the graph.

    Parameters
    ----------
    kind : number of `BuiltinOperator` of the schema; 32 is a custom one.
    custom : name of a custom one, else empty.
    inputs, outputs : positions of its tensors; -1 for an input that is left out.
    options : its settings; None where it has none.
    """

    kind: int
    custom: str
    inputs: tuple[int, ...]
    outputs: tuple[int, ...]
    options: Table | None

    def setting(self, field: int) -> int:
        """Return a whole-number setting, 0 where it is not stated, as the schema has it."""
        return self.options.int32(field) if self.options else 0

    def flag(self, field: int) -> int:
        """Return a setting of one byte: a truth value, a kind of padding or of activation."""
        return self.options.int8(field) if self.options else 0


@dataclass(frozen=True, slots=True)
class Graph:
    """A network.

    Parameters
    ----------
    tensors : all of them; operators name them by their positions.
    operators : in the order in which they run.
    inputs, outputs : positions of tensors.
    """

    tensors: tuple[Tensor, ...]
    operators: tuple[Operator, ...]
    inputs: tuple[int, ...]
    outputs: tuple[int, ...]


def read_graph(content: bytes) -> Graph:
    """Read the first graph of a TFLite file.

    Raises
    ------
    BackendError
        The bytes are no such file, or a broken one.
    """
    if content[4:8] != _MAGIC:
        raise BackendError(f"expected a TensorFlow Lite file, got one that begins {content[:8]!r}")
    try:
        return _graph(Table.root(content))
    except (struct.error, ValueError, IndexError, OverflowError) as error:
        raise BackendError(f"this TensorFlow Lite file is broken: {error}") from error


class Table:
    """A table of a FlatBuffer: fields by their numbers, the default where one is left out."""

    def __init__(self, content: bytes, place: int) -> None:
        self._content = content
        self._place = place
        self._fields = place - self._read("i", place)
        self._size = self._read("H", self._fields)

    @classmethod
    def root(cls, content: bytes) -> Table:
        """Return the table with which a file begins."""
        (place,) = struct.unpack_from("<I", content, 0)
        return cls(content, place)

    def int8(self, field: int) -> int:
        return self._number(field, "b")

    def int32(self, field: int) -> int:
        return self._number(field, "i")

    def array(self, field: int, element: type[np.generic]) -> npt.NDArray[np.generic]:
        """Return a vector of numbers, not to be written to; empty where it is left out."""
        place, count = self._vector(field)
        return (
            np.frombuffer(self._content, element, count, place) if count else np.zeros(0, element)
        )

    def ints(self, field: int) -> tuple[int, ...]:
        return tuple(int(number) for number in self.array(field, np.int32))

    def text(self, field: int) -> str:
        return self.array(field, np.uint8).tobytes().decode()

    def table(self, field: int) -> Table | None:
        place = self._field(field)
        return self._at(place) if place else None

    def tables(self, field: int) -> list[Table]:
        place, count = self._vector(field)
        return [self._at(place + 4 * i) for i in range(count)]

    def _at(self, place: int) -> Table:
        return Table(self._content, place + self._read("I", place))

    def _vector(self, field: int) -> tuple[int, int]:
        """Return the place of a vector's first element and the number of these."""
        place = self._field(field)
        if not place:
            return 0, 0
        place += self._read("I", place)
        return place + 4, self._read("I", place)

    def _number(self, field: int, form: str) -> int:
        place = self._field(field)
        return self._read(form, place) if place else 0

    def _field(self, field: int) -> int:
        """Return the place of a field's content; 0 where it is left out."""
        entry = 4 + 2 * field
        offset = self._read("H", self._fields + entry) if entry < self._size else 0
        return self._place + offset if offset else 0

    def _read(self, form: str, place: int) -> int:
        if place < 0:  # which Python would count from the end
            raise ValueError(f"an offset leads to {place}")
        (number,) = struct.unpack_from("<" + form, self._content, place)
        return int(number)


def _graph(model: Table) -> Graph:
    codes = [(max(code.int8(0), code.int32(3)), code.text(1)) for code in model.tables(1)]
    graph, buffers = model.tables(2)[0], model.tables(4)
    return Graph(
        tuple(_tensor(tensor, buffers) for tensor in graph.tables(0)),
        tuple(
            Operator(*codes[step.int32(0)], step.ints(1), step.ints(2), step.table(4))
            for step in graph.tables(3)
        ),
        graph.ints(1),
        graph.ints(2),
    )


def _tensor(tensor: Table, buffers: list[Table]) -> Tensor:
    name, shape, element = tensor.text(3), tensor.ints(0), _NUMBERS.get(tensor.int8(1))
    raw = buffers[tensor.int32(2)].array(0, np.uint8)
    if element is None or not raw.size:
        return Tensor(name, shape, None)
    return Tensor(name, shape, raw.view(element).reshape(shape))
