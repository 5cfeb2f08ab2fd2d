"""Frames told as changes of the one before: objects that stay, shift, or whose vertices move."""

from __future__ import annotations

import random

from tests.vectors import coded
from tests.vectors.packets import (
    ERROR,
    SKIPPED,
    SQUARE,
    TRIANGLE,
    Ring,
    Step,
    changed,
    frame,
    moves,
    name,
    outline,
    packet,
    record,
    seen,
    stale,
    thing,
)


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
