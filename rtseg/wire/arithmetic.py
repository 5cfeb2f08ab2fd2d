"""An adaptive binary range coder: docs/wire.md, "Coded bits".

The carry-propagating coder of LZMA (Igor Pavlov; Martin, "Range encoding", 1979) in whole numbers
only, so that every implementation gives the same bits. Written as plain loops over local names: a
lossless outline is three thousand of these bits, and Python pays for every attribute.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import chain, repeat

ONE = 4096
"""Probabilities are of a 0, in units of 1 / 4096."""

HALF = ONE // 2

RATE = 4
"""A probability moves by 1 / 2**RATE of the way to the bit that came."""

RAW = -1
"""Context of a bit that is as likely 0 as 1, and teaches nothing."""

_TOP = 1 << 24
_MASK = 0xFFFFFFFF

# What becomes of each chance at a 0 and at a 1: to look it up takes a sixth of a bit's time less.
_AFTER_0 = tuple(chance + (ONE - chance >> RATE) for chance in range(ONE))
_AFTER_1 = tuple(chance - (chance >> RATE) for chance in range(ONE))


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
    top, half, after_0, after_1 = _TOP, HALF, _AFTER_0, _AFTER_1
    out = bytearray()
    for context, bit in zip(contexts, bits, strict=True):
        if context < 0:
            bound = (span >> 12) * half
            if bit:
                low += bound
                span -= bound
            else:
                span = bound
        else:
            chance = chances[context]
            bound = (span >> 12) * chance
            if bit:
                low += bound
                span -= bound
                chances[context] = after_1[chance]
            else:
                span = bound
                chances[context] = after_0[chance]
        while span < top:
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

    Attributes
    ----------
    bit : reads one bit in its context.
    raw : reads so many bits that have no context, the highest first, as a number.
    """

    __slots__ = ("bit", "raw")

    def __init__(self, data: bytes, chances: list[int]) -> None:
        self.bit, self.raw = _reading(data, chances)


def _reading(data: bytes, chances: list[int]) -> tuple[Callable[[int], int], Callable[[int], int]]:
    """Give `BitReader`'s functions: what they share is theirs alone, and costs no look-up."""
    top, half, after_0, after_1 = _TOP, HALF, _AFTER_0, _AFTER_1
    code = int.from_bytes(data[:4].ljust(4, b"\0"), "big")
    span = _MASK
    following = chain(data[4:], repeat(0)).__next__

    def bit(context: int) -> int:
        nonlocal code, span
        chance = chances[context]
        bound = (span >> 12) * chance
        if code < bound:
            span = bound
            chances[context] = after_0[chance]
            while span < top:
                span <<= 8
                code = code << 8 | following()
            return 0
        code -= bound
        span -= bound
        chances[context] = after_1[chance]
        while span < top:
            span <<= 8
            code = code << 8 | following()
        return 1

    def raw(count: int) -> int:
        nonlocal code, span
        value = 0
        for _ in range(count):
            bound = (span >> 12) * half
            value <<= 1
            if code < bound:
                span = bound
            else:
                code -= bound
                span -= bound
                value |= 1
            while span < top:
                span <<= 8
                code = code << 8 | following()
        return value

    return bit, raw
