"""Streams are made up here: a square of 20 pixels that goes 5 pixels to the right a frame."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from rtseg.bench.figures import Window
from rtseg.bench.onscreen.records import LIVE, Message, Presentation, Screen, polygons
from rtseg.bench.onscreen.scoring import (
    AS_CAME,
    DRAWN,
    HELD,
    Identity,
    Numbers,
    Stage,
    identity,
    masks_at,
    pictures,
    score_messages,
    score_pictures,
)
from rtseg.bench.onscreen.serving import Said
from rtseg.geometry import Polygons
from rtseg.types import BoolMask

FPS = 24
TICKS = 90_000 // FPS
EVER = Window(0, 1e6)
NUMBERS = Numbers({1000 + TICKS * n: n for n in range(10)}, FPS)


def frame_id(number: int) -> int:
    return 1000 + TICKS * number


def square(number: float) -> Polygons:
    x = 10 + 5 * number
    return polygons([[x, 10, x, 30, x + 20, 30, x + 20, 10]])


def truth(number: int) -> BoolMask:
    mask = np.zeros((40, 100), np.bool_)
    mask[10:30, 10 + 5 * number : 30 + 5 * number] = True
    return mask


def j_behind(frames: float) -> float:
    return (20 - 5 * frames) / (20 + 5 * frames)


def presentation(
    at_ms: float,
    number: int | None,
    drawn: float | None,
    *,
    picture: int | None = None,
    of: int | None = None,
    gap_ms: float | None = None,
) -> Presentation:
    """A picture with the square where it is in frame `drawn`."""
    return Presentation(
        at_ms=at_ms,
        showing=LIVE,
        why=None,
        number=number,
        picture_id=None if picture is None else frame_id(picture),
        frame_id=None if of is None else frame_id(of),
        gap_ms=gap_ms,
        held_ms=0.0,
        drawn=Polygons() if drawn is None else square(drawn),
        work_ms=0.0,
    )


def stage(answers: Sequence[Said] = (), first: int = 0, on_the_way_ms: float = 0.0) -> Stage:
    return Stage(truth, lambda number: number >= first, NUMBERS, answers, on_the_way_ms)


def j_of(
    presentations: Sequence[Presentation],
    on: Stage,
    messages: Sequence[Message] = (),
    who: str = DRAWN,
) -> list[float]:
    shown = list(pictures(presentations, NUMBERS, EVER))
    return [each.j for each in score_pictures(shown, on, masks_at(on, messages))[who]]


def test_what_stood_on_the_screen_is_scored_against_its_own_picture() -> None:
    seen = [presentation(40.0 * n, n, n - n % 3) for n in range(7)]

    # The last one is left out: nobody knows how long it stood.
    expected = [j_behind(n % 3) for n in range(6)]
    assert j_of(seen, stage()) == pytest.approx(expected)


def test_nothing_drawn_over_something_is_0() -> None:
    seen = [presentation(0, 1, 1), presentation(40, 2, None), presentation(80, 3, 3)]

    assert j_of(seen, stage()) == [1, 0]


def test_a_picture_counts_once_and_what_stood_longer_counts_more() -> None:
    seen = [
        presentation(0, 2, 1),  # 30 ms
        presentation(30, 2, 2),  # 10 ms
        presentation(40, 3, 3),
        presentation(400, 4, 4),
    ]

    assert j_of(seen, stage()) == pytest.approx([0.75 * j_behind(1) + 0.25, 1])


def test_an_unreadable_stamp_is_named_by_what_the_page_says_or_left_out() -> None:
    seen = [
        presentation(0, None, 5, picture=5),
        presentation(40, None, 9),
        presentation(80, 7, 7),
        presentation(120, 8, 8),
    ]

    shown = list(pictures(seen, NUMBERS, EVER))
    assert [picture.number for picture in shown] == [5, 7]
    assert j_of(seen, stage()) == [1, 1]


def test_the_beginning_of_the_loop_and_what_is_beside_the_window_do_not_count() -> None:
    seen = [presentation(40.0 * n, n, n) for n in range(8)]
    shown = list(pictures(seen, NUMBERS, Window(80, 240)))

    assert [picture.number for picture in shown] == [2, 3, 4, 5]
    on = stage(first=4)
    assert len(score_pictures(shown, on, masks_at(on, ()))[DRAWN]) == 2


def test_a_mask_drawn_when_it_came_is_where_its_own_frame_had_it() -> None:
    # Moved on by two frames when it is drawn; as it came it is two frames behind.
    messages = [Message(frame_id(3), 90.0, square(3), 42.0)]
    seen = [presentation(0, 5, 5, of=3), presentation(40, 6, 6, of=3)]

    assert j_of(seen, stage(), messages) == [1]
    assert j_of(seen, stage(), messages, AS_CAME) == pytest.approx([j_behind(2)])


def test_a_models_mask_stands_from_when_it_came_until_the_next() -> None:
    answers = [Said(0, 3, 100.0), Said(2, 3, 200.0)]
    seen = [presentation(at, n, n) for at, n in ((90, 1), (106, 2), (204, 3), (206, 4), (250, 5))]

    held = j_of(seen, stage(answers, on_the_way_ms=5.0), (), HELD)
    # Nothing at first; of frame 0, on the way as long as outlines are; of frame 2.
    assert held == pytest.approx([0, j_behind(2), j_behind(3), j_behind(2)])


def test_what_the_server_sent_is_scored_against_its_own_frame() -> None:
    messages = (
        Message(frame_id(4), 10.0, square(4), 0.0),
        Message(frame_id(5) + 90, 20.0, square(4), 0.0),
        Message(900_000, 30.0, square(4), 0.0),  # no frame that the witness saw
    )

    scores = score_messages(Screen((), messages), stage(), EVER)
    assert [score.j for score in scores] == pytest.approx([1, j_behind(1)])


def test_a_frame_is_known_by_its_id_or_by_one_that_is_nearer_than_half_a_frame() -> None:
    assert NUMBERS.of(frame_id(3)) == 3
    assert NUMBERS.of(frame_id(3) - TICKS // 3) == 3
    assert NUMBERS.of(frame_id(9) + TICKS) is None
    assert NUMBERS.of(None) is None
    assert Numbers({}, FPS).of(5) is None


def test_what_the_page_believes_is_compared_with_the_stamps() -> None:
    seen = [
        presentation(0, 3, 3, picture=3, of=3, gap_ms=0.0),  # right in both
        presentation(40, 4, 3, picture=4, of=3, gap_ms=41.7),  # older outlines, and it says so
        presentation(80, 5, 4, picture=4, of=4, gap_ms=0.0),  # wrong in both
        presentation(120, 6, None, picture=6),  # nothing drawn
        presentation(160, None, 7, picture=7, of=7, gap_ms=0.0),  # unreadable
        presentation(200, 7, 7, of=7, gap_ms=None),  # the page cannot say
    ]

    assert identity(seen, NUMBERS, EVER) == Identity(
        checked=4, right=3, exact=2, exact_right=1, outlined=4
    )
