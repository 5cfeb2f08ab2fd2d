"""Bits on their way to the coder, and numbers made of them."""

from __future__ import annotations

from rtseg.errors import WireError
from rtseg.wire.arithmetic import RAW, BitReader

MOST_BITS = 17
"""Longest number: a step across the largest frame."""

LENGTH_CONTEXTS = MOST_BITS + 1
"""Contexts that are set apart for the length of a number. The last is never asked for: of the
longest number no 0 is told behind its 17 ones."""


class BitList:
    """Collects bits with their contexts, so that the coder can run over them in one loop."""

    __slots__ = ("bits", "contexts")

    def __init__(self) -> None:
        self.contexts: list[int] = []
        self.bits: list[int] = []

    def add(self, context: int, bit: int) -> None:
        """Add one bit."""
        self.contexts.append(context)
        self.bits.append(bit)

    def extend(self, contexts: list[int], bits: list[int]) -> None:
        """Add many."""
        self.contexts += contexts
        self.bits += bits

    def add_raw(self, value: int, count: int) -> None:
        """Add the lowest `count` bits of a number without a context, the highest first."""
        for place in range(count - 1, -1, -1):
            self.contexts.append(RAW)
            self.bits.append(value >> place & 1)


def write_length(out: BitList, length: int, contexts: int) -> None:
    """Add how many bits a number has, in unary, each place in its context."""
    for place in range(length):
        out.add(contexts + place, 1)
    if length < MOST_BITS:
        out.add(contexts + length, 0)


def read_length(reader: BitReader, contexts: int) -> int:
    """Undo `write_length`."""
    bit = reader.bit
    for length in range(MOST_BITS):
        if not bit(contexts + length):
            return length
    return MOST_BITS


def write_number(out: BitList, value: int, length_context: int) -> None:
    """Add a number >= 0: its length, then its bits below the leading 1, raw."""
    length = value.bit_length()
    write_length(out, length, length_context)
    out.add_raw(value, length - 1)


def read_number(reader: BitReader, length_context: int) -> int:
    """Undo `write_number`."""
    length = read_length(reader, length_context)
    return 0 if length == 0 else 1 << length - 1 | reader.raw(length - 1)


def read_count(reader: BitReader, length_context: int, most: int) -> int:
    """Read a number that says how many follow.

    Raises
    ------
    WireError
        If there are more than `most`.
    """
    count = read_number(reader, length_context)
    if count > most:
        raise WireError(f"{count} vertices, more than these bytes can tell")
    return count
