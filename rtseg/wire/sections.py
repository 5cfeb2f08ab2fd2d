"""Records 10 and 11: a coarse outline, and finer vertices for pieces of it.

A section takes the place of what lies between two vertices of a coarse ring, or adds rings that the
coarse outline leaves out. Each helps alone; `Refined` is the outline with those that came.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import TypeAlias

import numpy as np

from rtseg.errors import WireError
from rtseg.geometry import Path, Ring
from rtseg.types import TrackId
from rtseg.wire import edges, priors, walks
from rtseg.wire.arithmetic import BitReader
from rtseg.wire.coded import lattice_of, most_steps, most_vertices, read_polygons, read_walks
from rtseg.wire.messages import SIDE_MAX, Stage
from rtseg.wire.records import Outline, write_record
from rtseg.wire.varint import Reader, uint

COARSE = 10
SECTION = 11

VERTICES, STRETCH, POLYGONS, WALKS = range(4)
"""Forms of a section: its bits are …"""


@dataclass(frozen=True, slots=True)
class Coarse:
    """Record 10: some of the vertices of an outline.

    Parameters
    ----------
    track_id, score_u8, age_ms : as of `records.Outline`.
    agreement_u8 : 255 times the IoU with the fine outline, filled, rounded down.
    sections : how many make it fine; 0: there are none.
    unit : the lattice, pixels.
    rings : source pixels; at least one.
    """

    track_id: TrackId
    score_u8: int
    age_ms: int
    agreement_u8: int
    sections: int
    unit: int
    rings: tuple[Ring, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Stretch:
    """What lies between two vertices of a coarse ring.

    Parameters
    ----------
    ring, first, edges : which edges of which ring of the coarse outline it takes the place of.
    vertices : (N, 2) int32, source pixels, without the two ends.
    """

    ring: int
    first: int
    edges: int
    vertices: Ring


@dataclass(frozen=True, slots=True)
class Further:
    """Rings that the coarse outline leaves out.

    Parameters
    ----------
    before : the ring of the coarse outline before which they stand.
    rings : source pixels.
    """

    before: int
    rings: tuple[Ring, ...]


Piece: TypeAlias = Stretch | Further


@dataclass(frozen=True, slots=True)
class Refined:
    """A coarse outline with those of its sections that came.

    Parameters
    ----------
    coarse : what the sections refine.
    pieces : by the numbers of the sections.
    """

    coarse: Coarse
    pieces: Mapping[int, Piece] = field(default_factory=dict)

    @property
    def is_fine(self) -> bool:
        """Whether nothing is missing."""
        return 0 < self.coarse.sections == len(self.pieces)

    def with_pieces(self, pieces: Mapping[int, Piece]) -> Refined:
        """Add sections.

        Raises
        ------
        WireError
            If one came before, or two tell the same edge.
        """
        for number in pieces.keys() & self.pieces.keys():
            raise WireError(f"section {number} of object {self.coarse.track_id} is told twice")
        refined = replace(self, pieces={**self.pieces, **pieces})
        for ring in range(len(self.coarse.rings)):
            end = 0
            for stretch in refined.stretches(ring):
                if stretch.first < end:
                    raise WireError(f"two sections tell edge {stretch.first} of ring {ring}")
                end = stretch.first + stretch.edges
        return refined

    def stretches(self, ring: int) -> list[Stretch]:
        """Those of a ring of the coarse outline, in their order along it."""
        found = [p for p in self.pieces.values() if isinstance(p, Stretch) and p.ring == ring]
        return sorted(found, key=lambda piece: piece.first)

    def outline(self) -> Outline:
        """Return it as far as it is known."""
        coarse = self.coarse
        stage: Stage = "fine" if self.is_fine else "coarse"
        return Outline(coarse.track_id, self.path(), coarse.score_u8, coarse.age_ms, stage)

    def path(self) -> Path:
        """Return the outline as far as it is known, source pixels."""
        rings: list[Ring] = []
        for index, ring in enumerate(self.coarse.rings):
            rings += self._further(index)
            rings.append(_spliced(ring, self.stretches(index)))
        return Path((*rings, *self._further(len(self.coarse.rings))))

    def _further(self, before: int) -> list[Ring]:
        return [
            ring
            for _, piece in sorted(self.pieces.items(), key=lambda item: item[0])
            if isinstance(piece, Further) and piece.before == before
            for ring in piece.rings
        ]


def _spliced(ring: Ring, stretches: list[Stretch]) -> Ring:
    parts = []
    at = 0
    for stretch in stretches:
        parts += [ring[at : stretch.first + 1], stretch.vertices]
        at = stretch.first + stretch.edges
    return np.concatenate([*parts, ring[at:]])


def write_coarse(coarse: Coarse, bits: bytes) -> bytes:
    """Write record 10; `bits` are those of its rings, `coded.write_polygons`."""
    head = uint(coarse.track_id) + bytes([coarse.score_u8]) + uint(coarse.age_ms)
    head += bytes([coarse.agreement_u8]) + uint(coarse.sections) + uint(coarse.unit)
    return write_record(COARSE, head + bits)


def read_coarse(payload: memoryview, size: tuple[int, int]) -> Coarse:
    """Read the payload of record 10; `size` is (height, width) of the frame, pixels.

    Raises
    ------
    WireError
        If these bytes are no rings inside the frame.
    """
    reader = Reader(payload)
    track_id, score_u8, age_ms = reader.uint(), reader.fixed(1), reader.uint()
    agreement_u8, sections, unit = reader.fixed(1), reader.uint(), reader.uint()
    rings = read_polygons(bytes(reader.rest()), unit, size)
    if not rings:
        raise WireError("a coarse outline without a ring")
    return Coarse(track_id, score_u8, age_ms, agreement_u8, sections, min(unit, SIDE_MAX), rings)


def write_section(track_id: TrackId, number: int, form: int, ring: int, rest: bytes) -> bytes:
    """Write record 11; `rest` is what stands behind the ring."""
    head = uint(track_id) + uint(number) + bytes([form]) + uint(ring)
    return write_record(SECTION, head + rest)


def read_section(
    payload: memoryview, coarse: Coarse, size: tuple[int, int]
) -> tuple[int, Piece] | None:
    """Read the payload of record 11.

    Parameters
    ----------
    payload : of a section of this very outline.
    coarse : the outline.
    size : (height, width) of the frame, pixels.

    Returns
    -------
    Its number and what it says; None for a form that this version skips.

    Raises
    ------
    WireError
        If it does not fit the outline, or its bytes are not what they say.
    """
    reader = Reader(payload)
    reader.uint()
    number, form, ring = reader.uint(), reader.fixed(1), reader.uint()
    if number >= coarse.sections:
        raise WireError(f"section {number} of {coarse.sections}")
    if form in (POLYGONS, WALKS):
        if ring > len(coarse.rings):
            raise WireError(f"rings before ring {ring} of {len(coarse.rings)}")
        bits = bytes(reader.rest())
        rings = read_walks(bits, size) if form == WALKS else read_polygons(bits, coarse.unit, size)
        return number, Further(ring, rings)
    if form not in (VERTICES, STRETCH):
        return None
    if ring >= len(coarse.rings):
        raise WireError(f"a section of ring {ring} of {len(coarse.rings)}")
    vertices = coarse.rings[ring]
    first, count = reader.uint(), reader.uint()
    if not 0 < count <= len(vertices) - first:
        raise WireError(f"edges {first} to {first + count} of a ring of {len(vertices)}")
    ends = vertices[np.arange(first, first + count + 1) % len(vertices)]
    if form == STRETCH:
        between = _read_stretch(reader, ends, size)
    else:
        between = _read_vertices(bytes(reader.rest()), ends, coarse.unit, size)
    return number, Stretch(ring, first, count, between)


def _read_stretch(reader: Reader, ends: Ring, size: tuple[int, int]) -> Ring:
    steps = reader.uint()
    bits = bytes(reader.rest())
    if not 0 < steps <= most_steps(bits):
        raise WireError(f"a walk of {steps} steps; 1 … {most_steps(bits)} are possible here")
    x, y = ends[0].tolist()
    coder = BitReader(bits, list(priors.WALK))
    between, last = walks.read_stretch(coder, (x, y), size, steps)
    if last != tuple(ends[-1].tolist()):
        raise WireError(f"a walk ends at {last}, and its section at {tuple(ends[-1].tolist())}")
    return np.array(between, np.int32).reshape(-1, 2)


def _read_vertices(bits: bytes, ends: Ring, unit: int, size: tuple[int, int]) -> Ring:
    corners = [(x, y) for x, y in (-(-ends // unit)).tolist()]
    between: list[edges.Vertex] = []
    found = edges.read_edges(
        BitReader(bits, edges.chances()),
        pairwise(corners),
        lattice_of(size, unit),
        most_vertices(bits),
    )
    for inner, corner in zip(found, corners[1:], strict=True):
        between += [*inner, corner]
    on_lattice = np.array(between[:-1], np.int64).reshape(-1, 2)
    return np.minimum(on_lattice * unit, size[::-1]).astype(np.int32)
