"""Packets that are lost, late, twice or out of order, and what builds upon which frame."""

from __future__ import annotations

from tests.vectors.packets import (
    ERROR,
    SQUARE,
    TRIANGLE,
    Json,
    Step,
    ack,
    at,
    changed,
    frame,
    late,
    moved,
    name,
    outline,
    packet,
    record,
    seen,
    stale,
    still,
    thing,
)

HISTORY = 64


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
