"""Objects that show before they are outlined, and frames in parts."""

from __future__ import annotations

import struct

from tests.vectors import coded
from tests.vectors.packets import (
    CORNERS,
    ERROR,
    FRAME_HOLE,
    HOLE_WALK,
    SQUARE,
    TRIANGLE,
    Ring,
    Step,
    at,
    box,
    boxed,
    changed,
    coarse,
    frame,
    late,
    name,
    of,
    outline,
    packet,
    part,
    record,
    roll,
    rough,
    section,
    seen,
    sint,
    stale,
    still,
    thing,
    uint,
)

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
