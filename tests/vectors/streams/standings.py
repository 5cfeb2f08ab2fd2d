"""How far outlines can be trusted: record 13."""

from __future__ import annotations

from tests.vectors.packets import (
    CORNERS,
    ERROR,
    SQUARE,
    TRIANGLE,
    Step,
    at,
    box,
    boxed,
    changed,
    coarse,
    frame,
    late,
    moved,
    of,
    outline,
    part,
    record,
    rough,
    seen,
    standing,
    stands,
    still,
    thing,
)


def standings() -> dict[str, list[Step]]:
    """Give streams of objects that are found, followed, uncertain, lost and found again."""
    square, triangle = thing(1, SQUARE), thing(2, TRIANGLE)
    return {
        "standing": [
            (
                frame(
                    outline(1, SQUARE), standing(1, 1, 230), outline(2, TRIANGLE), frame_id=3_000
                ),
                seen(stands(square, "found", 230), triangle, frame_id=3_000),
            ),
            # It stays as it is in the base, whatever becomes of the outline.
            (still(6_000, 3_000), seen(stands(square, "found", 230), frame_id=6_000)),
            (moved(9_000, 3_000, 2), seen(stands(thing(1, at(2)), "found", 230), frame_id=9_000)),
            (
                changed(outline(1, TRIANGLE), frame_id=12_000, since=3_000),
                seen(stands(thing(1, TRIANGLE), "found", 230), frame_id=12_000),
            ),
            # All that there are; before or behind the outline, the last of two.
            (
                changed(
                    standing(1, 2, 204),
                    record(7, b"\x01\x04"),
                    record(7, b"\x02\x04"),
                    standing(2, 1, 9),
                    standing(2, 3, 100),
                    frame_id=15_000,
                    since=12_000,
                ),
                seen(
                    stands(square, "followed", 204),
                    stands(triangle, "uncertain", 100),
                    frame_id=15_000,
                ),
            ),
            (
                changed(standing(1, 4, 0), outline(1), frame_id=18_000, since=3_000),
                seen(stands(thing(1), "lost", 0), frame_id=18_000),
            ),
            (
                changed(standing(1, 5, 255), outline(1, SQUARE), frame_id=21_000, since=3_000),
                seen(stands(square, "found again", 255), frame_id=21_000),
            ),
            # A frame that stands for itself tells all: nothing is kept of what is on show.
            (
                frame(
                    outline(1, SQUARE), outline(2, TRIANGLE), standing(2, 2, 80), frame_id=27_000
                ),
                seen(square, stands(triangle, "followed", 80), frame_id=27_000),
            ),
        ],
        "standing-none": [
            (
                frame(outline(1, SQUARE), standing(1, 2, 204), frame_id=3_000),
                seen(stands(square, "followed", 204), frame_id=3_000),
            ),
            # None any more; a state of a later version; one without its outline.
            (
                changed(record(7, b"\x01\x04"), standing(1, 0, 0), frame_id=6_000, since=3_000),
                seen(square, frame_id=6_000),
            ),
            (
                changed(record(7, b"\x01\x04"), standing(1, 6, 99), frame_id=9_000, since=3_000),
                seen(square, frame_id=9_000),
            ),
            (still(12_000, 3_000), seen(square, frame_id=12_000)),
            (
                changed(outline(2, TRIANGLE), standing(1, 3, 99), frame_id=15_000, since=12_000),
                seen(triangle, frame_id=15_000),
            ),
            (
                changed(outline(1, SQUARE), frame_id=18_000, since=3_000),
                seen(square, frame_id=18_000),
            ),
            # Bytes left over are of a later version; a cut record is an error.
            (
                frame(outline(1, SQUARE), record(13, b"\x01\x03\x10more"), frame_id=21_000),
                seen(stands(square, "uncertain", 16), frame_id=21_000),
            ),
            (frame(outline(1, SQUARE), record(13, b"\x01\x03"), frame_id=24_000), ERROR),
            (frame(outline(1, SQUARE), record(13, b"\x01"), frame_id=24_000), ERROR),
            (frame(outline(1, SQUARE), record(13, b""), frame_id=24_000), ERROR),
            (
                changed(record(7, b"\x01\x04"), frame_id=24_000, since=3_000),
                seen(stands(square, "uncertain", 16), frame_id=24_000),
            ),
            # What has only a box may have one too.
            (
                frame(box(2, 1, 2, 20, 16), standing(2, 3, 50), frame_id=27_000),
                seen(stands(boxed(2, 1, 2, 20, 16), "uncertain", 50), frame_id=27_000),
            ),
        ],
        # In parts: each tells those of its own objects, and what no part tells is the base's.
        "standing-parts": [
            (
                frame(
                    outline(1, SQUARE),
                    standing(1, 2, 204),
                    outline(2, TRIANGLE),
                    standing(2, 2, 190),
                    frame_id=3_000,
                ),
                seen(
                    stands(square, "followed", 204),
                    stands(triangle, "followed", 190),
                    frame_id=3_000,
                ),
            ),
            (
                part(0, 2, record(7, b"\x01\x04"), standing(1, 3, 90), frame_id=6_000, since=3_000),
                seen(
                    stands(square, "uncertain", 90),
                    of(3_000, stands(triangle, "followed", 190)),
                    frame_id=6_000,
                    whole=False,
                ),
            ),
            (
                part(1, 2, record(7, b"\x02\x04"), standing(1, 5, 1), frame_id=6_000, since=3_000),
                seen(
                    stands(square, "uncertain", 90),
                    stands(triangle, "followed", 190),
                    frame_id=6_000,
                ),
            ),
            # Parts that repeat a coarse outline: the standing of either.
            (
                part(0, 2, coarse(1, 3, CORNERS), standing(1, 1, 128), frame_id=9_000),
                seen(
                    stands(rough(1, CORNERS), "found", 128),
                    of(6_000, stands(triangle, "followed", 190)),
                    frame_id=9_000,
                    whole=False,
                ),
            ),
            (
                part(1, 2, coarse(1, 3, CORNERS), outline(2, TRIANGLE), frame_id=9_000),
                seen(
                    stands(rough(1, CORNERS), "found", 128),
                    triangle,
                    frame_id=9_000,
                ),
            ),
            (part(0, 1, outline(1, SQUARE), frame_id=8_000), late(8_000)),
            (
                still(12_000, 3_000),
                seen(stands(rough(1, CORNERS), "found", 128), frame_id=12_000),
            ),
        ],
    }
