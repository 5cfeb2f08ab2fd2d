from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rtseg.models.protocol import Instance
from rtseg.models.selection import select
from rtseg.types import Box, Point, Prompt

SHAPE = (60, 100)


def thing(x0: int, y0: int, x1: int, y1: int, *more: int, score: float = 0.9) -> Instance:
    """A rectangle, or several."""
    mask = np.zeros(SHAPE, np.bool_)
    corners = (x0, y0, x1, y1, *more)
    for n in range(0, len(corners), 4):
        left, top, right, bottom = corners[n : n + 4]
        mask[top:bottom, left:right] = True
    return Instance(0, "cat", score, mask)


def at(x: float, y: float, *, on: bool = True) -> Point:
    """A point, source pixels."""
    return Point(x / SHAPE[1], y / SHAPE[0], on)


def around(x0: float, y0: float, x1: float, y1: float) -> Box:
    return Box(x0 / SHAPE[1], y0 / SHAPE[0], x1 / SHAPE[1], y1 / SHAPE[0])


LEFT, RIGHT = thing(10, 10, 30, 50), thing(60, 10, 90, 50)
BOTH = (LEFT, RIGHT)


def test_words_alone_mean_all() -> None:
    assert select(BOTH, Prompt("cats"), SHAPE) == BOTH
    assert select((), Prompt("cats"), SHAPE) == ()
    assert select(iter(BOTH), Prompt("cats"), SHAPE, merges=True) == BOTH


@pytest.mark.parametrize(
    ("points", "meant"),
    [
        ((at(12, 12),), (LEFT,)),
        ((at(89, 49),), (RIGHT,)),
        ((at(33, 30),), (LEFT,)),  # beside it, within reach
        ((at(45, 30),), ()),  # in the middle between them, out of reach
        ((at(20, 20), at(61, 11), at(80, 40)), (RIGHT,)),  # most of the points
        ((at(20, 20), at(80, 40), at(81, 40, on=False)), (LEFT,)),
        ((at(20, 20), at(21, 20, on=False)), ()),
        ((at(20, 20, on=False),), (RIGHT,)),
        ((at(20, 20, on=False), at(80, 40, on=False)), ()),
        ((Point(1, 1), at(70, 20)), (RIGHT,)),  # the picture's last corner is inside it
    ],
)
def test_points_mean_one(points: tuple[Point, ...], meant: tuple[Instance, ...]) -> None:
    assert select(BOTH, Prompt("cat", points=points), SHAPE) == meant
    assert select(BOTH[::-1], Prompt("cat", points=points), SHAPE) == meant


def test_what_is_in_front_is_meant() -> None:
    behind, front = thing(0, 0, 80, 60, score=0.95), thing(20, 20, 40, 40, score=0.5)
    assert select((behind, front), Prompt("cat", points=(at(30, 30),)), SHAPE) == (front,)
    assert select((behind, front), Prompt("cat", points=(at(10, 10),)), SHAPE) == (behind,)


def test_reach_grows_with_the_picture_not_with_the_thing() -> None:
    small = thing(50, 30, 52, 32)
    reach_px = 0.05 * np.hypot(*SHAPE)
    near, far = at(51, 31 + reach_px - 1), at(51, 33 + reach_px + 1)
    assert select((small,), Prompt("cat", points=(near,)), SHAPE) == (small,)
    assert select((small,), Prompt("cat", points=(far,)), SHAPE) == ()


@pytest.mark.parametrize(
    ("box", "meant"),
    [
        (around(10, 10, 30, 50), (LEFT,)),
        (around(5, 5, 40, 60), (LEFT,)),  # drawn loosely
        (around(55, 10, 95, 30), (RIGHT,)),  # its upper half
        (around(0, 0, 100, 60), ()),  # the whole picture: neither in particular
        (around(40, 0, 50, 60), ()),
        (around(11, 11, 15, 15), ()),
    ],
)
def test_a_box_means_the_thing_it_is_around(box: Box, meant: tuple[Instance, ...]) -> None:
    assert select(BOTH, Prompt("cat", box=box), SHAPE) == meant


def test_a_box_round_more_than_the_thing_means_it_if_it_is_the_only_one() -> None:
    face = thing(40, 5, 50, 15)
    box = around(25, 0, 65, 60)  # the whole person
    assert select((face,), Prompt("face", box=box), SHAPE) == (face,)
    assert select((face, LEFT), Prompt("face", box=box), SHAPE) == (face,)
    assert select((face, thing(30, 40, 36, 46)), Prompt("face", box=box), SHAPE) == ()
    assert select((thing(60, 5, 80, 15),), Prompt("face", box=box), SHAPE) == ()  # reaches out


def test_a_box_is_compared_with_boxes_not_with_masks() -> None:
    ring = thing(10, 10, 50, 12, 10, 48, 50, 50, 10, 10, 12, 50)
    assert select((ring,), Prompt("cat", box=around(10, 10, 50, 50)), SHAPE) == (ring,)


def test_points_come_before_the_box() -> None:
    prompt = Prompt("cat", points=(at(70, 30),), box=around(10, 10, 30, 50))
    assert select(BOTH, prompt, SHAPE) == (RIGHT,)
    behind, front = thing(0, 0, 80, 60), thing(20, 20, 40, 40)
    prompt = Prompt("cat", points=(at(30, 30),), box=around(0, 0, 79, 58))
    assert select((behind, front), prompt, SHAPE) == (behind,)
    prompt = Prompt("cat", points=(at(20, 20, on=False),), box=around(10, 10, 30, 50))
    assert select(BOTH, prompt, SHAPE) == ()


CROWD = thing(10, 10, 30, 50, 60, 10, 90, 50, 95, 55, 97, 57)


def pixels(found: tuple[Instance, ...]) -> int:
    (one,) = found
    return int(one.mask.sum())


def test_of_merged_things_the_touched_parts_are_meant() -> None:
    def meant(*points: Point, box: Box | None = None) -> tuple[Instance, ...]:
        return select((CROWD,), Prompt("people", points=points, box=box), SHAPE, merges=True)

    assert pixels(meant(at(20, 20))) == 20 * 40
    assert pixels(meant(at(20, 20), at(70, 20))) == 20 * 40 + 30 * 40  # several, as one
    assert pixels(meant(at(32, 20))) == 20 * 40
    assert meant(at(45, 30)) == ()
    assert meant(at(20, 20), at(21, 21, on=False)) == ()
    assert pixels(meant(at(20, 20, on=False))) == 30 * 40 + 4
    assert pixels(meant(box=around(0, 0, 40, 60))) == 20 * 40
    assert pixels(meant(box=around(0, 0, 77, 60))) == 20 * 40 + 30 * 40
    assert meant(box=around(0, 0, 15, 15)) == ()
    assert pixels(meant(at(70, 20), box=around(0, 0, 77, 60))) == 30 * 40
    (one,) = meant(at(20, 20))
    assert (one.prompt, one.label, one.score) == (0, "cat", 0.9)


coordinate = st.floats(0, 1)
points = st.builds(Point, coordinate, coordinate, st.booleans())


@given(st.lists(points, max_size=4), st.booleans(), st.booleans())
def test_what_is_meant_is_there_and_not_denied(
    touches: list[Point], has_box: bool, merges: bool
) -> None:
    box = around(5, 5, 40, 55) if has_box else None
    prompt = Prompt("cat", points=tuple(touches), box=box)
    found = select((*BOTH, CROWD), prompt, SHAPE, merges=merges)
    assert len(found) == 3 if not prompt.is_touch else len(found) <= 1
    for each in found if prompt.is_touch else ():
        assert each.mask.any()
        assert not (each.mask & ~(LEFT.mask | RIGHT.mask | CROWD.mask)).any()
        for point in touches:
            x, y = point.to_px(SHAPE[1], SHAPE[0])
            assert point.is_positive or not each.mask[int(y), int(x)]
