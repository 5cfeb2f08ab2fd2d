"""Finer vertices for the edges of a coarse ring: docs/wire.md, record 11, form 0."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TypeAlias

from rtseg.errors import WireError
from rtseg.wire import polygons, priors
from rtseg.wire.arithmetic import HALF, BitReader
from rtseg.wire.bits import LENGTH_CONTEXTS, BitList, read_count, write_number

Vertex: TypeAlias = tuple[int, int]
"""x, y on the lattice."""


def chances() -> list[int]:
    """Give the starting probabilities: those of polygons, of whose counts nothing is known here."""
    found = list(priors.POLYGON)
    found[polygons.COUNT : polygons.COUNT + LENGTH_CONTEXTS] = [HALF] * LENGTH_CONTEXTS
    return found


def write_edges(edges: Iterable[tuple[Vertex, Sequence[Vertex], Vertex]], out: BitList) -> None:
    """Add the bits of edges: for each where it begins, what lies between, where it ends."""
    bend = polygons.bend_after(*polygons.START)
    for start, between, end in edges:
        write_number(out, len(between), polygons.COUNT)
        x, y = start
        for next_x, next_y in between:
            polygons.write_step(next_x - x, next_y - y, bend, out)
            bend = _next(bend, next_x - x, next_y - y)
            x, y = next_x, next_y
        bend = _next(bend, end[0] - x, end[1] - y)


def read_edges(
    reader: BitReader, edges: Iterable[tuple[Vertex, Vertex]], size: tuple[int, int], most: int
) -> Iterator[list[Vertex]]:
    """Undo `write_edges`: give what lies between the ends of each edge.

    Parameters
    ----------
    reader : at the first bit.
    edges : where each begins and ends.
    size : (height, width) of the lattice.
    most : an error behind so many vertices.
    """
    height, width = size
    bend = polygons.bend_after(*polygons.START)
    for (x, y), end in edges:
        count = read_count(reader, polygons.COUNT, most)
        most -= count
        between = []
        for _ in range(count):
            dx, dy = polygons.read_step(reader, bend)
            bend = _next(bend, dx, dy)
            x += dx
            y += dy
            if not (0 <= x <= width and 0 <= y <= height):
                raise WireError(f"a vertex lies outside the lattice of {width}×{height}")
            between.append((x, y))
        bend = _next(bend, end[0] - x, end[1] - y)
        yield between


def _next(bend: polygons.Bend, dx: int, dy: int) -> polygons.Bend:
    return polygons.bend_after(dx, dy) if dx or dy else bend
