"""Packets by docs/wire.md alone, and what they mean: nothing of `rtseg.wire` takes part."""

from __future__ import annotations

import struct
from typing import Any

from tests.vectors import coded

Json = dict[str, Any]
Ring = list[tuple[int, int]]
Step = tuple[bytes, Json]

CORNERS: Ring = [(2, 2), (2, 14), (18, 14), (18, 2)]
SQUARE: Ring = [(3, 5), (3, 6), (4, 6), (4, 5)]
TRIANGLE: Ring = [(10, 2), (4, 12), (16, 12)]
FRAME_OUTER: Ring = [(2, 2), (2, 12), (12, 12), (12, 2)]
FRAME_HOLE: Ring = [(5, 5), (9, 5), (9, 9), (5, 9)]
HOLE_WALK = "H" + 3 * "SSSR" + "SSS", (5, 5)

# Bytes, as docs/wire.md has them.


def uint(value: int) -> bytes:
    head = []
    while value > 0x7F:
        head.append(value % 0x80 + 0x80)
        value //= 0x80
    return bytes([*head, value])


def sint(value: int) -> bytes:
    return uint(2 * value if value >= 0 else -2 * value - 1)


def packet(kind: int, body: bytes, version: int = 1) -> bytes:
    return bytes([version, kind]) + body


def frame(*records: bytes, frame_id: int = 90_000, size: tuple[int, int] = (20, 16)) -> bytes:
    width, height = size
    head = struct.pack(">I", frame_id) + uint(width) + uint(height)
    return packet(0, head + b"".join(records))


def changed(*records: bytes, frame_id: int, since: int) -> bytes:
    return packet(3, struct.pack(">I", frame_id) + uint(since) + b"".join(records))


def part(
    index: int,
    count: int,
    *records: bytes,
    frame_id: int = 90_000,
    since: int = 0,
    size: tuple[int, int] = (20, 16),
) -> bytes:
    head = struct.pack(">I", frame_id) + uint(since)
    if not since:
        head += uint(size[0]) + uint(size[1])
    return packet(4, head + uint(index) + uint(count) + b"".join(records))


def record(kind: int, payload: bytes) -> bytes:
    return uint(kind) + uint(len(payload)) + payload


def ring_bytes(ring: Ring, before: tuple[int, int]) -> bytes:
    out = uint(len(ring))
    for x, y in ring:
        out += sint(x - before[0]) + sint(y - before[1])
        before = x, y
    return out


def outline_payload(track_id: int, *rings: Ring, score: int = 255, age_ms: int = 0) -> bytes:
    out = uint(track_id) + bytes([score]) + uint(age_ms) + uint(len(rings))
    before = 0, 0
    for ring in rings:
        out += ring_bytes(ring, before)
        before = ring[0] if ring else before
    return out


def outline(track_id: int, *rings: Ring, score: int = 255, age_ms: int = 0) -> bytes:
    return record(1, outline_payload(track_id, *rings, score=score, age_ms=age_ms))


def coded_outline(kind: int, track_id: int, bits: bytes) -> bytes:
    return record(kind, uint(track_id) + b"\xff\x00" + bits)


def polygon(track_id: int, *rings: Ring, unit: int = 1, size: tuple[int, int] = (20, 16)) -> bytes:
    lattice = -(-size[0] // unit), -(-size[1] // unit)
    return coded_outline(4, track_id, uint(unit) + coded.polygon(list(rings), lattice))


def walk(track_id: int, *rings: tuple[str, tuple[int, int]], width: int = 20) -> bytes:
    moves, starts = zip(*rings, strict=True) if rings else ((), ())
    return coded_outline(5, track_id, coded.walk(list(moves), list(starts), width))


def moves(
    track_id: int,
    shared: tuple[int, int],
    *rings: coded.Lives | None,
    new: tuple[Ring, ...] = (),
    size: tuple[int, int] = (20, 16),
    flags: bytes = b"\x00",
) -> bytes:
    bits = coded.moves(shared, list(rings), list(new), size)
    return record(8, uint(track_id) + flags + bits)


def box(track_id: int, *sides: int) -> bytes:
    return record(9, uint(track_id) + b"\x80\x05" + b"".join(map(uint, sides)))


def coarse(
    track_id: int,
    sections: int,
    *rings: Ring,
    unit: int = 1,
    size: tuple[int, int] = (20, 16),
) -> bytes:
    """Rings and size in units."""
    head = uint(track_id) + b"\xff\x00\xc0" + uint(sections) + uint(unit)
    return record(10, head + coded.polygon(list(rings), size))


def section(track_id: int, number: int, form: int, ring: int, rest: bytes) -> bytes:
    return record(11, uint(track_id) + uint(number) + bytes([form]) + uint(ring) + rest)


def name(track_id: int, label: str) -> bytes:
    return record(2, uint(track_id) + label.encode())


def standing(track_id: int, state: int, confidence: int) -> bytes:
    return record(13, uint(track_id) + bytes([state, confidence]))


def roll(*runs: tuple[int, int]) -> bytes:
    """Steps and how many more."""
    return record(12, b"".join(sint(step) + uint(more) for step, more in runs))


def still(frame_id: int, since: int) -> bytes:
    """Object 1 as it is in a base."""
    return changed(record(7, b"\x01\x04"), frame_id=frame_id, since=since)


def moved(frame_id: int, since: int, right: int) -> bytes:
    return changed(record(6, b"\x01\x04" + sint(right) + sint(0)), frame_id=frame_id, since=since)


def at(right: int) -> Ring:
    return [(x + right, y) for x, y in SQUARE]


# What they mean.

ERROR: Json = {"error": True}
SKIPPED: Json = {"skipped": True}


def seen(
    *objects: Json,
    frame_id: int = 90_000,
    size: tuple[int, int] = (20, 16),
    timing: Json | None = None,
    whole: bool = True,
) -> Json:
    width, height = size
    told = {
        "frame_id": frame_id,
        "width": width,
        "height": height,
        "objects": list(objects),
        "timing": timing,
    }
    return {"frame": told if whole else told | {"whole": False}}


def thing(
    track_id: int, *rings: Ring, score: int = 255, age_ms: int = 0, label: str | None = None
) -> Json:
    return {
        "track_id": track_id,
        "score_u8": score,
        "age_ms": age_ms,
        "label": label,
        "rings": [[list(point) for point in ring] for ring in rings],
    }


def stands(item: Json, state: str, confidence_u8: int) -> Json:
    return item | {"standing": {"state": state, "confidence_u8": confidence_u8}}


def boxed(track_id: int, left: int, top: int, right: int, bottom: int, age_ms: int = 5) -> Json:
    ring = [(left, top), (left, bottom), (right, bottom), (right, top)]
    return thing(track_id, ring, score=128, age_ms=age_ms) | {"stage": "box"}


def rough(track_id: int, *rings: Ring) -> Json:
    return thing(track_id, *rings) | {"stage": "coarse"}


def of(frame_id: int, item: Json) -> Json:
    return item | {"frame_id": frame_id}


def stale(frame_id: int, base_id: int) -> Json:
    return {"stale": {"frame_id": frame_id, "base_id": base_id}}


def late(frame_id: int) -> Json:
    return {"late": {"frame_id": frame_id}}


def ack(frame_id: int) -> Step:
    return packet(5, struct.pack(">I", frame_id)), {"ack": {"frame_id": frame_id}}
