"""Frames that stand for themselves: outlines of every form, names, and what a decoder skips."""

from __future__ import annotations

import random
import struct

from tests.vectors import coded
from tests.vectors.packets import (
    ERROR,
    FRAME_HOLE,
    FRAME_OUTER,
    HOLE_WALK,
    SKIPPED,
    SQUARE,
    TRIANGLE,
    Ring,
    Step,
    coded_outline,
    frame,
    name,
    outline,
    outline_payload,
    packet,
    polygon,
    record,
    seen,
    thing,
    uint,
    walk,
)


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
