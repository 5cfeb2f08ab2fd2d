"""Outlines too large for one part of a frame: a coarse one, and the sections that refine it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise
from typing import NamedTuple

import cv2
import numpy as np
import numpy.typing as npt

from rtseg.geometry import Path, Ring, path_iou
from rtseg.wire import edges, priors, walks
from rtseg.wire.arithmetic import encode_bits
from rtseg.wire.bits import BitList
from rtseg.wire.coded import most_steps, most_vertices, unit_of, write_polygons, write_walks
from rtseg.wire.numbers import Size
from rtseg.wire.records import WALK, Outline, kind_of
from rtseg.wire.sections import (
    POLYGONS,
    STRETCH,
    VERTICES,
    WALKS,
    Coarse,
    write_coarse,
    write_section,
)
from rtseg.wire.varint import uint

_CORNERS = 48
"""Vertices of a coarse outline: 120 bytes or so, which each part with its sections repeats. With
120 vertices 200 blobs agree by .31 in place of .27, and in parts take 67 % more bytes, not 33.
"""

_LEAST_RING = 0.01
"""Share of the largest ring's area below which a ring is no part of the coarse outline."""

_MOST_RINGS = 8

_SECTIONS_A_PART = 2
"""Sections of half a part fill up what others leave."""

_LEAST_SECTION_BYTES = 64

_FAR = 1500
"""Vertices between two neighbours of a coarse outline, at most: a section of half a part holds so
many turns of a walk. Halved where one does not hold them."""

_TRIES = 6

_MOST_SECTIONS = 1 << 13  # of two bytes, as any number of sections that will come

_Indices = npt.NDArray[np.int64]
_Write = Callable[[int, int], bytes | None]


class Refinement(NamedTuple):
    """Records of one object.

    Parameters
    ----------
    coarse : record 10.
    sections : records 11.
    """

    coarse: bytes
    sections: tuple[bytes, ...]


def refine(outline: Outline, record: bytes, size: Size, room_bytes: int) -> Refinement | None:
    """Tell an outline in pieces.

    Parameters
    ----------
    outline : not empty.
    record : the same in one piece, as `records.write_outline` gives it. The pieces tell the same
        vertices, in the order that this one has them.
    size : (height, width) of the frame, pixels.
    room_bytes : the coarse outline and any one of the sections fit in so much together.

    Returns
    -------
    All of it; None for an outline so large that even a coarse one fills the room.
    """
    path = outline.path
    is_walk = kind_of(record) == WALK
    if is_walk:
        path = Path(tuple(walks.from_start(ring) for ring in path.rings))
    unit = unit_of(path, size)
    far = _FAR
    for _ in range(_TRIES):
        kept = _chosen(path, far)
        rings = tuple(path.rings[number][indices] for number, indices in kept.items())
        bits = write_polygons(rings, unit, size)
        if sum(map(len, rings)) > most_vertices(bits):
            return None
        coarse = Coarse(
            outline.track_id,
            outline.score_u8,
            outline.age_ms,
            int(255 * path_iou(Path(rings), path)),
            sections=_MOST_SECTIONS,
            unit=unit,
            rings=rings,
        )
        most_bytes = (room_bytes - len(write_coarse(coarse, bits))) // _SECTIONS_A_PART
        if most_bytes < _LEAST_SECTION_BYTES:
            return None
        sections = _Sections(outline.track_id, path, kept, size, unit, most_bytes, is_walk).write()
        if sections:
            coarse = replace(coarse, sections=len(sections))
            return Refinement(write_coarse(coarse, bits), sections)
        far //= 2
    return None


def _chosen(path: Path, far: int) -> dict[int, _Indices]:
    """Choose the rings of a coarse outline, and the vertices of each, the first among them."""
    areas = [cv2.contourArea(ring) for ring in path.rings]
    order = sorted(range(len(areas)), key=lambda number: -areas[number])
    least = _LEAST_RING * areas[order[0]]
    large = {number for number in order[:_MOST_RINGS] if areas[number] >= least}
    chosen = large | {number for number, ring in enumerate(path.rings) if len(ring) > far}
    rings = {number: path.rings[number] for number in sorted(chosen)}
    tolerance_px = 1.0
    while True:
        stay = {number: _simplified(ring, tolerance_px) for number, ring in rings.items()}
        if sum(map(len, stay.values())) <= max(_CORNERS, 3 * len(rings)):
            break
        tolerance_px *= 1.5
    return {number: _no_gaps(_places(stay[number], ring), far) for number, ring in rings.items()}


def _simplified(ring: Ring, tolerance_px: float) -> Ring:
    """Leave vertices out (Douglas and Peucker, 1973), neither the first nor the last."""
    stay: Ring = np.asarray(
        cv2.approxPolyDP(ring[:, None], tolerance_px, closed=False)[:, 0], np.int32
    )
    return stay


def _places(stay: Ring, ring: Ring) -> _Indices:
    """Find the vertices that stay, and that there are three of them; then the ring's length."""
    vertices = [tuple(vertex) for vertex in ring.tolist()]
    places: list[int] = []
    at = 0
    for vertex in stay.tolist():
        places.append(vertices.index(tuple(vertex), at))
        at = places[-1] + 1
    if len(places) < 3:
        places = [0, len(ring) // 3, 2 * len(ring) // 3]
    return np.array([*places, len(ring)])


def _no_gaps(places: _Indices, far: int) -> _Indices:
    """Keep more vertices where more than `far` lie between two of them; without the last place."""
    filled = [
        np.linspace(start, end, -(-(end - start) // far), endpoint=False).astype(np.int64)
        for start, end in pairwise(places.tolist())
    ]
    return np.concatenate(filled)


class _Sections:
    """Writes the sections of one outline, along its rings in their order."""

    def __init__(
        self,
        track_id: int,
        path: Path,
        kept: dict[int, _Indices],
        size: Size,
        unit: int,
        most_bytes: int,
        is_walk: bool,
    ) -> None:
        self._track_id = track_id
        self._path = path
        self._kept = kept
        self._size = size
        self._unit = unit
        self._most_bytes = most_bytes
        self._is_walk = is_walk
        self._records: list[bytes] = []

    def write(self) -> tuple[bytes, ...]:
        """Give all records; none if one would be too large."""
        at = 0
        for place, (number, indices) in enumerate(self._kept.items()):
            ring = self._path.rings[number]
            fits = self._write_further(place, at, number)
            fits = fits and (len(indices) == len(ring) or self._write_ring(place, ring, indices))
            if not fits:
                return ()
            at = number + 1
        if not self._write_further(len(self._kept), at, len(self._path.rings)):
            return ()
        return tuple(self._records)

    def _write_ring(self, place: int, ring: Ring, kept: _Indices) -> bool:
        closed = np.concatenate((ring, ring[:1])).astype(np.int64)
        ends = np.append(kept, len(ring))

        def write(first: int, count: int) -> bytes | None:
            stops = ends[first : first + count + 1]
            head = uint(first) + uint(count)
            if self._is_walk:
                bits = BitList()
                steps = walks.write_stretch(closed[stops[0] : stops[-1] + 1], bits)
                data = encode_bits(bits.contexts, bits.bits, list(priors.WALK))
                fits = steps <= most_steps(data)
                return self._section(STRETCH, place, head + uint(steps) + data) if fits else None
            data = self._vertices(closed, stops)
            fits = stops[-1] - stops[0] - count <= most_vertices(data)
            return self._section(VERTICES, place, head + data) if fits else None

        return self._write_runs(len(kept), len(ring), write)

    def _vertices(self, ring: npt.NDArray[np.int64], stops: _Indices) -> bytes:
        lattice = [(x, y) for x, y in (-(-ring[stops[0] : stops[-1] + 1] // self._unit)).tolist()]
        bits = BitList()
        places = (stops - stops[0]).tolist()
        told = (
            (lattice[start], lattice[start + 1 : end], lattice[end])
            for start, end in pairwise(places)
        )
        edges.write_edges(told, bits)
        return encode_bits(bits.contexts, bits.bits, edges.chances())

    def _write_further(self, place: int, start: int, stop: int) -> bool:
        rings = self._path.rings[start:stop]

        def write(first: int, count: int) -> bytes | None:
            some = rings[first : first + count]
            if self._is_walk:
                moves = walks.walk(Path(some))
                assert moves is not None
                data = write_walks(moves, self._size)
                fits = sum(len(each.moves) + 1 for each in moves) <= most_steps(data)
                return self._section(WALKS, place, data) if fits else None
            data = write_polygons(some, self._unit, self._size)
            fits = sum(map(len, some)) <= most_vertices(data)
            return self._section(POLYGONS, place, data) if fits else None

        return self._write_runs(len(rings), sum(map(len, rings)), write)

    def _section(self, form: int, ring: int, rest: bytes) -> bytes:
        return write_section(self._track_id, len(self._records), form, ring, rest)

    def _write_runs(self, count: int, vertices: int, write: _Write) -> bool:
        """Write `count` things in runs as long as fit; False if one alone does not."""
        done = 0
        # A first guess that is not too long: a byte holds three turns of a walk, or half a step.
        take = max(1, count * self._most_bytes // max(vertices, 1))
        while done < count:
            take = min(take, count - done)
            record = write(done, take)
            if record is not None and len(record) <= self._most_bytes:
                self._records.append(record)
                done += take
                take = max(1, int(0.95 * take * self._most_bytes / len(record)))
            elif take == 1:
                return False
            elif record is None:
                take //= 2
            else:
                take = max(1, min(take - 1, int(0.95 * take * self._most_bytes / len(record))))
        return True
