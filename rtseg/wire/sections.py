"""Records 10 and 11: a coarse outline, and finer vertices for pieces of it.

A section takes the place of what lies between two vertices of a coarse ring, or adds rings that the
coarse outline leaves out. Each helps alone; `Refined` is the outline with those that came.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from rtseg.errors import WireError
from rtseg.geometry import Path, Ring
from rtseg.types import TrackId
from rtseg.wire import edges, priors, walks
from rtseg.wire.arithmetic import BitReader
from rtseg.wire.coded import lattice_of, most_steps, most_vertices, read_polygons, read_walks
from rtseg.wire.messages import SIDE_MAX, Stage
from rtseg.wire.numbers import Size
from rtseg.wire.records import Head, Outline, write_record
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


class Refined:
    """A coarse outline with those of its sections that came.

    Parameters
    ----------
    coarse : what the sections refine.
    payload : of its record 10: parts of a frame that tell the same object repeat it.
    """

    def __init__(self, coarse: Coarse, payload: bytes) -> None:
        self.coarse = coarse
        self._payload = payload
        self._pieces: dict[int, Piece] = {}
        # For each ring that a section refines, which of its edges one has told: asked at each
        # section, so that bytes that tell an edge again and again are refused at the first time.
        self._is_told: dict[int, npt.NDArray[np.bool_]] = {}

    @property
    def is_fine(self) -> bool:
        """Whether nothing is missing."""
        return 0 < self.coarse.sections == len(self._pieces)

    def add(self, number: int, piece: Piece) -> None:
        """Add a section.

        Raises
        ------
        WireError
            If this one came before, or another one tells the same edge. Nothing has changed then.
        """
        if number in self._pieces:
            raise WireError(f"section {number} of object {self.coarse.track_id} is told twice")
        if isinstance(piece, Stretch):
            ring = piece.ring
            if ring not in self._is_told:
                self._is_told[ring] = np.zeros(len(self.coarse.rings[ring]), np.bool_)
            edges_told = self._is_told[ring][piece.first : piece.first + piece.edges]
            if edges_told.any():
                edge = piece.first + int(edges_told.argmax())
                raise WireError(f"two sections tell edge {edge} of ring {ring}")
            edges_told[:] = True
        self._pieces[number] = piece

    def joined(self, other: Refined) -> Refined:
        """Give the same outline with the sections of both; neither of the two changes.

        Raises
        ------
        WireError
            If the other one is no outline of the same payload, or they have a section or an edge
            in common.
        """
        if other._payload != self._payload:
            raise WireError(
                f"object {self.coarse.track_id} has two coarse outlines in one frame; parts that "
                "tell the same object must repeat the very same one"
            )
        both = Refined(self.coarse, self._payload)
        for number, piece in (*self._pieces.items(), *other._pieces.items()):
            both.add(number, piece)
        return both

    def outline(self) -> Outline:
        """Return it as far as it is known."""
        coarse = self.coarse
        stage: Stage = "fine" if self.is_fine else "coarse"
        return Outline(coarse.track_id, self.path(), coarse.score_u8, coarse.age_ms, stage)

    def path(self) -> Path:
        """Return the outline as far as it is known, source pixels."""
        stretches: dict[int, list[Stretch]] = {}
        further: dict[int, list[Ring]] = {}
        for _, piece in sorted(self._pieces.items(), key=lambda item: item[0]):
            if isinstance(piece, Stretch):
                stretches.setdefault(piece.ring, []).append(piece)
            else:
                further.setdefault(piece.before, []).extend(piece.rings)
        rings: list[Ring] = []
        for index, ring in enumerate(self.coarse.rings):
            rings += further.get(index, ())
            rings.append(_spliced(ring, stretches.get(index, [])))
        return Path((*rings, *further.get(len(self.coarse.rings), ())))


def _spliced(ring: Ring, stretches: list[Stretch]) -> Ring:
    """Put stretches, of which no two tell one edge, into their ring."""
    if not stretches:
        return ring
    parts = []
    at = 0
    for stretch in sorted(stretches, key=lambda each: each.first):
        parts += [ring[at : stretch.first + 1], stretch.vertices]
        at = stretch.first + stretch.edges
    return np.concatenate([*parts, ring[at:]])


def write_coarse(coarse: Coarse, bits: bytes) -> bytes:
    """Write record 10; `bits` are those of its rings, `coded.write_polygons`."""
    head = Head(coarse.track_id, coarse.score_u8, coarse.age_ms).write()
    told = bytes([coarse.agreement_u8]) + uint(coarse.sections) + uint(coarse.unit)
    return write_record(COARSE, head + told + bits)


def read_coarse(payload: memoryview, size: Size) -> Coarse:
    """Read the payload of record 10; `size` is (height, width) of the frame, pixels.

    Raises
    ------
    WireError
        If these bytes are no rings inside the frame.
    """
    reader = Reader(payload)
    head = Head.read(reader)
    agreement_u8, sections, unit = reader.fixed(1), reader.uint(), reader.uint()
    rings = read_polygons(bytes(reader.rest()), unit, size)
    if not rings:
        raise WireError("a coarse outline without a ring")
    return Coarse(*head, agreement_u8, sections, min(unit, SIDE_MAX), rings)


def write_section(track_id: TrackId, number: int, form: int, ring: int, rest: bytes) -> bytes:
    """Write record 11; `rest` is what stands behind the ring."""
    head = uint(track_id) + uint(number) + bytes([form]) + uint(ring)
    return write_record(SECTION, head + rest)


def read_section(payload: memoryview, coarse: Coarse, size: Size) -> tuple[int, Piece] | None:
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


def _read_stretch(reader: Reader, ends: Ring, size: Size) -> Ring:
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


def _read_vertices(bits: bytes, ends: Ring, unit: int, size: Size) -> Ring:
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
