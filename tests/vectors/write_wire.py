"""Write the golden vectors of the wire format, by hand: ``python tests/vectors/write_wire.py``.

The bytes are put together here from docs/wire.md alone, and what they mean is spelled out beside
them: nothing of `rtseg.wire` takes part. Each file of ``wire/`` is a stream that one decoder reads
from its first packet to its last::

    {"name": …, "packets": [hex, …], "expect": [one of these for each packet, …]}

    {"frame": {"frame_id", "width", "height",
               "objects": [{"track_id", "score_u8", "age_ms", "label": text or null,
                            "rings": [[[x, y], …], …]}, …],
               "timing": null or {"handed_us", …}}}
               (an object that is not fine has its "stage", one of another frame its "frame_id", a
                frame that is not whole "whole": false)
    {"clock": {"rtp": number, "ntp": decimal text}}
    {"late": {"frame_id"}}
    {"stale": {"frame_id", "base_id"}}
    {"ack": {"frame_id"}}
    {"skipped": true}
    {"error": true}
"""

from __future__ import annotations

import json
import random
import struct
import sys
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))

import coded

FOLDER = Path(__file__).parent / "wire"

Json = dict[str, Any]
Ring = list[tuple[int, int]]
Step = tuple[bytes, Json]

ERROR: Json = {"error": True}
SKIPPED: Json = {"skipped": True}

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


def name(track_id: int, label: str) -> bytes:
    return record(2, uint(track_id) + label.encode())


# What they mean.


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


def plain() -> dict[str, list[Step]]:
    """Streams of one or two packets without an error."""
    far: Ring = [(0, 0), (0, 65_535), (65_535, 65_535), (65_535, 0)]
    zigzag: Ring = [(15, 15), (0, 15), (0, 1), (14, 0), (3, 4), (15, 2)]
    specks: list[Ring] = [[(x, y), (x, y + 1), (x + 1, y)] for y in (9, 1) for x in (18, 3, 11)]
    long_ring: Ring = [(x, 200 + x % 2) for x in range(150)] + [(x, 90) for x in range(149, -1, -1)]
    times = {
        "handed_us": 1_763_700_000_123_456,
        "decode_us": 812,
        "wait_us": 0,
        "track_us": 9_300,
        "path_us": 1_270,
        "encode_us": 127,
        "model_us": 128,
    }
    timing = record(3, b"".join(uint(value) for value in times.values()))
    return {
        "empty-frame": [
            (
                frame(frame_id=0xFFFFFFFF, size=(0, 0)),
                seen(frame_id=0xFFFFFFFF, size=(0, 0)),
            ),
            (frame(), seen()),
        ],
        "square": [(frame(outline(1, SQUARE)), seen(thing(1, SQUARE)))],
        "hole": [
            (frame(outline(1, FRAME_OUTER, FRAME_HOLE)), seen(thing(1, FRAME_OUTER, FRAME_HOLE)))
        ],
        "several-objects": [
            (
                frame(
                    outline(300, TRIANGLE, score=0, age_ms=1000),
                    outline(0),
                    outline(2**53 - 1, SQUARE, FRAME_OUTER, score=128, age_ms=127),
                ),
                seen(
                    thing(300, TRIANGLE, score=0, age_ms=1000),
                    thing(0),
                    thing(2**53 - 1, SQUARE, FRAME_OUTER, score=128, age_ms=127),
                ),
            )
        ],
        "negative-steps": [(frame(outline(1, zigzag)), seen(thing(1, zigzag)))],
        "many-rings": [(frame(outline(1, *specks)), seen(thing(1, *specks)))],
        "many-vertices": [
            (
                frame(outline(1, long_ring), size=(150, 201)),
                seen(thing(1, long_ring), size=(150, 201)),
            )
        ],
        "big-coordinates": [
            (
                frame(outline(1, far, far[2:] + far[:2]), size=(65_535, 65_535)),
                seen(thing(1, far, far[2:] + far[:2]), size=(65_535, 65_535)),
            )
        ],
        "timing": [
            (
                frame(outline(1, SQUARE), timing),
                seen(thing(1, SQUARE), timing=times),
            ),
            (frame(outline(1, SQUARE)), seen(thing(1, SQUARE))),
            (frame(timing, timing), seen(timing=times)),
        ],
        "clock": [
            (frame(outline(1, SQUARE)), seen(thing(1, SQUARE))),
            (
                packet(1, struct.pack(">IQ", 4_294_967_295, 2**64 - 1)),
                {"clock": {"rtp": 4_294_967_295, "ntp": str(2**64 - 1)}},
            ),
            (
                packet(1, struct.pack(">IQ", 7, 0xE9_00_00_00_80_00_00_00) + b"more"),
                {"clock": {"rtp": 7, "ntp": str(0xE9_00_00_00_80_00_00_00)}},
            ),
        ],
    }


def growth() -> dict[str, list[Step]]:
    """What a decoder skips, so that a later version can say more."""
    # The byte behind the outline starts a varint that never ends, and one that is not minimal.
    tail = outline_payload(1, SQUARE) + bytes([0x80, 0x00, 0xFF])
    times = ("handed_us", "decode_us", "wait_us", "track_us", "path_us", "encode_us", "model_us")
    return {
        "unknown-record": [
            (
                frame(record(6, b""), outline(1, SQUARE), record(2**40, b"\xff\x80")),
                seen(thing(1, SQUARE)),
            ),
            (frame(record(0, bytes(200))), seen()),
        ],
        "trailing-payload": [
            (
                frame(record(1, tail), record(3, bytes([1, 2, 3, 4, 5, 6, 7, 0xFF, 0x80, 0x00]))),
                seen(
                    thing(1, SQUARE),
                    timing=dict(zip(times, (1, 2, 3, 4, 5, 6, 7), strict=True)),
                ),
            ),
            (frame(record(1, outline_payload(9) + b"\xff")), seen(thing(9))),
        ],
        "unknown-packet": [
            (packet(2, b""), SKIPPED),
            (packet(255, b"\xff" * 9), SKIPPED),
            (frame(outline(1, SQUARE), name(1, "cat")), seen(thing(1, SQUARE, label="cat"))),
            (packet(2, b"\x00"), SKIPPED),
            (frame(outline(1, SQUARE)), seen(thing(1, SQUARE, label="cat"))),
        ],
    }


def coded_outlines() -> dict[str, list[Step]]:
    """Records 4 and 5."""
    far: Ring = [(0, 0), (0, 16), (20, 16), (20, 0)]
    thirds: Ring = [(0, 0), (0, 6), (7, 6), (7, 1), (3, 0)]
    stands: Ring = [(0, 0), (0, 16), (20, 16), (20, 3), (9, 0)]
    dice = random.Random(5)
    whole_frame: Ring = [(0, 0), (0, 16), (20, 16)]
    wild: list[Ring] = [
        [(dice.randrange(65_536), dice.randrange(65_536)) for _ in range(200)],
        [(dice.randrange(9), dice.randrange(9)) for _ in range(100)],
        [(round(300 + 90 * dice.random()), 40 + 3 * at) for at in range(200)],
    ]
    wide = 65_535, 65_535
    stairs = [(4, 4), (4, 6), (5, 6), (5, 7), (6, 7), (6, 8), (9, 8), (9, 4)]
    long_box: Ring = [(2, 1), (2, 15), (19, 15), (19, 1)]
    holed: list[Ring] = [FRAME_OUTER, FRAME_HOLE]
    return {
        "coded-polygon": [
            (frame(polygon(1, TRIANGLE)), seen(thing(1, TRIANGLE))),
            (frame(polygon(1, TRIANGLE, far, SQUARE)), seen(thing(1, TRIANGLE, far, SQUARE))),
            (frame(polygon(1, [(3, 5)] * 4)), seen(thing(1, [(3, 5)] * 4))),
            (frame(polygon(1, thirds, unit=3)), seen(thing(1, stands))),
            (frame(polygon(1), outline(2)), seen(thing(1), thing(2))),
        ],
        "coded-polygon-wild": [
            (
                frame(polygon(1, *wild, size=wide), size=wide),
                seen(thing(1, *wild), size=wide),
            )
        ],
        "coded-walk": [
            (frame(walk(1, ("OLLL", (3, 5)))), seen(thing(1, SQUARE))),
            (
                frame(walk(1, ("O" + 3 * ("S" * 9 + "L") + "S" * 9, (2, 2)), HOLE_WALK)),
                seen(thing(1, *holed)),
            ),
            (
                frame(walk(7, ("OSLRLRLSSLSSSLSSSS", (4, 4)), ("OLLL", (3, 5)))),
                seen(thing(7, [list(p) for p in stairs], SQUARE)),
            ),
            (
                frame(
                    walk(
                        1,
                        (
                            "O" + "S" * 13 + "L" + "S" * 16 + "L" + "S" * 13 + "L" + "S" * 16,
                            (2, 1),
                        ),
                    )
                ),
                seen(thing(1, long_box)),
            ),
            (frame(walk(1)), seen(thing(1))),
        ],
        "coded-state": [
            (frame(polygon(1, TRIANGLE), name(1, "cat")), seen(thing(1, TRIANGLE, label="cat"))),
            (frame(polygon(1, [(0, 0), (0, 17), (3, 3)])), ERROR),
            (frame(polygon(1, [(21, 0), (0, 6), (3, 3)])), ERROR),
            (frame(polygon(1, TRIANGLE), outline(1, TRIANGLE)), ERROR),
            (frame(walk(1, ("OLLL", (3, 16)))), ERROR),
            (frame(walk(1, ("OLLL", (3, -1)))), ERROR),
            (frame(walk(1, ("OLLL", (20, 3)))), ERROR),
            (frame(coded_outline(4, 1, uint(0) + coded.polygon([], (20, 16)))), ERROR),
            (
                frame(polygon(1, [(0, 0), (0, 1), (1, 1)], unit=2**40)),
                seen(thing(1, whole_frame, label="cat")),
            ),
            (frame(record(4, b"\x01\xff\x00")), ERROR),
            (frame(polygon(1, [(3, 5)] * 5000)), ERROR),
            (frame(walk(1, ("OLLL", (3, 5)))), seen(thing(1, SQUARE, label="cat"))),
        ],
    }


def names() -> dict[str, list[Step]]:
    """How long a label lives."""
    return {
        "label-kept-then-dropped": [
            (frame(outline(1, SQUARE), name(1, "cat")), seen(thing(1, SQUARE, label="cat"))),
            (frame(outline(1, TRIANGLE)), seen(thing(1, TRIANGLE, label="cat"))),
            (frame(outline(1), outline(2)), seen(thing(1, label="cat"), thing(2))),
            (frame(name(1, "dog"), outline(1)), seen(thing(1, label="dog"))),
            (frame(outline(2)), seen(thing(2))),
            (frame(outline(1)), seen(thing(1))),
        ],
        "label-without-outline": [
            (frame(name(1, "cat")), seen()),
            (frame(outline(1)), seen(thing(1))),
        ],
        "label-twice": [
            (frame(name(1, "cat"), outline(1), name(1, "")), seen(thing(1, label=""))),
        ],
        "label-utf8": [
            (
                frame(name(1, "\ufeffKätzchen 🐈\x00"), outline(1)),
                seen(thing(1, label="\ufeffKätzchen 🐈\x00")),
            ),
        ],
    }


def errors() -> dict[str, list[Step]]:
    """Every error of docs/wire.md; each stream goes on with a packet that is right."""
    payload = outline_payload(1, SQUARE)
    whole = frame(outline(1, SQUARE))
    head = whole[:8]
    start = bytes([1, 255, 0, 1])  # object 1, score 255, age 0, one ring
    clock = packet(1, struct.pack(">IQ", 1, 2))
    good: Step = frame(outline(1, SQUARE)), seen(thing(1, SQUARE))

    def bad(*packets: bytes) -> list[Step]:
        return [*((each, ERROR) for each in packets), good]

    return {
        "error-version": bad(packet(0, whole[2:], 0), packet(0, whole[2:], 2), packet(9, b"", 2)),
        # A cut after the size or after a whole record is a packet; anywhere else it is an error.
        "error-cut": [
            *((whole[:end], seen() if end == 8 else ERROR) for end in range(len(whole))),
            *((clock[:end], ERROR) for end in range(2, len(clock))),
            # Cut inside the record, whose length is right.
            *((head + record(1, payload[:end]), ERROR) for end in range(len(payload))),
            (head + record(2, b""), ERROR),
            (head + record(2, b"\x80"), ERROR),
            *((head + record(3, bytes(end)), ERROR) for end in range(7)),
            good,
        ],
        "error-length": bad(
            head + bytes([9, 1]),
            head + bytes([9]) + uint(2**63) + b"x",
            head + bytes([9]) + uint(2**64 - 1) + b"x",
        ),
        "error-varint-long": bad(
            head + b"\xff" * 10 + b"\x01" + b"\x00",
            head + b"\xff" * 9 + b"\x02" + b"\x00",  # 10 bytes, but 2^64 or more
            head + b"\x80" * 12,
            head + record(1, b"\xff" * 10 + b"\x01" + payload[1:]),
            head + record(1, start + b"\x03" + bytes(5) + b"\xff" * 10 + b"\x01"),
        ),
        "error-varint-not-minimal": bad(
            whole[:6] + b"\x94\x00\x10",
            head + b"\x81\x00" + whole[9:],
            head + record(1, b"\x81\x00" + payload[1:]),
            head + record(1, b"\x01\xff\x80\x00" + payload[3:]),
            head + record(1, start + b"\x83\x00" + bytes(6)),
            head + record(1, start + b"\x03" + bytes(5) + b"\x80\x00"),
            head + record(2, b"\x81\x00cat"),
            head + record(3, b"\x00" * 6 + b"\x80\x00"),
        ),
        "error-size": bad(
            frame(size=(65_536, 16)), frame(size=(16, 65_536)), frame(size=(2**63, 1))
        ),
        "error-ring-short": bad(
            frame(outline(1, [])),
            frame(outline(1, SQUARE[:1])),
            frame(outline(1, SQUARE[:2])),
            frame(outline(1, TRIANGLE, SQUARE[:2])),
        ),
        "error-vertex-outside": bad(
            frame(outline(1, [(0, 0), (0, 5), (21, 5)])),
            frame(outline(1, [(0, 0), (0, 17), (5, 5)])),
            frame(outline(1, [(0, 0), (0, 5), (-1, 5)])),
            frame(outline(1, [(0, 0), (0, -1), (5, 5)])),
            frame(outline(1, [(0, 0), (0, 5), (2**62, 5)])),
            # Out and back again: steps that add up to a place inside.
            frame(outline(1, [(0, 0), (0, 5), (2**32, 5), (5, 5)])),
            frame(outline(1, [(0, 0), (0, 5), (2**61, 5), (2**62, 5), (2**61, 5), (5, 5)])),
            frame(outline(1, SQUARE), outline(2, [(0, 0), (0, 5), (21, 5)])),
        ),
        "error-object-twice": bad(
            frame(outline(1, SQUARE), outline(1, SQUARE)),
            frame(outline(1), outline(2), outline(1)),
        ),
        "error-label": bad(
            frame(outline(1), record(2, b"\x01\xff")),
            frame(outline(1), record(2, b"\x01\xc0\x80")),
            frame(outline(1), record(2, b"\x01\xed\xa0\x80")),
            frame(outline(1), record(2, b"\x01\xf0\x9f\x90")),
            frame(record(2, b"\x07caf\xe9")),
        ),
        "error-count": bad(
            head + record(1, bytes([1, 255, 0]) + uint(2) + payload[4:]),
            head + record(1, bytes([1, 255, 0]) + uint(2**28) + payload[4:]),
            head + record(1, bytes([1, 255, 0]) + uint(2**64 - 1) + payload[4:]),
            head + record(1, start + uint(5) + payload[5:]),
            head + record(1, start + uint(2**28) + payload[5:]),
            head + record(1, start + uint(2**63 + 4) + payload[5:]),
            head + record(1, start + uint(2**64 - 1) + payload[5:]),
        ),
        "error-leaves-state": [
            (frame(outline(1, SQUARE), name(1, "cat")), seen(thing(1, SQUARE, label="cat"))),
            (frame(outline(1, TRIANGLE), name(1, "dog"), outline(1)), ERROR),
            (frame(outline(2)) + b"\x01", ERROR),
            (b"", ERROR),
            (frame(outline(1)), seen(thing(1, label="cat"))),
        ],
    }


def changed(*records: bytes, frame_id: int, since: int) -> bytes:
    return packet(3, struct.pack(">I", frame_id) + uint(since) + b"".join(records))


def stale(frame_id: int, base_id: int) -> Json:
    return {"stale": {"frame_id": frame_id, "base_id": base_id}}


def late(frame_id: int) -> Json:
    return {"late": {"frame_id": frame_id}}


def ack(frame_id: int) -> Step:
    return packet(5, struct.pack(">I", frame_id)), {"ack": {"frame_id": frame_id}}


def changes() -> dict[str, list[Step]]:
    """Packets of kind 3: objects that stay or shift, and bases that are not there."""
    first = frame(outline(1, SQUARE, age_ms=5), outline(2, TRIANGLE), name(1, "cat"))
    start = (first, seen(thing(1, SQUARE, age_ms=5, label="cat"), thing(2, TRIANGLE)))
    same = record(7, b"\x01")
    second = 90_000 + 3_003
    anew = (second - 1_000_000) % 2**32
    box: Ring = [(2, 3), (2, 9), (8, 9), (8, 3)]
    return {
        "same": [
            (changed(same, frame_id=90_000, since=90_000), stale(90_000, 0)),
            start,
            (
                changed(same, frame_id=second, since=3_003),
                seen(thing(1, SQUARE, age_ms=38, label="cat"), frame_id=second),
            ),
            # Of the first frame, though it is not the latest any more; and all that may be told of
            # an object that stays.
            (
                changed(
                    record(7, b"\x02\x07\x80\x81\x01"),
                    record(7, b"\x01\x04"),
                    outline(3, SQUARE),
                    name(2, "dog"),
                    frame_id=second + 45,
                    since=3_048,
                ),
                seen(
                    thing(2, TRIANGLE, score=128, age_ms=129, label="dog"),
                    thing(1, SQUARE, age_ms=5, label="cat"),
                    thing(3, SQUARE),
                    frame_id=second + 45,
                ),
            ),
            (
                changed(record(7, b"\x01\x01\x09"), frame_id=anew, since=2**32 - 1_000_000),
                seen(thing(1, SQUARE, score=9, age_ms=47_710_786, label="cat"), frame_id=anew),
            ),
            (frame(outline(1, SQUARE)), seen(thing(1, SQUARE, label="cat"))),
        ],
        "shift": [
            (frame(outline(1, box, age_ms=7)), seen(thing(1, box, age_ms=7))),
            (
                changed(record(6, b"\x01\x00\x02\x03"), frame_id=90_090, since=90),
                seen(
                    thing(1, [(x + 1, y - 2) for x, y in box], age_ms=8),
                    frame_id=90_090,
                ),
            ),
            # Held at the edges of the frame; a further step is one of what is left.
            (
                changed(record(6, b"\x01\x05\x40\x0b\x14"), frame_id=90_180, since=90),
                seen(
                    thing(1, [(0, 11), (0, 16), (3, 16), (3, 11)], score=64, age_ms=8),
                    frame_id=90_180,
                ),
            ),
            (
                changed(record(6, b"\x01\x02\x00\xfe\xff\x07\x00\x80"), frame_id=90_270, since=90),
                seen(
                    thing(1, [(20, 11), (20, 16), (20, 16), (20, 11)], score=64),
                    frame_id=90_270,
                ),
            ),
        ],
        "error-change": [
            start,
            (changed(same, frame_id=second, since=0), ERROR),
            (changed(same, frame_id=second, since=2**32), ERROR),
            (changed(record(7, b"\x05"), frame_id=second, since=3_003), ERROR),
            (changed(same, same, frame_id=second, since=3_003), ERROR),
            (changed(same, outline(1, SQUARE), frame_id=second, since=3_003), ERROR),
            (changed(record(7, b"\x01\x01"), frame_id=second, since=3_003), ERROR),
            (changed(record(6, b"\x01"), frame_id=second, since=3_003), ERROR),
            (changed(record(6, b"\x01\x00"), frame_id=second, since=3_003), ERROR),
            (changed(record(6, b"\x01\x00\x02"), frame_id=second, since=3_003), ERROR),
            (changed(record(6, b"\x01\x00\x80\x80\x08\x00"), frame_id=second, since=3_003), ERROR),
            (changed(same, frame_id=second, since=3_004), stale(second, 89_999)),
            (
                changed(same, frame_id=second, since=3_003),
                seen(thing(1, SQUARE, age_ms=38, label="cat"), frame_id=second),
            ),
        ],
        # A change is no change of a frame that stands for itself, and a record of a kind that is
        # not known tells no outline: what it is of is not tracked any more.
        "changes-skipped": [
            start,
            (
                frame(same, record(6, b"\x01\x00\x02\x02"), outline(2, SQUARE)),
                seen(thing(2, SQUARE)),
            ),
            (
                changed(record(90, b"\x02\x07"), outline(3, SQUARE), frame_id=90_045, since=45),
                seen(thing(3, SQUARE), frame_id=90_045),
            ),
            # Whoever skips a packet of a later kind cannot build upon it.
            (packet(200, b"\x00\x01\x60\x00"), SKIPPED),
            (changed(record(7, b"\x03"), frame_id=90_200, since=88), stale(90_200, 90_112)),
        ],
    }


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


def moved_outlines() -> dict[str, list[Step]]:
    """Record 8: vertices that live on, go and come."""
    box: Ring = [(2, 3), (2, 9), (8, 9), (8, 3)]
    bent: Ring = [(3, 3), (4, 7), (3, 10), (9, 10), (9, 4)]
    lives = coded.Lives
    stays: list[tuple[int, int] | None] = [(0, 0)] * 4
    wide = 4000, 3000
    dice = random.Random(8)
    before: Ring = [(dice.randrange(4001), dice.randrange(3001)) for _ in range(60)]
    steps: list[tuple[int, int] | None] = []
    comes: dict[int, Ring] = {}
    after: Ring = []
    for x, y in before:
        if dice.random() < 0.2:
            steps.append(None)
            continue
        reach = dice.choice((1, 4, 30, 2000))
        to = (
            min(max(x + dice.randrange(-reach, reach + 1), 0), 4000),
            min(max(y + dice.randrange(-reach, reach + 1), 0), 3000),
        )
        steps.append((to[0] - x, to[1] - y))
        after.append(to)
        if dice.random() < 0.4:
            comes[sum(step is not None for step in steps) - 1] = extra = [
                (dice.randrange(4001), dice.randrange(3001)) for _ in range(dice.randrange(1, 5))
            ]
            after += extra
    frame_2, frame_3 = 90_090, 90_180
    return {
        "moves": [
            (frame(outline(1, box, age_ms=7)), seen(thing(1, box, age_ms=7))),
            (
                changed(
                    moves(1, (1, 1), lives(box, [(1, 0), (1, 1), (1, 1), (1, 1)], {0: [(4, 7)]})),
                    frame_id=frame_2,
                    since=90,
                ),
                seen(thing(1, bent, age_ms=8), frame_id=frame_2),
            ),
            # One goes, another ring comes, and the ring starts elsewhere.
            (
                changed(
                    moves(
                        1,
                        (-1, 0),
                        lives(bent, [(-1, 0), None, (-1, -1), (-1, 0), (-2, 0)], first=2),
                        new=(TRIANGLE,),
                        flags=b"\x05\x40",
                    ),
                    frame_id=frame_3,
                    since=90,
                ),
                seen(
                    thing(1, [(8, 10), (7, 4), (2, 3), (2, 9)], TRIANGLE, score=64, age_ms=8),
                    frame_id=frame_3,
                ),
            ),
            # A ring is gone; and of the first frame, though it is not the latest any more.
            (
                changed(
                    moves(1, (0, 0), None, lives(TRIANGLE, [(0, 0), (0, 4), (4, 4)])),
                    frame_id=90_270,
                    since=90,
                ),
                seen(thing(1, [(10, 2), (4, 16), (20, 16)], score=64, age_ms=9), frame_id=90_270),
            ),
            (
                changed(moves(1, (0, 0), lives(box, stays)), frame_id=90_360, since=360),
                seen(thing(1, box, age_ms=11), frame_id=90_360),
            ),
        ],
        "moves-wild": [
            (frame(outline(1, before), size=wide), seen(thing(1, before), size=wide)),
            (
                changed(
                    moves(1, (-7, 300), lives(before, steps, comes, first=9), size=wide),
                    frame_id=frame_2,
                    since=90,
                ),
                seen(thing(1, after[9:] + after[:9], age_ms=1), frame_id=frame_2, size=wide),
            ),
        ],
        "error-moves": [
            (frame(outline(1, box)), seen(thing(1, box))),
            (changed(record(8, b"\x01"), frame_id=frame_2, since=90), ERROR),
            (changed(moves(2, (0, 0), lives(box, stays)), frame_id=frame_2, since=90), ERROR),
            (
                changed(
                    moves(1, (0, 0), lives(box, [(0, 0), None, (0, 0), None])),
                    frame_id=frame_2,
                    since=90,
                ),
                ERROR,
            ),
            (
                changed(moves(1, (-3, 0), lives(box, [(-3, 0)] * 4)), frame_id=frame_2, since=90),
                ERROR,
            ),
            (
                changed(moves(1, (0, 0), lives(box, stays, first=4)), frame_id=frame_2, since=90),
                ERROR,
            ),
            (
                changed(
                    moves(1, (0, 0), lives(box, stays, {0: [(21, 3)]})), frame_id=frame_2, since=90
                ),
                ERROR,
            ),
            # A change is no change of a frame that stands for itself.
            (
                frame(moves(1, (0, 0), lives(box, stays)), outline(2, SQUARE), frame_id=frame_3),
                seen(thing(2, SQUARE), frame_id=frame_3),
            ),
        ],
    }


HISTORY = 64


def still(frame_id: int, since: int) -> bytes:
    """Object 1 as it is in a base."""
    return changed(record(7, b"\x01\x04"), frame_id=frame_id, since=since)


def moved(frame_id: int, since: int, right: int) -> bytes:
    return changed(record(6, b"\x01\x04" + sint(right) + sint(0)), frame_id=frame_id, since=since)


def at(right: int) -> Ring:
    return [(x + right, y) for x, y in SQUARE]


def histories() -> dict[str, list[Step]]:
    """Packets that are lost, late, twice or out of order, and what builds upon which frame."""
    cat = name(1, "cat")
    first: Step = (
        frame(outline(1, SQUARE), cat, frame_id=3_000),
        seen(thing(1, SQUARE, label="cat"), frame_id=3_000),
    )

    def of_cat(right: int, frame_id: int) -> Json:
        return seen(thing(1, at(right), label="cat"), frame_id=frame_id)

    # One frame each 3,000 ticks, each upon the first; then upon the oldest that is kept, and on
    # the one before that.
    long = [first]
    for count in range(1, HISTORY + 1):
        frame_id = 3_000 + 3_000 * count
        if count < HISTORY:
            long.append((moved(frame_id, 3_000 * count, count % 9), of_cat(count % 9, frame_id)))
    last = 3_000 * HISTORY
    return {
        # Each upon the newest that was acknowledged: what is lost between takes nothing with it.
        "history-lost": [
            first,
            ack(3_000),
            (moved(9_000, 6_000, 2), of_cat(2, 9_000)),
            (moved(12_000, 9_000, 3), of_cat(3, 12_000)),
            (moved(18_000, 9_000, 3), of_cat(5, 18_000)),
            (moved(21_000, 9_000, 3), of_cat(6, 21_000)),
        ],
        # What is drawn does not go back, but what came late is a base like any other.
        "history-late": [
            first,
            (moved(12_000, 9_000, 3), of_cat(3, 12_000)),
            (moved(9_000, 6_000, 7), late(9_000)),
            (moved(12_000, 9_000, 3), of_cat(3, 12_000)),
            (moved(6_000, 3_000, 1), late(6_000)),
            (frame(outline(2, TRIANGLE), frame_id=2_999), late(2_999)),
            (moved(15_000, 6_000, 1), of_cat(8, 15_000)),
            (
                changed(record(7, b"\x02\x04"), outline(1), frame_id=18_000, since=15_001),
                seen(thing(2, TRIANGLE), thing(1), frame_id=18_000),
            ),
        ],
        "history-twice": [
            first,
            first,
            (moved(6_000, 3_000, 1), of_cat(1, 6_000)),
            (moved(6_000, 3_000, 1), of_cat(1, 6_000)),
            (first[0], late(3_000)),
            # Another one in its place: it is that which others build upon.
            (frame(outline(1, TRIANGLE), frame_id=3_000), late(3_000)),
            (
                still(9_000, 6_000),
                seen(thing(1, TRIANGLE, label="cat"), frame_id=9_000),
            ),
            (moved(12_000, 6_000, 1), of_cat(2, 12_000)),
        ],
        "history-wrong-base": [
            (still(3_000, 1_000), stale(3_000, 2_000)),
            first,
            (still(9_000, 3_000), stale(9_000, 6_000)),
            # An error keeps nothing: neither of these is a base.
            (changed(record(7, b"\x05"), frame_id=12_000, since=9_000), ERROR),
            (still(15_000, 3_000), stale(15_000, 12_000)),
            (still(18_000, 9_000), stale(18_000, 9_000)),
            (still(2_000, 1_000), stale(2_000, 1_000)),
            (moved(21_000, 18_000, 4), of_cat(4, 21_000)),
            (still(24_000, 2**32 - 3_000), stale(24_000, 27_000)),
        ],
        # The name that an object has in the base; in a whole frame that of the one that is shown.
        "history-names": [
            first,
            (
                frame(outline(1, SQUARE), name(1, "dog"), outline(3, TRIANGLE), frame_id=6_000),
                seen(
                    thing(1, SQUARE, label="dog"),
                    thing(3, TRIANGLE),
                    frame_id=6_000,
                ),
            ),
            (moved(9_000, 6_000, 1), of_cat(1, 9_000)),
            (frame(outline(1, SQUARE), frame_id=8_000), late(8_000)),
            (
                changed(record(7, b"\x01\x04"), outline(3), frame_id=12_000, since=6_000),
                seen(thing(1, SQUARE, label="dog"), thing(3), frame_id=12_000),
            ),
            (
                changed(outline(1, TRIANGLE), name(3, "cow"), frame_id=15_000, since=12_000),
                seen(thing(1, TRIANGLE, label="cat"), frame_id=15_000),
            ),
            (
                changed(outline(1, SQUARE), frame_id=18_000, since=10_000),
                seen(thing(1, SQUARE, label="cat"), frame_id=18_000),
            ),
            (
                frame(outline(1), outline(3), frame_id=21_000),
                seen(thing(1, label="cat"), thing(3), frame_id=21_000),
            ),
        ],
        # Objects that came and went since the base, and a size that is the base's.
        "history-objects": [
            first,
            (
                frame(outline(2, TRIANGLE), frame_id=6_000, size=(30, 30)),
                seen(thing(2, TRIANGLE), frame_id=6_000, size=(30, 30)),
            ),
            (changed(record(7, b"\x02"), frame_id=9_000, since=6_000), ERROR),
            (moved(9_000, 6_000, 16), of_cat(16, 9_000)),
            (changed(outline(1, [(0, 0), (0, 9), (21, 9)]), frame_id=10_000, since=7_000), ERROR),
            (
                changed(outline(1, [(0, 0), (0, 9), (21, 9)]), frame_id=10_000, since=4_000),
                seen(thing(1, [(0, 0), (0, 9), (21, 9)]), frame_id=10_000, size=(30, 30)),
            ),
            (
                changed(frame_id=12_000, since=9_000),
                seen(frame_id=12_000),
            ),
        ],
        "history-full": [
            *long,
            # The first is the oldest of all that are kept; with one more it is forgotten.
            (moved(last + 3_000, last, 1), of_cat(1, last + 3_000)),
            (moved(last + 6_000, last + 3_000, 1), stale(last + 6_000, 3_000)),
            # One that comes again counts as decoded last.
            (moved(6_000, 2**32 - last + 3_000, 4), late(6_000)),
            (moved(last + 6_000, last, 0), of_cat(5, last + 6_000)),
            (moved(last + 9_000, last, 0), stale(last + 9_000, 9_000)),
        ],
        # Numbers that wrap, and a camera that began anew: up to ten seconds back is late.
        "history-serial": [
            (
                frame(outline(1, SQUARE), cat, frame_id=2**32 - 2_000),
                of_cat(0, 2**32 - 2_000),
            ),
            (moved(1_000, 3_000, 1), of_cat(1, 1_000)),
            (moved(2**32 - 500, 1_500, 3), late(2**32 - 500)),
            (moved(898_000, 900_000, 4), of_cat(4, 898_000)),
            (frame(outline(1, TRIANGLE), frame_id=2**32 - 2_000), late(2**32 - 2_000)),
            (
                frame(outline(9, SQUARE), frame_id=2**32 - 2_001),
                seen(thing(9, SQUARE), frame_id=2**32 - 2_001),
            ),
            (moved(902_000, 4_000, 1), of_cat(5, 902_000)),
            (moved(2**31, 2**31 - 902_000, 1), of_cat(6, 2**31)),
            (moved(902_001, 2**31 + 902_001, 1), of_cat(7, 902_001)),
        ],
        "acknowledgement": [
            ack(0),
            ack(2**32 - 1),
            (packet(5, b"\0\0\0\x07later"), {"ack": {"frame_id": 7}}),
            (packet(5, b"\0\0\0"), ERROR),
            first,
            ack(3_000),
            (still(6_000, 3_000), of_cat(0, 6_000)),
        ],
    }


# Parts of frames, and what shows before it is outlined.


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


def roll(*runs: tuple[int, int]) -> bytes:
    """Steps and how many more."""
    return record(12, b"".join(sint(step) + uint(more) for step, more in runs))


def box(track_id: int, *sides: int) -> bytes:
    return record(9, uint(track_id) + b"\x80\x05" + b"".join(map(uint, sides)))


def boxed(track_id: int, left: int, top: int, right: int, bottom: int, age_ms: int = 5) -> Json:
    ring = [(left, top), (left, bottom), (right, bottom), (right, top)]
    return thing(track_id, ring, score=128, age_ms=age_ms) | {"stage": "box"}


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


def rough(track_id: int, *rings: Ring) -> Json:
    return thing(track_id, *rings) | {"stage": "coarse"}


def of(frame_id: int, item: Json) -> Json:
    return item | {"frame_id": frame_id}


CORNERS: Ring = [(2, 2), (2, 14), (18, 14), (18, 2)]
LEFT_SIDE: Ring = [(2, 2), (1, 5), (3, 9), (2, 14)]
BOTTOM: Ring = [(2, 14), (9, 16), (18, 14)]
TOP: Ring = [(18, 2), (9, 0), (9, 0), (2, 2)]


def stages() -> dict[str, list[Step]]:
    """Boxes, coarse outlines and their sections."""
    left = section(1, 0, 0, 0, b"\0\1" + coded.edges([LEFT_SIDE]))
    # Two edges in one section, the second of which stays as it is; then the last one.
    two = section(1, 1, 0, 0, b"\1\2" + coded.edges([BOTTOM, [(18, 14), (18, 2)]]))
    last = section(1, 2, 0, 0, b"\3\1" + coded.edges([TOP]))
    fine = [*LEFT_SIDE, (9, 16), (18, 14), (18, 2), (9, 0), (9, 0)]
    # In units of 2 of a frame of 19 by 16: column 10 is the far edge, 19.
    far: Ring = [(1, 1), (1, 8), (10, 8)]
    far_px: Ring = [(2, 2), (2, 16), (19, 16)]
    # A square with a bite: from its upper left corner all the way down, then back to it.
    steps: Ring = [(4, 4), (4, 8), (7, 8), (7, 7), (8, 7), (8, 4)]
    down = section(1, 0, 1, 0, b"\0\1" + uint(7) + coded.stretch(1, "SSSLSS"))
    back = section(1, 1, 1, 0, b"\1\2" + uint(9) + coded.stretch(3, "RLSSLSSS"))
    other = [(10, 10), (10, 12), (12, 12), (12, 10)]
    hole = section(1, 0, 3, 1, coded.walk([HOLE_WALK[0]], [HOLE_WALK[1]], 20))
    first = section(1, 1, 2, 0, coded.polygon([other, SQUARE], (20, 16)))
    corner = coarse(1, 3, CORNERS)
    return {
        "box": [
            (
                frame(box(2, 1, 2, 20, 16), name(2, "dog"), outline(1, SQUARE), frame_id=3_000),
                seen(boxed(2, 1, 2, 20, 16) | {"label": "dog"}, thing(1, SQUARE), frame_id=3_000),
            ),
            # It stays, it moves and is cut off at the edge, it is an outline.
            (
                changed(record(7, b"\x02\x04"), frame_id=6_000, since=3_000),
                seen(boxed(2, 1, 2, 20, 16) | {"label": "dog"}, frame_id=6_000),
            ),
            (
                changed(record(6, b"\x02\x04" + sint(5) + sint(-3)), frame_id=9_000, since=3_000),
                seen(boxed(2, 6, 0, 20, 13) | {"label": "dog"}, frame_id=9_000),
            ),
            (
                changed(outline(2, SQUARE), frame_id=12_000, since=3_000),
                seen(thing(2, SQUARE, label="dog"), frame_id=12_000),
            ),
            (frame(box(2, 3, 3, 3, 5)), ERROR),
            (frame(box(2, 3, 5, 4, 5)), ERROR),
            (frame(box(2, 3, 3, 21, 5)), ERROR),
            (frame(box(2, 3, 3, 5, 17)), ERROR),
            (frame(box(2, 3, 3, 5, 7), outline(2, SQUARE)), ERROR),
        ],
        "coarse": [
            (frame(coarse(1, 3, CORNERS)), seen(rough(1, CORNERS))),
            (frame(coarse(1, 0, CORNERS, FRAME_HOLE)), seen(rough(1, CORNERS, FRAME_HOLE))),
            (
                frame(coarse(1, 1, far, unit=2, size=(10, 8)), size=(19, 16)),
                seen(rough(1, far_px), size=(19, 16)),
            ),
            # A change leaves the stage.
            (
                changed(record(7, b"\x01\x04"), frame_id=93_000, since=3_000),
                seen(rough(1, far_px), frame_id=93_000, size=(19, 16)),
            ),
            (frame(coarse(1, 1)), ERROR),
            (frame(coarse(1, 1, CORNERS, unit=0)), ERROR),
        ],
        "section-vertices": [
            (frame(corner, left), seen(rough(1, [*LEFT_SIDE, (18, 14), (18, 2)]))),
            (frame(corner, last), seen(rough(1, [*CORNERS, (9, 0), (9, 0)]))),
            (frame(corner, last, left, two), seen(thing(1, fine))),
            # The way to a corner that stays is a step before the next one.
            (
                frame(
                    coarse(1, 1, CORNERS),
                    section(1, 0, 0, 0, b"\0\2" + coded.edges([LEFT_SIDE, BOTTOM])),
                ),
                seen(thing(1, [*LEFT_SIDE, (9, 16), (18, 14), (18, 2)])),
            ),
            (
                frame(
                    coarse(1, 1, far, unit=2, size=(10, 8)),
                    section(1, 0, 0, 0, b"\1\1" + coded.edges([[(1, 8), (10, 7), (10, 8)]])),
                    size=(19, 16),
                ),
                seen(thing(1, [(2, 2), (2, 16), (19, 14), (19, 16)]), size=(19, 16)),
            ),
        ],
        "section-walk": [
            (
                frame(coarse(1, 2, [(4, 4), (7, 8), (8, 4)]), down),
                seen(rough(1, [(4, 4), (4, 8), (7, 8), (8, 4)])),
            ),
            (
                frame(coarse(1, 2, [(4, 4), (7, 8), (8, 4)]), down, back),
                seen(thing(1, [*steps[:-1], (8, 4)])),
            ),
        ],
        "section-rings": [
            (frame(coarse(1, 2, CORNERS), hole), seen(rough(1, CORNERS, FRAME_HOLE))),
            (
                frame(coarse(1, 2, CORNERS), hole, first),
                seen(thing(1, other, SQUARE, CORNERS, FRAME_HOLE)),
            ),
            # A form that is not known: one more section that did not come.
            (
                frame(corner, left, section(1, 1, 4, 9, b"anything")),
                seen(rough(1, [*LEFT_SIDE, (18, 14), (18, 2)])),
            ),
        ],
        "error-section": [
            (frame(left), ERROR),
            (frame(left, corner), ERROR),
            (frame(corner, left, left), ERROR),
            (frame(coarse(1, 1, CORNERS), two), ERROR),
            (frame(corner, section(1, 0, 0, 1, b"\0\1")), ERROR),
            (frame(corner, section(1, 0, 0, 0, b"\0\0")), ERROR),
            (frame(corner, section(1, 0, 0, 0, b"\0\5")), ERROR),
            (frame(corner, section(1, 0, 0, 0, b"\4\1")), ERROR),
            (frame(corner, left, section(1, 1, 0, 0, b"\0\2")), ERROR),
            (frame(corner, section(1, 0, 2, 2, b"")), ERROR),
            (frame(corner, section(1, 0, 1, 0, b"\0\1\0")), ERROR),
            (frame(corner, section(1, 0, 1, 0, b"\0\1" + uint(11))), ERROR),
            (frame(corner, section(1, 0, 1, 0, b"\0\1" + uint(4097))), ERROR),
        ],
    }


def in_parts() -> dict[str, list[Step]]:
    """Frames in parts: in order, out of it, late, twice, lost, and such as contradict."""
    cat = name(1, "cat")
    one = part(0, 2, roll((0, 1)), outline(1, SQUARE), cat)
    two = part(1, 2, outline(2, TRIANGLE))
    both = thing(1, SQUARE, label="cat"), thing(2, TRIANGLE)
    left = section(1, 0, 0, 0, b"\0\1" + coded.edges([LEFT_SIDE]))
    last = section(1, 1, 0, 0, b"\3\1" + coded.edges([TOP]))
    corner = coarse(1, 2, CORNERS)
    other = coarse(1, 2, [(2, 2), (2, 13), (18, 14), (18, 2)])
    before: Step = (
        frame(outline(1, SQUARE), outline(2, TRIANGLE), outline(9, SQUARE), cat, frame_id=87_000),
        seen(
            thing(1, SQUARE, label="cat"),
            thing(2, TRIANGLE),
            thing(9, SQUARE),
            frame_id=87_000,
        ),
    )
    upon_one = part(0, 2, roll((0, 1)), record(6, b"\1\4" + sint(2) + sint(0)), since=3_000)
    upon_two = part(1, 2, outline(2, SQUARE), since=3_000)
    moved_cat = thing(1, at(2), label="cat")
    return {
        "parts": [
            (one, seen(both[0], whole=False)),
            (two, seen(*both)),
            # Twice, and when it is whole already.
            (two, late(90_000)),
            (one, late(90_000)),
            (
                changed(record(7, b"\2\4"), record(7, b"\1\4"), frame_id=93_000, since=3_000),
                seen(both[1], both[0], frame_id=93_000),
            ),
        ],
        "parts-reversed": [
            (two, seen(both[1], whole=False)),
            (two, late(90_000)),
            (one, seen(*both)),
        ],
        "parts-upon-a-base": [
            before,
            (
                upon_one,
                seen(moved_cat, of(87_000, thing(2, TRIANGLE)), whole=False),
            ),
            # It is nothing to build upon before it is whole.
            (still(93_000, 3_000), stale(93_000, 90_000)),
            (upon_two, seen(moved_cat, thing(2, SQUARE))),
            (still(93_000, 3_000), seen(moved_cat, frame_id=93_000)),
        ],
        "parts-lost": [
            before,
            (
                upon_two,
                seen(
                    of(87_000, thing(1, SQUARE, label="cat")),
                    thing(2, SQUARE),
                    of(87_000, thing(9, SQUARE)),
                    whole=False,
                ),
            ),
            (
                part(1, 2, box(3, 1, 1, 5, 5), frame_id=93_000, since=6_000),
                seen(
                    of(87_000, thing(1, SQUARE, label="cat")),
                    of(90_000, thing(2, SQUARE)),
                    of(87_000, thing(9, SQUARE)),
                    boxed(3, 1, 1, 5, 5),
                    frame_id=93_000,
                    whole=False,
                ),
            ),
            # What comes late is not drawn, but makes its frame whole.
            (upon_one, late(90_000)),
            (
                changed(record(7, b"\1\4"), frame_id=96_000, since=6_000),
                seen(moved_cat, frame_id=96_000),
            ),
            (part(0, 2, outline(1, SQUARE), frame_id=99_000, since=1), stale(99_000, 98_999)),
        ],
        "parts-of-another-size": [
            before,
            (
                part(1, 2, outline(2, TRIANGLE), size=(21, 16)),
                seen(thing(2, TRIANGLE), size=(21, 16), whole=False),
            ),
        ],
        "parts-refine": [
            (
                part(0, 3, corner, cat),
                seen(rough(1, CORNERS) | {"label": "cat"}, whole=False),
            ),
            (
                part(2, 3, corner, last),
                seen(rough(1, [*CORNERS, (9, 0), (9, 0)]) | {"label": "cat"}, whole=False),
            ),
            (part(1, 3, other, left), ERROR),
            (part(1, 3, corner, last), ERROR),
            (
                part(1, 3, corner, left),
                seen(thing(1, [*LEFT_SIDE, (18, 14), (18, 2), (9, 0), (9, 0)], label="cat")),
            ),
        ],
        "parts-named-later": [
            (part(1, 3, corner, last), seen(rough(1, [*CORNERS, (9, 0), (9, 0)]), whole=False)),
            (part(2, 3, cat), seen(rough(1, [*CORNERS, (9, 0), (9, 0)]), whole=False)),
            (
                part(0, 3, corner, cat, left),
                seen(thing(1, [*LEFT_SIDE, (18, 14), (18, 2), (9, 0), (9, 0)], label="cat")),
            ),
        ],
        "parts-in-one-packet": [
            before,
            (
                two,
                seen(
                    of(87_000, thing(1, SQUARE, label="cat")),
                    both[1],
                    of(87_000, thing(9, SQUARE)),
                    whole=False,
                ),
            ),
            (frame(outline(5, SQUARE)), seen(thing(5, SQUARE))),
            (one, late(90_000)),
        ],
        "parts-forgotten": [
            *[
                (
                    part(0, 2, outline(1, SQUARE), roll((0, 0)), frame_id=90_000 + count),
                    seen(thing(1, SQUARE), frame_id=90_000 + count, whole=False),
                )
                for count in range(5)
            ],
            # Of five that are not whole the first is forgotten: this one begins it again.
            (part(1, 2, outline(2, SQUARE), frame_id=90_000), late(90_000)),
            (still(93_000, 3_000), stale(93_000, 90_000)),
            (part(1, 2, outline(2, SQUARE), frame_id=90_003), late(90_003)),
            (still(93_003, 3_000), seen(thing(1, SQUARE), frame_id=93_003)),
        ],
        "roll": [
            (
                part(0, 2, roll((4, 2), (-8, 0)), outline(6, SQUARE)),
                seen(thing(6, SQUARE), whole=False),
            ),
            # Track ids 5, 6, 7 and 0: what it does not list follows behind.
            (
                part(1, 2, *[outline(n, SQUARE) for n in (9, 0, 7, 5)]),
                seen(*[thing(n, SQUARE) for n in (5, 6, 7, 0, 9)]),
            ),
            # What is not listed is not shown before the frame is whole.
            (
                part(1, 2, outline(8, SQUARE), outline(5, SQUARE), frame_id=93_000),
                seen(
                    thing(5, SQUARE),
                    *[of(90_000, thing(n, SQUARE)) for n in (6, 7, 0, 9)],
                    thing(8, SQUARE),
                    frame_id=93_000,
                    whole=False,
                ),
            ),
            (part(0, 3, roll((0, 0)), frame_id=93_000), ERROR),
            (part(0, 2, roll((0, 0), (0, 0)), roll((3, 3)), frame_id=93_000), ERROR),
            (
                part(0, 3, roll((4, 0)), frame_id=96_000),
                seen(of(93_000, thing(5, SQUARE)), frame_id=96_000, whole=False),
            ),
            (part(1, 3, roll((4, 0)), frame_id=96_000), ERROR),
            (frame(record(12, b"\1"), frame_id=99_000), seen(frame_id=99_000)),
        ],
        "roll-wide": [
            (
                part(0, 2, roll((-2, 0), (-(2**63), 0)), outline(2**64 - 1, SQUARE)),
                seen(thing(2**64 - 1, SQUARE), whole=False),
            ),
        ],
        "error-part": [
            before,
            (part(2, 2), ERROR),
            (part(0, 0), ERROR),
            (part(0, 1025), ERROR),
            (part(0, 2, size=(65_536, 1)), ERROR),
            (one, seen(both[0], of(87_000, thing(2, TRIANGLE)), whole=False)),
            (part(1, 3, outline(2, TRIANGLE)), ERROR),
            (part(1, 2, outline(2, TRIANGLE), size=(20, 17)), ERROR),
            (part(1, 2, outline(2, TRIANGLE), since=3_000), ERROR),
            (part(1, 2, outline(1, SQUARE)), ERROR),
            (part(1, 2, corner), ERROR),
            (part(1, 2, roll((1, 0))), ERROR),
            (two, seen(*both)),
            (part(0, 2, roll((0, 1), (-1, 0)), frame_id=93_000), ERROR),
            (part(0, 2, roll((0, 65_535)), frame_id=93_000), ERROR),
            (part(0, 2, roll((-1, 0), (-1, 0)), frame_id=93_000), ERROR),
            (part(0, 2, record(12, b"\0"), frame_id=93_000), ERROR),
            (packet(4, struct.pack(">I", 93_000) + uint(2**32) + b"\0\1"), ERROR),
        ],
    }


def texts() -> dict[str, str]:
    """Give the text of every file by its name."""
    streams = plain() | growth() | coded_outlines() | names() | errors() | changes()
    streams |= moved_outlines() | histories() | stages() | in_parts()
    return {
        f"{title}.json": (
            f'{{\n"name": "{title}",\n'
            f'"packets": {_lines([data.hex() for data, _ in steps])},\n'
            f'"expect": {_lines([expected for _, expected in steps])}\n}}\n'
        )
        for title, steps in streams.items()
    }


def _lines(items: list[Any]) -> str:
    return "[\n" + ",\n".join(json.dumps(item) for item in items) + "\n]"


if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    wanted = texts()
    for path in FOLDER.glob("*.json"):
        if path.name not in wanted:
            path.unlink()
    for file_name, text in wanted.items():
        (FOLDER / file_name).write_text(text, encoding="utf-8")
