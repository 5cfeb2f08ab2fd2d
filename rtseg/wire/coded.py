"""Rings to as few bytes as can be, and back: docs/wire.md, records 4, 5 and 8."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from rtseg.errors import WireError
from rtseg.geometry import Path, Ring
from rtseg.wire import moves, polygons, priors, walks
from rtseg.wire.arithmetic import BitReader, encode_bits
from rtseg.wire.bits import BitList
from rtseg.wire.messages import SIDE_MAX
from rtseg.wire.numbers import Size
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


def write_rings(path: Path, size: Size) -> Coded | None:
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
    ways = walks.walk(path)
    # A walk does not tell which vertex is a ring's first: whoever builds upon it must know.
    if ways is not None and (path.ids is None or _starts_as_walks(path)):
        data = write_walks(ways, size)
        steps = sum(len(each.moves) + 1 for each in ways)
        if steps <= most_steps(data):
            found.append(Coded(True, data))
        if is_dense(steps, vertices):
            return found[0] if found else None
    unit = unit_of(path, size)
    data = write_polygons(path.rings, unit, size)
    if vertices <= most_vertices(data):
        found.append(Coded(False, uint(unit) + data))
    return min(found, key=lambda each: len(each.data), default=None)


# A walk with this many corners, this close, is shorter than its polygon: no need to try both.
_MANY = 24
_DENSE = 8


def is_dense(steps: int, vertices: int) -> bool:
    """Say whether a walk of so many steps and corners is sure to be shorter than its polygon."""
    return vertices > _MANY and steps < _DENSE * vertices


def write_polygons(rings: Sequence[Ring], unit: int, size: Size) -> bytes:
    """Give the bits of rings whose vertices lie on the lattice of `unit`; see `unit_of`."""
    bits = BitList()
    polygons.write_polygon(
        [[(x, y) for x, y in (-(-ring // unit)).tolist()] for ring in rings],
        (_bits_of(size[1], unit), _bits_of(size[0], unit)),
        bits,
    )
    return encode_bits(bits.contexts, bits.bits, list(priors.POLYGON))


def write_walks(ways: list[walks.Walk], size: Size) -> bytes:
    """Give the bits of walks, as `walks.walk` has them."""
    bits = BitList()
    walks.write_walks(ways, _bits_of(size[1], 1), bits)
    return encode_bits(bits.contexts, bits.bits, list(priors.WALK))


def most_vertices(data: bytes) -> int:
    """How many vertices a decoder takes of these bits."""
    return polygons.VERTICES_PER_BYTE * (len(data) + _SLACK)


def most_steps(data: bytes) -> int:
    """How many steps a decoder takes of these bits."""
    return walks.STEPS_PER_BYTE * (len(data) + _SLACK)


def read_rings(data: memoryview, size: Size, *, is_walk: bool) -> tuple[Ring, ...]:
    """Undo `write_rings`.

    Raises
    ------
    WireError
        If these bytes are not rings inside the frame.
    """
    reader = Reader(data)
    if is_walk:
        return read_walks(bytes(reader.rest()), size)
    unit = reader.uint()
    return read_polygons(bytes(reader.rest()), unit, size)


def read_polygons(data: bytes, unit: int, size: Size) -> tuple[Ring, ...]:
    """Undo `write_polygons`; raises as `read_rings`."""
    if unit == 0:
        raise WireError("a lattice of unit 0")
    unit = min(unit, SIDE_MAX)  # every larger one means the same, and overflows
    height, width = size
    bits = BitReader(data, list(priors.POLYGON))
    start_bits = _bits_of(width, unit), _bits_of(height, unit)
    rings = polygons.read_polygon(bits, lattice_of(size, unit), start_bits, most_vertices(data))
    return tuple(np.minimum(ring * unit, (width, height)).astype(np.int32) for ring in rings)


def lattice_of(size: Size, unit: int) -> tuple[int, int]:
    """Give (height, width) of the lattice of a frame, in units."""
    return -(-size[0] // unit), -(-size[1] // unit)


def read_walks(data: bytes, size: Size) -> tuple[Ring, ...]:
    """Undo `write_walks`; raises as `read_rings`."""
    bits = BitReader(data, list(priors.WALK))
    return tuple(walks.read_walks(bits, size, _bits_of(size[1], 1), most_steps(data)))


def write_moved(before: Path, after: Path, size: Size) -> bytes | None:
    """Code how one path came of another: record 8.

    Parameters
    ----------
    before, after : with ids; the rings of `after` are integer arrays (N, 2), N >= 3, inside the
        frame.
    size : (height, width) of the frame, pixels.

    Returns
    -------
    The rest of the payload; None if nothing of the path before lives on, or a decoder would refuse
    it.
    """
    found = moves.moves_between(before, after)
    if found is None or sum(len(ring) for ring in after.rings) > moves.MOST_VERTICES:
        return None
    bits = BitList()
    moves.write_moves(found, (_bits_of(size[1], 1), _bits_of(size[0], 1)), bits)
    data = encode_bits(bits.contexts, bits.bits, list(priors.POLYGON + priors.MOVES))
    if moves.new_vertices(found) > most_vertices(data):
        return None
    return data


def read_moved(data: bytes, before: tuple[Ring, ...], size: Size) -> tuple[Ring, ...]:
    """Undo `write_moved`.

    Raises
    ------
    WireError
        If these bytes do not make rings inside the frame of those before.
    """
    reader = BitReader(data, list(priors.POLYGON + priors.MOVES))
    bits = _bits_of(size[1], 1), _bits_of(size[0], 1)
    return tuple(moves.read_moves(reader, before, size, bits, most_vertices(data)))


def _starts_as_walks(path: Path) -> bool:
    return all((ring[0] == walks.from_start(ring)[0]).all() for ring in path.rings)


def _bits_of(side: int, unit: int) -> int:
    """How many bits the first vertex's coordinate takes, on the lattice of a side of the frame."""
    return (-(-side // unit)).bit_length()


def unit_of(path: Path, size: Size) -> int:
    """Largest unit of which every coordinate is a multiple, or the far edge of the frame."""
    every = np.concatenate(path.rings).astype(np.int64)
    inside = every[every != size[::-1]]
    return max(1, int(np.gcd.reduce(inside))) if inside.size else 1
