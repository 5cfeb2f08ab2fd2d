"""Simplified outlines: steps from vertex to vertex, docs/wire.md, "Polygon".

A step is told in the frame of the step before: one axis along the axis that went further, the other
to the side to which it leant. So what is told is how the outline bends.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

import numpy as np

from rtseg.errors import WireError
from rtseg.geometry import Ring
from rtseg.wire.arithmetic import BitReader
from rtseg.wire.bits import (
    LENGTH_CONTEXTS,
    BitList,
    read_count,
    read_length,
    write_length,
    write_number,
)

VERTICES_PER_BYTE = 8
"""A decoder reads no more than this for each byte of a record: bytes bound its memory."""

_LONG = 8  # classes of the length of the step before
_ROW = LENGTH_CONTEXTS
MORE, COUNT = 0, 1
ALONG = COUNT + _ROW
ASIDE = ALONG + _LONG * _ROW
BACK = ASIDE + _ROW * _ROW
SIDE = BACK + _LONG * 4
LOWER_ALONG = SIDE + 16
LOWER_ASIDE = LOWER_ALONG + 3 * _ROW
CONTEXTS = LOWER_ASIDE + 3 * _ROW
"""How many contexts this coding has."""

START = (0, 1)
"""What stands in for the step before the first."""


class Bend:
    """The frame of the step before, and the contexts that it makes.

    Parameters
    ----------
    dx, dy : that step, not (0, 0).
    """

    __slots__ = ("along", "back", "is_steep", "side", "sign_along", "sign_aside")

    def __init__(self, dx: int, dy: int) -> None:
        self.is_steep = abs(dy) > abs(dx)
        along, aside = (dy, dx) if self.is_steep else (dx, dy)
        self.sign_along = -1 if along < 0 else 1
        self.sign_aside = -1 if aside < 0 else 1
        length = abs(along).bit_length()
        long = min(length, _LONG - 1)
        slope = 0 if aside == 0 else min(4, 2 + length - abs(aside).bit_length()) - 1
        # Whether the frame is a mirror image: outlines bend more to one side than to the other.
        is_mirrored = self.is_steep ^ (self.sign_along * self.sign_aside < 0)
        self.along = ALONG + _ROW * long
        self.back = BACK + 4 * long + slope
        self.side = SIDE + 8 * is_mirrored + 2 * slope


# Most steps are short, so their bends and bits are worked out once; so many take a few megabytes.
_REMEMBERED = 4096

bend_after = lru_cache(_REMEMBERED)(Bend)
"""`Bend` of a step; the same one where the step was seen before."""


def write_polygon(rings: list[list[tuple[int, int]]], bits: tuple[int, int], out: BitList) -> None:
    """Add the bits of rings; `bits` of a column and a row of the lattice."""
    for ring in rings:
        out.add(MORE, 1)
        write_number(out, len(ring) - 3, COUNT)
        x, y = ring[0]
        out.add_raw(x, bits[0])
        out.add_raw(y, bits[1])
        bend = bend_after(*START)
        for next_x, next_y in ring[1:]:
            dx, dy = next_x - x, next_y - y
            write_step(dx, dy, bend, out)
            if dx or dy:
                bend = bend_after(dx, dy)
            x, y = next_x, next_y
    out.add(MORE, 0)


def write_step(dx: int, dy: int, bend: Bend, out: BitList) -> None:
    """Add the bits of one step."""
    along, aside = (dy, dx) if bend.is_steep else (dx, dy)
    along *= bend.sign_along
    aside *= bend.sign_aside
    out.extend(*part_bits(along, bend.along, LOWER_ALONG, bend.back))
    contexts = ASIDE + _ROW * abs(along).bit_length()
    out.extend(*part_bits(aside, contexts, LOWER_ASIDE, bend.side + (along < 0)))


@lru_cache(_REMEMBERED)
def part_bits(part: int, contexts: int, lower: int, sign: int) -> tuple[list[int], list[int]]:
    """Give contexts and bits of one part of a step: its length, its bits below the leading 1, sign.

    Parameters
    ----------
    part : of a step.
    contexts : where those of its length begin.
    lower : where those of its second and third highest bits begin, three for each length.
    sign : context of its sign.
    """
    out = BitList()
    value = abs(part)
    length = value.bit_length()
    write_length(out, length, contexts)
    if length > 1:
        second = value >> length - 2 & 1
        out.add(lower + 3 * length, second)
        if length > 2:
            out.add(lower + 3 * length + 1 + second, value >> length - 3 & 1)
            out.add_raw(value, length - 3)
    if part:
        out.add(sign, int(part < 0))
    return out.contexts, out.bits


def read_polygon(
    reader: BitReader, size: tuple[int, int], bits: tuple[int, int], most: int
) -> Iterator[Ring]:
    """Read rings.

    Parameters
    ----------
    reader : at the first bit.
    size : (height, width) of the lattice.
    bits : of a column and of a row.
    most : an error behind so many vertices.
    """
    height, width = size
    while reader.bit(MORE):
        count = read_count(reader, COUNT, most - 3) + 3
        most -= count
        x, y = reader.raw(bits[0]), reader.raw(bits[1])
        bend = bend_after(*START)
        vertices = [x, y]
        for _ in range(count - 1):
            dx, dy = read_step(reader, bend)
            x += dx
            y += dy
            if not (0 <= x <= width and 0 <= y <= height):
                raise WireError(f"a vertex lies outside the lattice of {width}×{height}")
            vertices += (x, y)
            if dx or dy:
                bend = bend_after(dx, dy)
        ring = np.array(vertices, np.int32).reshape(-1, 2)
        if (ring[0] > (width, height)).any():
            raise WireError(f"a vertex lies outside the lattice of {width}×{height}")
        yield ring


def read_step(reader: BitReader, bend: Bend) -> tuple[int, int]:
    """Read one step: (dx, dy)."""
    along, length = read_part(reader, bend.along, LOWER_ALONG, bend.back)
    aside, _ = read_part(reader, ASIDE + _ROW * length, LOWER_ASIDE, bend.side + (along < 0))
    along *= bend.sign_along
    aside *= bend.sign_aside
    return (aside, along) if bend.is_steep else (along, aside)


def read_part(reader: BitReader, contexts: int, lower: int, sign: int) -> tuple[int, int]:
    """Read what `part_bits` gives: the part, and how many bits it has."""
    length = value = read_length(reader, contexts)
    if length > 1:
        second = reader.bit(lower + 3 * length)
        value = 2 | second
        if length > 2:
            value = 2 * value | reader.bit(lower + 3 * length + 1 + second)
            value = value << length - 3 | reader.raw(length - 3)
    return (-value if value and reader.bit(sign) else value), length
