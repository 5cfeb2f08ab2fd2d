"""The numbers that packets are made of: fixed big-endian, LEB128 varints, zigzag.

`Reader` takes them one at a time; `pack_uints` and `unpack_uints` do long runs of varints at once,
because an outline is a few hundred of them and Python spends a third of a microsecond on each.
"""

from __future__ import annotations

from typing import TypeVar

import numpy as np
import numpy.typing as npt

from rtseg.errors import WireError

U64_MAX = 2**64 - 1

_Signed = TypeVar("_Signed", int, npt.NDArray[np.int64])

_UINT_BYTES = 10  # 64 bits in groups of 7
_BULK_BYTES = 5  # enough for every count and step that a packet can hold, and safe in int64


class Reader:
    """Reads one buffer from front to back; every read past its end is a `WireError`.

    Parameters
    ----------
    data : the bytes to read, not copied.
    """

    __slots__ = ("_data", "_position")

    def __init__(self, data: bytes | memoryview) -> None:
        self._data = memoryview(data)
        self._position = 0

    @property
    def left(self) -> int:
        """How many bytes are still to be read."""
        return len(self._data) - self._position

    def take(self, count: int) -> memoryview:
        """Read `count` bytes as they are."""
        if count > self.left:
            raise WireError(f"packet cut short: {count} bytes expected, {self.left} are left")
        start = self._position
        self._position += count
        return self._data[start : self._position]

    def fixed(self, size: int) -> int:
        """Read an unsigned big-endian number of `size` bytes."""
        return int.from_bytes(self.take(size), "big")

    def uint(self) -> int:
        """Read an unsigned LEB128 varint, minimal and below 2**64."""
        value = 0
        for index in range(_UINT_BYTES):
            if not self.left:
                raise WireError("packet cut short: it ends inside a varint")
            byte = self._data[self._position]
            self._position += 1
            value |= (byte & 0x7F) << (7 * index)
            if byte < 0x80:
                if byte == 0 and index > 0:
                    raise WireError("varint is not minimal: its last byte is 0")
                if value > U64_MAX:
                    raise WireError(f"varint of 2**64 or more: {value}")
                return value
        raise WireError(f"varint of more than {_UINT_BYTES} bytes")

    def sint(self) -> int:
        """Read a signed number in -2**63 … 2**63 - 1."""
        return unzigzag(self.uint())

    def rest(self) -> memoryview:
        """Read all that is left."""
        return self.take(self.left)


def uint(value: int) -> bytes:
    """Write one unsigned LEB128 varint.

    Parameters
    ----------
    value : 0 <= value < 2**64.
    """
    assert 0 <= value <= U64_MAX, value
    out = bytearray()
    while value >= 0x80:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def sint(value: int) -> bytes:
    """Write one signed number as the varint of its zigzag form.

    Parameters
    ----------
    value : -2**63 <= value < 2**63.
    """
    return uint(zigzag(value))


def zigzag(numbers: _Signed) -> _Signed:
    """Fold signed numbers into unsigned ones, small ones first: 0, -1, 1, -2 … to 0, 1, 2, 3 …

    Parameters
    ----------
    numbers : one in -2**63 … 2**63 - 1, or int64 of any shape, |n| < 2**62.
    """
    return (numbers << 1) ^ (numbers >> 63)


def unzigzag(numbers: _Signed) -> _Signed:
    """Undo `zigzag`; one number, or int64 of any shape, >= 0."""
    return (numbers >> 1) ^ -(numbers & 1)


def pack_uints(values: npt.NDArray[np.int64]) -> bytes:
    """Write many varints.

    Parameters
    ----------
    values : (N,) int64, 0 <= value < 2**35.

    Returns
    -------
    The bytes of `uint` for each, one after the other.
    """
    if not values.size:
        return b""
    groups = max(1, (int(values.max()).bit_length() + 6) // 7)
    assert groups <= _BULK_BYTES, "a value does not fit"
    shifted = values[:, None] >> (7 * np.arange(groups))
    out = (shifted & 0x7F).astype(np.uint8)
    out[:, :-1] |= (shifted[:, 1:] > 0).astype(np.uint8) << 7
    needed = shifted > 0
    needed[:, 0] = True
    return out[needed].tobytes()


def unpack_uints(data: memoryview) -> npt.NDArray[np.int64]:
    """Read all the varints that are complete in a buffer, without judging them.

    What follows an outline in its record may be no varints at all, so whoever reads these says how
    many it wants, and refuses a -1 only among those.

    Parameters
    ----------
    data : bytes; what follows the last complete varint is ignored.

    Returns
    -------
    (N,) int64: the values; -1 for one that is not minimal, or longer than 5 bytes.
    """
    raw = np.frombuffer(data, np.uint8)
    ends = np.flatnonzero(raw < 0x80)
    if not ends.size:
        return np.empty(0, np.int64)
    starts = np.concatenate(([0], ends[:-1] + 1))
    lengths = ends - starts + 1
    raw = raw[: ends[-1] + 1]
    place = np.arange(raw.size) - np.repeat(starts, lengths)
    groups = (raw & 0x7F).astype(np.int64) << (7 * np.minimum(place, _BULK_BYTES))
    values: npt.NDArray[np.int64] = np.add.reduceat(groups, starts)
    values[(lengths > _BULK_BYTES) | ((lengths > 1) & (raw[ends] == 0))] = -1
    return values
