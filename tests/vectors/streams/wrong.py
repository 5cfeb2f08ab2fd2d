"""Bytes that are no packet, each stream with one behind them that is."""

from __future__ import annotations

import struct

from tests.vectors.packets import (
    ERROR,
    SQUARE,
    TRIANGLE,
    Step,
    frame,
    name,
    outline,
    outline_payload,
    packet,
    record,
    seen,
    thing,
    uint,
)


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
