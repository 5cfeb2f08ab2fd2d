"""An adaptive binary range coder: docs/wire.md, "Coded bits".

The carry-propagating coder of LZMA (Igor Pavlov; Martin, "Range encoding", 1979) in whole numbers
only, so that every implementation gives the same bits. Written as plain loops over local names: a
lossless outline is three thousand of these bits, and Python pays for every attribute.
"""

from __future__ import annotations

from collections.abc import Sequence

ONE = 4096
"""Probabilities are of a 0, in units of 1 / 4096."""

HALF = ONE // 2

RATE = 4
"""A probability moves by 1 / 2**RATE of the way to the bit that came."""

RAW = -1
"""Context of a bit that is as likely 0 as 1, and teaches nothing."""

_TOP = 1 << 24
_MASK = 0xFFFFFFFF


def encode_bits(contexts: Sequence[int], bits: Sequence[int], chances: list[int]) -> bytes:
    """Code bits, each in its context.

    Parameters
    ----------
    contexts : for each bit an index into `chances`, or `RAW`.
    bits : 0 or 1.
    chances : probability of a 0 in each context, in 1 … 4095; changed as the bits teach.

    Returns
    -------
    The shortest bytes that give these bits back; a decoder reads zeros behind them.
    """
    low, span = 0, _MASK
    out = bytearray()
    for context, bit in zip(contexts, bits, strict=True):
        chance = HALF if context < 0 else chances[context]
        bound = (span >> 12) * chance
        if bit:
            low += bound
            span -= bound
            if context >= 0:
                chances[context] = chance - (chance >> RATE)
        else:
            span = bound
            if context >= 0:
                chances[context] = chance + ((ONE - chance) >> RATE)
        while span < _TOP:
            if low > _MASK:
                _carry(out)
            out.append((low >> 24) & 0xFF)
            low = (low << 8) & _MASK
            span <<= 8
    # Of the numbers that will do, the one that ends in the most zero bytes, without those.
    for dropped in (32, 24, 16, 8, 0):
        last = -(-low >> dropped) << dropped
        if last < low + span:
            break
    if last > _MASK:
        _carry(out)
    out += (last & _MASK).to_bytes(4, "big")
    return bytes(out.rstrip(b"\0"))


def _carry(out: bytearray) -> None:
    at = len(out) - 1
    while out[at] == 0xFF:
        out[at] = 0
        at -= 1
    out[at] += 1


class BitReader:
    """Decodes what `encode_bits` wrote.

    Parameters
    ----------
    data : the coded bytes; zeros are read behind their end.
    chances : probability of a 0 in each context, changed as the bits teach.
    """

    __slots__ = ("_at", "_chances", "_code", "_data", "_span")

    def __init__(self, data: bytes, chances: list[int]) -> None:
        self._data = data
        self._chances = chances
        self._code = int.from_bytes(data[:4].ljust(4, b"\0"), "big")
        self._span = _MASK
        self._at = 4

    def bit(self, context: int) -> int:
        """Read one bit in its context."""
        chance = self._chances[context]
        bound = (self._span >> 12) * chance
        if self._code < bound:
            self._span = bound
            self._chances[context] = chance + ((ONE - chance) >> RATE)
            bit = 0
        else:
            self._code -= bound
            self._span -= bound
            self._chances[context] = chance - (chance >> RATE)
            bit = 1
        if self._span < _TOP:
            self._refill()
        return bit

    def raw(self, count: int) -> int:
        """Read `count` bits that have no context, the highest first, as a number."""
        value = 0
        for _ in range(count):
            bound = (self._span >> 12) * HALF
            value <<= 1
            if self._code < bound:
                self._span = bound
            else:
                self._code -= bound
                self._span -= bound
                value |= 1
            if self._span < _TOP:
                self._refill()
        return value

    def _refill(self) -> None:
        while self._span < _TOP:
            self._span <<= 8
            byte = self._data[self._at] if self._at < len(self._data) else 0
            self._code = (self._code << 8) | byte
            self._at += 1
