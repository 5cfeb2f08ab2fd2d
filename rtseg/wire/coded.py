"""Rings to as few bytes as can be, and back: docs/wire.md, records 4 and 5."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from rtseg.errors import WireError
from rtseg.geometry import Path, Ring
from rtseg.wire import polygons, priors, walks
from rtseg.wire.arithmetic import BitReader, encode_bits
from rtseg.wire.bits import BitList
from rtseg.wire.messages import SIDE_MAX
from rtseg.wire.varint import Reader, uint

_SLACK = 64
"""Vertices and steps that even the shortest record may hold, times what a byte may."""


class Coded(NamedTuple):
    """What stands behind the age in a record.

    Parameters
    ----------
    is_walk : of record 5; else of record 4.
    data : the rest of the payload.
    """

    is_walk: bool
    data: bytes


def write_rings(path: Path, size: tuple[int, int]) -> Coded | None:
    """Code the rings of a path.

    Parameters
    ----------
    path : not empty; its rings are integer arrays (N, 2), N >= 3, inside the frame.
    size : (height, width) of the frame, pixels.

    Returns
    -------
    The shorter of what the two codings give; None if a decoder would refuse it, because so few
    bytes may not hold so much.
    """
    found: list[Coded] = []
    vertices = sum(len(ring) for ring in path.rings)
    moves = walks.walk(path)
    if moves is not None:
        bits = BitList()
        walks.write_walks(moves, _width(size[1], 1), bits)
        data = encode_bits(bits.contexts, bits.bits, list(priors.WALK))
        steps = sum(len(each.moves) + 1 for each in moves)
        if steps <= walks.STEPS_PER_BYTE * (len(data) + _SLACK):
            found.append(Coded(True, data))
        if vertices > _MANY and steps < _DENSE * vertices:
            return found[0] if found else None
    unit = _unit(path, size)
    bits = BitList()
    polygons.write_polygon(
        [[(x, y) for x, y in (-(-ring // unit)).tolist()] for ring in path.rings],
        (_width(size[1], unit), _width(size[0], unit)),
        bits,
    )
    data = encode_bits(bits.contexts, bits.bits, list(priors.POLYGON))
    if vertices <= polygons.VERTICES_PER_BYTE * (len(data) + _SLACK):
        found.append(Coded(False, uint(unit) + data))
    return min(found, key=lambda each: len(each.data), default=None)


# A walk with this many corners, this close, is shorter than its polygon: no need to try both.
_MANY = 24
_DENSE = 8


def read_rings(data: memoryview, size: tuple[int, int], *, is_walk: bool) -> tuple[Ring, ...]:
    """Undo `write_rings`.

    Raises
    ------
    WireError
        If these bytes are not rings inside the frame.
    """
    reader = Reader(data)
    unit = 1 if is_walk else reader.uint()
    coded = bytes(reader.rest())
    height, width = size
    if unit == 0:
        raise WireError("a lattice of unit 0")
    unit = min(unit, SIDE_MAX)  # every larger one means the same, and overflows
    room = len(coded) + _SLACK
    if is_walk:
        bits = BitReader(coded, list(priors.WALK))
        most = walks.STEPS_PER_BYTE * room
        return tuple(walks.read_walks(bits, size, _width(width, 1), most))
    lattice = -(-height // unit), -(-width // unit)
    bits = BitReader(coded, list(priors.POLYGON))
    most = polygons.VERTICES_PER_BYTE * room
    widths = _width(width, unit), _width(height, unit)
    rings = polygons.read_polygon(bits, lattice, widths, most)
    return tuple(np.minimum(ring * unit, (width, height)).astype(np.int32) for ring in rings)


def _width(side: int, unit: int) -> int:
    """Bits of a coordinate on the lattice of a side."""
    return (-(-side // unit)).bit_length()


def _unit(path: Path, size: tuple[int, int]) -> int:
    """Largest unit of which every coordinate is a multiple, or the far edge of the frame."""
    every = np.concatenate(path.rings).astype(np.int64)
    inside = every[every != size[::-1]]
    return max(1, int(np.gcd.reduce(inside))) if inside.size else 1
